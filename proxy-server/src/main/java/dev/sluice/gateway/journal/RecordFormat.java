package dev.sluice.gateway.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * How a record lies in a segment, big-endian and aligned to eight bytes:
 *
 * <pre>
 *  0 length u32      from here to the end of the payload, without the padding behind it; 0: no record was ever here
 *  4 crc32c u32      over segment number, life, length, type, version, sequence, attempt and payload
 *  8 type u8 · version u8 · check u16 · closedIn u32
 * 16 sequence u64    counts the records of one appender
 * 24 attempt         UUID
 * 40 payload
 * </pre>
 *
 * The checksum is seeded with the segment's number and life, so that what an earlier use of the same file left behind is
 * never taken for a record. {@code closedIn} is the one field that is written again: when an OPEN's CLOSE went to another
 * segment, the number of that segment (its low 32 bits) is put there, guarded by {@code check}. When that segment is gone,
 * its CLOSE was stored, and recovery need not take the OPEN for a call that was cut off. It is a hint: lost, it costs a
 * row that is already there.
 *
 * <p>An instance holds the scratch bytes of one user. Thread: that user's.
 */
final class RecordFormat {
    static final byte OPEN = 1;
    static final byte PROGRESS = 2;
    static final byte CLOSE = 3;
    static final byte VERSION = 1;
    static final int ALIGNMENT = 8;
    /** What a record takes beside its payload. */
    static final int OVERHEAD_BYTES = 40;
    /** No record is longer, whatever the size of its segment: recovery reads through a window of this size. */
    static final int LARGEST_RECORD_BYTES = 65_536;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final byte[] covered = new byte[48];

    static int aligned(int bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Room that a record with a payload of so many bytes takes. */
    static int recordBytes(int payloadBytes) {
        return aligned(OVERHEAD_BYTES + payloadBytes);
    }

    /** From here on records are of this segment. */
    void seed(long segmentNumber, long life) {
        LONG.set(covered, 0, segmentNumber);
        LONG.set(covered, 8, life);
    }

    /** Puts a record; its first word comes last, so that half a record is none. */
    void write(
            ByteBuffer target,
            int offset,
            byte type,
            long sequence,
            long idHigh,
            long idLow,
            byte[] payload,
            int payloadBytes) {
        int length = OVERHEAD_BYTES + payloadBytes;
        int checksum = checksum(length, type, sequence, idHigh, idLow, payload, 0);
        target.putLong(offset + 8, state(type, 0));
        target.putLong(offset + 16, sequence);
        target.putLong(offset + 24, idHigh);
        target.putLong(offset + 32, idLow);
        target.put(offset + OVERHEAD_BYTES, payload, 0, payloadBytes);
        VarHandle.releaseFence();
        target.putLong(offset, ((long) length << 32) | (checksum & 0xFFFF_FFFFL));
    }

    /** @return whether a whole record lies at {@code offset}; what follows {@code limit} is not looked at */
    boolean isRecord(ByteBuffer source, int offset, int limit) {
        int length = source.getInt(offset);
        if (length < OVERHEAD_BYTES || length > LARGEST_RECORD_BYTES || length > limit - offset) {
            return false;
        }
        byte type = source.get(offset + 8);
        if (type < OPEN || type > CLOSE || source.get(offset + 9) != VERSION) {
            return false;
        }
        int checksum = checksum(
                length,
                type,
                source.getLong(offset + 16),
                source.getLong(offset + 24),
                source.getLong(offset + 32),
                source.array(),
                source.arrayOffset() + offset + OVERHEAD_BYTES);
        return checksum == source.getInt(offset + 4);
    }

    /** The word at 8 of a record that was {@code closedIn} the segment with these low 32 bits; 0: not known to be. */
    static long state(byte type, int closedIn) {
        return ((long) type << 56)
                | ((long) VERSION << 48)
                | ((long) check(closedIn) << 32)
                | (closedIn & 0xFFFF_FFFFL);
    }

    /** @return the low 32 bits of the number of the segment with the CLOSE; 0: open, or the hint is damaged */
    static int closedIn(long state) {
        int closedIn = (int) state;
        return check(closedIn) == (int) ((state >>> 32) & 0xFFFF) ? closedIn : 0;
    }

    /** Any one flipped bit shows: the factor is odd and mixes into the upper half. */
    private static int check(int closedIn) {
        return (closedIn * 0x9E37_79B1) >>> 16;
    }

    private int checksum(
            int length, byte type, long sequence, long idHigh, long idLow, byte[] payload, int payloadOffset) {
        LONG.set(covered, 16, ((long) length << 32) | ((long) type << 24) | ((long) VERSION << 16));
        LONG.set(covered, 24, sequence);
        LONG.set(covered, 32, idHigh);
        LONG.set(covered, 40, idLow);
        crc.reset();
        crc.update(covered, 0, covered.length);
        crc.update(payload, payloadOffset, length - OVERHEAD_BYTES);
        return (int) crc.getValue();
    }
}
