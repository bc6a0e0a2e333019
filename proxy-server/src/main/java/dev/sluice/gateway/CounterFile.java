package dev.sluice.gateway;

import dev.sluice.gateway.auth.PrivateFile;
import dev.sluice.gateway.limit.Limiter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * What the counters of limits have settled, on the disk, so that a restart without the database does not forget it. The file
 * is there whole or not at all; one that was damaged says so. Thread: one; blocks on the disk.
 *
 * <pre>
 *   magic (8) · saved at, ms (8) · entries (4) · [ rule · subject · window start, ms (8) · used (8) ]* · CRC-32C (8)
 * </pre>
 */
final class CounterFile {
    private static final long MAGIC = 0x736c_6369_6d69_7401L;
    private static final int LARGEST_BYTES = 256 << 20;
    private static final int MOST = 200_000;
    private static final int HEAD_BYTES = 8 + 8 + 4;

    private final Path file;
    private byte[] written = {};

    CounterFile(Path file) {
        this.file = file;
    }

    /** @param savedMillis wall clock */
    record Content(long savedMillis, List<Limiter.Kept> counters) {
        static final Content NONE = new Content(0, List.of());
    }

    /** @throws IOException when it is not as {@link #save} left it */
    Content load() throws IOException {
        if (!Files.exists(file)) {
            return Content.NONE;
        }
        byte[] bytes = PrivateFile.read(file, LARGEST_BYTES);
        int end = bytes.length - Long.BYTES;
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (end < HEAD_BYTES || in.readLong() != MAGIC || sum(bytes, end) != tail(bytes, end)) {
                throw new IOException("it is damaged, or was not written by this version");
            }
            long saved = in.readLong();
            int count = in.readInt();
            List<Limiter.Kept> counters = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                counters.add(new Limiter.Kept(in.readUTF(), in.readUTF(), in.readLong(), in.readLong()));
            }
            return new Content(saved, counters);
        }
    }

    private static long tail(byte[] bytes, int at) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes, at, Long.BYTES))) {
            return in.readLong();
        }
    }

    private static long sum(byte[] bytes, int length) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, length);
        return sum.getValue();
    }

    /** Unless they say what the file says already. */
    void save(Limiter limiter, long nowMillis) throws IOException {
        byte[] entries = entries(limiter.kept(MOST));
        if (Arrays.equals(entries, written)) {
            return;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(entries.length + HEAD_BYTES + Long.BYTES);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(MAGIC);
            out.writeLong(nowMillis);
            out.write(entries);
            out.writeLong(sum(bytes.toByteArray(), bytes.size()));
        }
        PrivateFile.replace(file, bytes.toByteArray());
        written = entries;
    }

    private static byte[] entries(List<Limiter.Kept> counters) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(counters.size());
            for (Limiter.Kept counter : counters) {
                out.writeUTF(counter.ruleId());
                out.writeUTF(counter.subject());
                out.writeLong(counter.windowStartMillis());
                out.writeLong(counter.used());
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return bytes.toByteArray();
    }
}
