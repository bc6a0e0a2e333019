package dev.sluice.gateway.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@link SnapshotOutput} wrote. Until {@link #finish} nothing of it is proven to be ours: no length is believed
 * beyond the size of the file. Thread: one.
 */
final class SnapshotInput {
    private static final int BUFFER_BYTES = 1 << 16;
    private static final int MAC_BYTES = 32;
    private static final int LARGEST_SHIFT = 28;

    private final FileChannel channel;
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes).limit(0);

    /** How much there is before the HMAC that is not in the buffer yet. */
    private long beyondBufferBytes;

    /** From where on the buffer has not gone into the HMAC. */
    private int macFrom;

    private @Nullable Mac mac;

    SnapshotInput(FileChannel channel) throws IOException {
        this.channel = channel;
        this.beyondBufferBytes = channel.size() - MAC_BYTES;
    }

    /** What was read already counts as well; to be called while that fits the buffer. */
    void authenticate(byte[] macKey) {
        mac = SnapshotOutput.mac(macKey);
    }

    KeyRecord readKey() throws IOException {
        String id = KeyId.text(readLong());
        int fields = readByte();
        String name = readText();
        String teamId = readText();
        String ownerId = (fields & SnapshotOutput.Fields.OWNER) == 0 ? null : readText();
        String tier = (fields & SnapshotOutput.Fields.TIER) == 0 ? null : readText();
        KeyDigest digest = readDigest();
        String pepperId = readText();
        boolean rotated = (fields & SnapshotOutput.Fields.PREVIOUS) != 0;
        KeyDigest previousDigest = rotated ? readDigest() : null;
        long previousUntil = rotated ? readLong() : 0;
        long notBefore = (fields & SnapshotOutput.Fields.NOT_BEFORE) == 0 ? 0 : readLong();
        long expiresAt = (fields & SnapshotOutput.Fields.EXPIRES_AT) == 0 ? Long.MAX_VALUE : readLong();
        List<String> models = readTexts();
        List<String> endpoints = readTexts();
        List<String> ipRanges = readTexts();
        return new KeyRecord(
                id,
                name,
                teamId,
                ownerId,
                digest,
                pepperId,
                previousDigest,
                previousUntil,
                models,
                endpoints,
                readTags(),
                tier,
                ipRanges,
                notBefore,
                expiresAt,
                (fields & SnapshotOutput.Fields.ENABLED) != 0,
                /* gone= */ false);
    }

    byte readByte() throws IOException {
        return atLeast(Byte.BYTES).get();
    }

    int readInt() throws IOException {
        return atLeast(Integer.BYTES).getInt();
    }

    long readLong() throws IOException {
        return atLeast(Long.BYTES).getLong();
    }

    String readHex(int length) throws IOException {
        return HexFormat.of().formatHex(readBytes(length));
    }

    /** @throws IOException unless everything has been read, and has been written so by us */
    void finish() throws IOException {
        Mac made = mac;
        if (made == null || beyondBufferBytes != 0 || buffer.hasRemaining()) {
            throw damaged();
        }
        made.update(bytes, macFrom, buffer.position() - macFrom);
        byte[] found = new byte[MAC_BYTES];
        ByteBuffer rest = ByteBuffer.wrap(found);
        while (rest.hasRemaining()) {
            if (channel.read(rest) < 0) {
                throw damaged();
            }
        }
        if (!MessageDigest.isEqual(found, made.doFinal())) {
            throw damaged();
        }
    }

    private KeyDigest readDigest() throws IOException {
        return new KeyDigest(readBytes(Pepper.DIGEST_BYTES));
    }

    private List<String> readTexts() throws IOException {
        int count = readLength();
        if (count == 0) {
            return List.of();
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            texts.add(readText());
        }
        return texts;
    }

    private Map<String, String> readTags() throws IOException {
        int count = readLength();
        if (count == 0) {
            return Map.of();
        }
        Map<String, String> tags = new HashMap<>();
        for (int i = 0; i < count; i++) {
            String name = readText();
            tags.put(name, readText());
        }
        return tags;
    }

    private String readText() throws IOException {
        int length = readLength();
        if (length > BUFFER_BYTES) {
            return new String(readBytes(length), StandardCharsets.UTF_8);
        }
        atLeast(length);
        String text = new String(bytes, buffer.position(), length, StandardCharsets.UTF_8);
        buffer.position(buffer.position() + length);
        return text;
    }

    private int readLength() throws IOException {
        int length = 0;
        for (int shift = 0; shift <= LARGEST_SHIFT; shift += 7) {
            byte next = readByte();
            length |= (next & 0x7f) << shift;
            if (next >= 0) {
                if (length < 0) {
                    throw damaged();
                }
                return length;
            }
        }
        throw damaged();
    }

    private byte[] readBytes(int length) throws IOException {
        if (length > buffer.remaining() + beyondBufferBytes) {
            throw damaged();
        }
        byte[] copy = new byte[length];
        int read = 0;
        while (read < length) {
            int part = Math.min(length - read, atLeast(1).remaining());
            buffer.get(copy, read, part);
            read += part;
        }
        return copy;
    }

    /** The buffer with so many bytes in it, which is not more than it holds. */
    private ByteBuffer atLeast(int needed) throws IOException {
        if (buffer.remaining() < needed) {
            if (needed > buffer.remaining() + beyondBufferBytes) {
                throw damaged();
            }
            refill(needed);
        }
        return buffer;
    }

    private void refill(int needed) throws IOException {
        if (mac != null) {
            mac.update(bytes, macFrom, buffer.position() - macFrom);
        }
        buffer.compact();
        buffer.limit((int) Math.min(buffer.capacity(), buffer.position() + beyondBufferBytes));
        while (buffer.position() < needed) {
            int read = channel.read(buffer);
            if (read < 0) {
                throw damaged();
            }
            beyondBufferBytes -= read;
        }
        buffer.flip();
        macFrom = 0;
    }

    private static IOException damaged() {
        return new IOException("it is damaged, or was changed by somebody else");
    }
}
