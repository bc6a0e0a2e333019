package dev.sluice.codec.tokens;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The tokens of an encoding and their ranks, in flat arrays: all bytes behind one another in the order of the ranks,
 * where each token begins, and an open-addressed table from the bytes to the rank. 2.3 MiB for cl100k_base and 4.4 MiB
 * for o200k_base; what a map of objects needs is six times as much. Immutable. Thread: any.
 */
final class Vocabulary {
    /** Rank of bytes that are no token. */
    static final int NONE = Integer.MAX_VALUE;

    private static final int BYTES = 256;
    /** An entry of the table: rank + 1 in the low bits, and above it bits of the hash, which keep strangers apart. */
    private static final int RANK_BITS = 18;

    private static final int RANK_MASK = (1 << RANK_BITS) - 1;
    private static final int TABLE_PER_TOKEN = 2;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private final byte[] pool;
    private final int[] starts;
    private final int[] table;
    private final int mask;
    /** Rank of each two bytes, which every merge begins with. */
    private final int[] pairs;
    /** Whether one to three digits, whichever they are, are always a token. */
    private final boolean digitsAreTokens;

    private Vocabulary(byte[] pool, int[] starts, int size) {
        this.pool = pool;
        this.starts = starts;
        this.table = new int[Integer.highestOneBit(size * TABLE_PER_TOKEN - 1) * 2];
        this.mask = table.length - 1;
        this.pairs = new int[BYTES * BYTES];
        Arrays.fill(pairs, NONE);
        for (int rank = 0; rank < size; rank++) {
            enter(rank);
        }
        this.digitsAreTokens = hasAllDigits();
    }

    /**
     * Reads lines of a token in base64, a space and its rank. The ranks are 0, 1, 2 and so on.
     *
     * @throws IllegalStateException if the resource is missing or not of this form
     */
    static Vocabulary load(String resource) {
        try (InputStream in = Vocabulary.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the vocabulary " + resource + " is not on the class path");
            }
            return new RankFile(resource, in.readAllBytes()).read();
        } catch (IOException e) {
            throw new IllegalStateException("the vocabulary " + resource + " cannot be read", e);
        }
    }

    /** {@code pool} has eight bytes to spare behind the last token; {@code starts} ends with the end of it. */
    static Vocabulary of(byte[] pool, int[] starts, int size) {
        if (size < BYTES || size > RANK_MASK) {
            throw new IllegalStateException(size + " tokens; a vocabulary has " + BYTES + " to " + RANK_MASK);
        }
        Vocabulary vocabulary = new Vocabulary(pool, starts, size);
        byte[] single = new byte[1];
        for (int value = 0; value < BYTES; value++) {
            single[0] = (byte) value;
            if (vocabulary.rank(single, 0, 1) == NONE) {
                throw new IllegalStateException("the byte " + value + " is no token; each byte has to be one");
            }
        }
        return vocabulary;
    }

    boolean digitsAreTokens() {
        return digitsAreTokens;
    }

    int pairRank(byte first, byte second) {
        return pairs[(first & 0xFF) << Byte.SIZE | (second & 0xFF)];
    }

    /** The rank of the token that these bytes are, or {@link #NONE}. There is at least one byte. */
    int rank(byte[] bytes, int from, int to) {
        int length = to - from;
        if (length > Long.BYTES) {
            return rankOfLong(bytes, from, length);
        }
        long word = Words.upToEight(bytes, from, length);
        long hash = mix(word ^ length);
        int tag = tag(hash);
        for (int slot = (int) hash & mask; ; slot = slot + 1 & mask) {
            int entry = table[slot];
            if (entry == 0) {
                return NONE;
            }
            if ((entry & ~RANK_MASK) == tag) {
                int rank = (entry & RANK_MASK) - 1;
                int start = starts[rank];
                if (starts[rank + 1] - start == length && Words.upToEight(pool, start, length) == word) {
                    return rank;
                }
            }
        }
    }

    private int rankOfLong(byte[] bytes, int from, int length) {
        long hash = hash(bytes, from, length);
        int tag = tag(hash);
        for (int slot = (int) hash & mask; ; slot = slot + 1 & mask) {
            int entry = table[slot];
            if (entry == 0) {
                return NONE;
            }
            if ((entry & ~RANK_MASK) == tag) {
                int rank = (entry & RANK_MASK) - 1;
                if (Arrays.equals(pool, starts[rank], starts[rank + 1], bytes, from, from + length)) {
                    return rank;
                }
            }
        }
    }

    private void enter(int rank) {
        int start = starts[rank];
        int length = starts[rank + 1] - start;
        if (length == 2) {
            pairs[(pool[start] & 0xFF) << Byte.SIZE | (pool[start + 1] & 0xFF)] = rank;
        }
        long hash = hash(pool, start, length);
        int slot = (int) hash & mask;
        while (table[slot] != 0) {
            slot = slot + 1 & mask;
        }
        table[slot] = tag(hash) | rank + 1;
    }

    private boolean hasAllDigits() {
        byte[] digits = new byte[3];
        for (int number = 0; number < 1000; number++) {
            digits[0] = (byte) ('0' + number / 100);
            digits[1] = (byte) ('0' + number / 10 % 10);
            digits[2] = (byte) ('0' + number % 10);
            if (rank(digits, 0, 3) == NONE || rank(digits, 1, 3) == NONE || rank(digits, 2, 3) == NONE) {
                return false;
            }
        }
        return true;
    }

    private static long hash(byte[] bytes, int from, int length) {
        long hash = length;
        int at = from;
        int left = length;
        for (; left > Long.BYTES; left -= Long.BYTES, at += Long.BYTES) {
            hash = mix(hash ^ Words.eight(bytes, at));
        }
        return mix(hash ^ Words.upToEight(bytes, at, left));
    }

    private static long mix(long value) {
        long product = value * MIX;
        return product ^ product >>> 32;
    }

    private static int tag(long hash) {
        return (int) (hash >>> 32) & ~RANK_MASK;
    }
}
