package dev.sluice.gateway.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Writes the fields of a {@link KeySnapshot}, and after them their HMAC. Numbers are big-endian; a text is its length and
 * its UTF-8, a length seven bits in each byte, the lowest first. Of a key come first its id and the {@linkplain Fields
 * fields} it has. Thread: one.
 */
final class SnapshotOutput {
    private static final int BUFFER_BYTES = 1 << 16;

    private final FileChannel channel;
    private final Mac mac;
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);

    /** What not every key has: one bit each. */
    static final class Fields {
        static final int ENABLED = 1;
        static final int OWNER = 1 << 1;
        static final int TIER = 1 << 2;
        static final int PREVIOUS = 1 << 3;
        static final int NOT_BEFORE = 1 << 4;
        static final int EXPIRES_AT = 1 << 5;

        private Fields() {}

        static int of(KeyRecord key) {
            return (key.enabled() ? ENABLED : 0)
                    | (key.ownerId() == null ? 0 : OWNER)
                    | (key.tier() == null ? 0 : TIER)
                    | (key.previousDigest() == null ? 0 : PREVIOUS)
                    | (key.notBefore() == 0 ? 0 : NOT_BEFORE)
                    | (key.expiresAt() == Long.MAX_VALUE ? 0 : EXPIRES_AT);
        }
    }

    SnapshotOutput(FileChannel channel, byte[] macKey) {
        this.channel = channel;
        this.mac = mac(macKey);
    }

    static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }

    void write(KeyRecord key) throws IOException {
        writeLong(KeyId.of(key.id()));
        writeByte((byte) Fields.of(key));
        writeText(key.name());
        writeText(key.teamId());
        writeTextIfAny(key.ownerId());
        writeTextIfAny(key.tier());
        writeBytes(key.digest().bytes());
        writeText(key.pepperId());
        KeyDigest previous = key.previousDigest();
        if (previous != null) {
            writeBytes(previous.bytes());
            writeLong(key.previousUntil());
        }
        if (key.notBefore() != 0) {
            writeLong(key.notBefore());
        }
        if (key.expiresAt() != Long.MAX_VALUE) {
            writeLong(key.expiresAt());
        }
        writeTexts(key.models());
        writeTexts(key.endpoints());
        writeTexts(key.ipRanges());
        writeLength(key.tags().size());
        for (Map.Entry<String, String> tag : key.tags().entrySet()) {
            writeText(tag.getKey());
            writeText(tag.getValue());
        }
    }

    void writeByte(byte value) throws IOException {
        room(Byte.BYTES).put(value);
    }

    void writeInt(int value) throws IOException {
        room(Integer.BYTES).putInt(value);
    }

    void writeLong(long value) throws IOException {
        room(Long.BYTES).putLong(value);
    }

    void writeHex(String hex) throws IOException {
        writeBytes(HexFormat.of().parseHex(hex));
    }

    /** Ends the file. */
    void finish() throws IOException {
        flush();
        buffer.put(mac.doFinal()).flip();
        drain();
    }

    private void writeTexts(List<String> texts) throws IOException {
        writeLength(texts.size());
        for (String text : texts) {
            writeText(text);
        }
    }

    private void writeTextIfAny(@Nullable String text) throws IOException {
        if (text != null) {
            writeText(text);
        }
    }

    private void writeText(String text) throws IOException {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        writeLength(utf8.length);
        writeBytes(utf8);
    }

    private void writeLength(int length) throws IOException {
        int rest = length;
        for (; rest > 0x7f; rest >>>= 7) {
            writeByte((byte) (rest | 0x80));
        }
        writeByte((byte) rest);
    }

    private void writeBytes(byte[] source) throws IOException {
        int written = 0;
        while (written < source.length) {
            int part = Math.min(source.length - written, room(1).remaining());
            buffer.put(source, written, part);
            written += part;
        }
    }

    private ByteBuffer room(int needed) throws IOException {
        if (buffer.remaining() < needed) {
            flush();
        }
        return buffer;
    }

    private void flush() throws IOException {
        buffer.flip();
        mac.update(bytes, 0, buffer.limit());
        drain();
    }

    private void drain() throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }
}
