package dev.sluice.gateway.limit;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What was settled in windows of an hour and longer, in a file, so that a restart forgets no more than what came after it
 * was written. It is there whole or not at all: written beside, and renamed. What open calls hold is not in it.
 *
 * <pre>
 *   "SLUICELIM" version(1)  { 1 id subject startMillis used } * 0  crc32c of all before
 * </pre>
 *
 * <p>Numbers are big-endian, texts are two bytes of length and UTF-8. Thread: any; blocks on the disk.
 */
final class CounterSnapshot {
    private static final byte[] MAGIC = "SLUICELIM".getBytes(StandardCharsets.US_ASCII);
    private static final byte VERSION = 1;
    private static final int CRC_BYTES = 4;

    /** Beyond it the counters that come last are left out. */
    private static final int LARGEST_BYTES = 64 << 20;

    private CounterSnapshot() {}

    /** @param startMillis of its window, by the wall clock */
    record Entry(String ruleId, String subject, long startMillis, long used) {}

    /** What is in a file: {@code problem} says why it cannot be read, or is empty. */
    record Content(List<Entry> entries, String problem) {}

    static void write(Path file, Iterable<Entry> entries) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(MAGIC);
        out.writeByte(VERSION);
        for (Entry entry : entries) {
            if (bytes.size() > LARGEST_BYTES) {
                break;
            }
            out.writeByte(1);
            out.writeUTF(entry.ruleId());
            out.writeUTF(entry.subject());
            out.writeLong(entry.startMillis());
            out.writeLong(entry.used());
        }
        out.writeByte(0);
        CRC32C crc = new CRC32C();
        crc.update(bytes.toByteArray());
        out.writeInt((int) crc.getValue());
        Path draft = file.resolveSibling(file.getFileName() + ".tmp");
        try (FileChannel channel = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes.toByteArray());
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(/* metaData= */ true);
        }
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Never fails: a file that cannot be read is one with nothing in it. */
    static Content read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            // One entry may be longer than what is left when the last one begins.
            byte[] bytes = in.readNBytes(2 * LARGEST_BYTES);
            return bytes.length < MAGIC.length + 2 + CRC_BYTES ? unreadable(file, "too short") : parse(file, bytes);
        } catch (NoSuchFileException e) {
            return new Content(List.of(), "");
        } catch (IOException e) {
            return unreadable(file, String.valueOf(e.getMessage()));
        }
    }

    private static Content parse(Path file, byte[] bytes) throws IOException {
        int end = bytes.length - CRC_BYTES;
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        if (ByteBuffer.wrap(bytes).getInt(end) != (int) crc.getValue()) {
            return unreadable(file, "its checksum is wrong");
        }
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, 0, end));
        if (!Arrays.equals(in.readNBytes(MAGIC.length), MAGIC)) {
            return unreadable(file, "it is no snapshot of counters");
        }
        int version = in.readByte();
        if (version != VERSION) {
            return unreadable(file, "its version is " + version + ", known is " + VERSION);
        }
        List<Entry> entries = new ArrayList<>();
        while (in.readByte() == 1) {
            entries.add(new Entry(in.readUTF(), in.readUTF(), in.readLong(), in.readLong()));
        }
        return new Content(entries, "");
    }

    private static Content unreadable(Path file, String why) {
        return new Content(List.of(), file + " cannot be read, limits begin with nothing: " + why);
    }
}
