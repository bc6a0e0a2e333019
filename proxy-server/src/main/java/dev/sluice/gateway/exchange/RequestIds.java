package dev.sluice.gateway.exchange;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Ids for requests whose callers sent none: {@code req_} and 128 random bits. One array for all of them, so that an id
 * costs its string and nothing else. Thread: that of its owner.
 */
final class RequestIds {
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);
    private static final byte[] PREFIX = "req_".getBytes(StandardCharsets.ISO_8859_1);
    private static final int DIGITS_OF_LONG = 16;

    private final RandomGenerator random;
    private final byte[] id = Arrays.copyOf(PREFIX, PREFIX.length + 2 * DIGITS_OF_LONG);

    RequestIds(RandomGenerator random) {
        this.random = random;
    }

    String next() {
        put(random.nextLong(), PREFIX.length);
        put(random.nextLong(), PREFIX.length + DIGITS_OF_LONG);
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    private void put(long value, int from) {
        long rest = value;
        for (int i = from + DIGITS_OF_LONG - 1; i >= from; i--) {
            id[i] = DIGITS[(int) (rest & 0xf)];
            rest >>>= 4;
        }
    }
}
