package dev.sluice.gateway.it;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Cuts bytes into the pieces that are written one by one. */
@FunctionalInterface
interface Split {
    List<byte[]> cut(byte[] bytes);

    Split WHOLE = List::of;

    Split EACH_BYTE = bytes -> pieces(bytes, () -> 1);

    /** Pieces of one to {@code longest} bytes, the same ones for the same seed. */
    static Split random(long seed, int longest) {
        return bytes -> {
            Random random = new Random(seed);
            return pieces(bytes, () -> 1 + random.nextInt(longest));
        };
    }

    private static List<byte[]> pieces(byte[] bytes, java.util.function.IntSupplier length) {
        List<byte[]> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + length.getAsInt());
            pieces.add(Arrays.copyOfRange(bytes, from, to));
            from = to;
        }
        return pieces;
    }
}
