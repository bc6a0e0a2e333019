package dev.sluice.codec.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds the end of the plain part of a string: the quote, a backslash, or a control character. Eight bytes at a time;
 * the arithmetic is the classic test for a zero byte, which may err only behind a true hit, and a hit is looked at
 * byte by byte. Thread: any.
 */
final class PlainText {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private PlainText() {}

    /** The index of the first byte in the range that is not plain, else {@code to}. */
    static int end(byte[] bytes, int from, int to) {
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long word = (long) LONGS.get(bytes, i);
            long quote = word ^ ONES * '"';
            long backslash = word ^ ONES * '\\';
            long hits = ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | ((word - ONES * ' ') & ~word);
            hits &= HIGH_BITS;
            if (hits != 0) {
                // The lowest hit is the true one: nothing has been borrowed yet.
                return i + Long.numberOfTrailingZeros(hits) / Byte.SIZE;
            }
        }
        while (i < to && !isSpecial(bytes[i])) {
            i++;
        }
        return i;
    }

    /** The index of the first byte in the range that is not plain, or not ASCII, else {@code to}. */
    static int asciiEnd(byte[] bytes, int from, int to) {
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long word = (long) LONGS.get(bytes, i);
            long quote = word ^ ONES * '"';
            long backslash = word ^ ONES * '\\';
            long hits = ((quote - ONES) & ~quote) | ((backslash - ONES) & ~backslash) | (word - ONES * ' ') | word;
            hits &= HIGH_BITS;
            if (hits != 0) {
                return i + Long.numberOfTrailingZeros(hits) / Byte.SIZE;
            }
        }
        while (i < to && bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\') {
            i++;
        }
        return i;
    }

    static boolean isSpecial(byte next) {
        return next == '"' || next == '\\' || (next >= 0 && next < ' ');
    }
}
