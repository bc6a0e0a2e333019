package dev.sluice.codec.tokens;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Eight bytes at a time, of byte arrays. Thread: any. */
final class Words {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Words() {}

    /** The eight bytes from {@code at} on, all of which are in the array. */
    static long eight(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    /** The 1 to 8 bytes from {@code at} on, zeros behind them. */
    static long upToEight(byte[] bytes, int at, int count) {
        if (at + Long.BYTES <= bytes.length) {
            return eight(bytes, at) & -1L >>> (Long.SIZE - count * Byte.SIZE);
        }
        long word = 0;
        for (int i = count - 1; i >= 0; i--) {
            word = word << Byte.SIZE | (bytes[at + i] & 0xFF);
        }
        return word;
    }
}
