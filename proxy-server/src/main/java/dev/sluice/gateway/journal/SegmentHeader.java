package dev.sluice.gateway.journal;

import java.nio.ByteBuffer;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Whose segment a file is. It stands at the file's beginning and once more at its end: without it no record can be checked,
 * so one damaged copy must not cost a segment.
 *
 * <pre>
 *  0 magic u64 · 8 version u32 · 12 appender u32 · 16 node UUID · 32 number u64 · 40 life u64 · 48 created u64
 * 56 segment bytes u32 · 60 crc32c u32 over all before it
 * </pre>
 *
 * @param node the gateway that wrote it, kept across restarts
 * @param number larger than that of every segment its appender used before
 * @param life a random number for each start of the gateway
 * @param createdMicros wall clock, microseconds since the epoch
 * @param segmentBytes size of the whole file
 */
record SegmentHeader(UUID node, long number, int appender, long life, long createdMicros, int segmentBytes) {
    static final int BYTES = 64;

    private static final long MAGIC = 0x534C_5549_4345_574CL;
    private static final int VERSION = 1;
    private static final int CHECKSUM_AT = 60;

    void write(ByteBuffer target, int offset) {
        byte[] bytes = new byte[BYTES];
        ByteBuffer header = ByteBuffer.wrap(bytes);
        header.putLong(MAGIC).putInt(VERSION).putInt(appender);
        header.putLong(node.getMostSignificantBits()).putLong(node.getLeastSignificantBits());
        header.putLong(number).putLong(life).putLong(createdMicros).putInt(segmentBytes);
        header.putInt(checksum(bytes));
        target.put(offset, bytes);
    }

    /** @return null when {@code bytes} are no header of a version we know */
    static @Nullable SegmentHeader read(byte[] bytes) {
        if (bytes.length < BYTES) {
            return null;
        }
        ByteBuffer header = ByteBuffer.wrap(bytes);
        if (header.getInt(CHECKSUM_AT) != checksum(bytes) || header.getLong() != MAGIC || header.getInt() != VERSION) {
            return null;
        }
        int appender = header.getInt();
        return new SegmentHeader(
                new UUID(header.getLong(), header.getLong()),
                header.getLong(),
                appender,
                header.getLong(),
                header.getLong(),
                header.getInt());
    }

    private static int checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CHECKSUM_AT);
        return (int) crc.getValue();
    }
}
