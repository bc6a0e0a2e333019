package dev.sluice.codec.tokens;

import java.util.Arrays;

/** Reads a vocabulary's file: for each token a line of base64, a space and its rank. Thread: any but event loops. */
final class RankFile {
    private final String name;
    private final byte[] file;
    private final byte[] pool;
    private int at;
    private int poolEnd;

    RankFile(String name, byte[] file) {
        this.name = name;
        this.file = file;
        this.pool = new byte[file.length];
    }

    Vocabulary read() {
        int[] starts = new int[1 << 17];
        int size = 0;
        while (at < file.length) {
            if (size + 1 == starts.length) {
                starts = Arrays.copyOf(starts, starts.length * 2);
            }
            token(size);
            int rank = rank();
            if (rank != size) {
                throw new IllegalStateException(
                        name + ": the rank in line " + (size + 1) + " is " + rank + ", but has to be " + size);
            }
            starts[++size] = poolEnd;
        }
        return Vocabulary.of(Arrays.copyOf(pool, poolEnd + Long.BYTES), Arrays.copyOf(starts, size + 1), size);
    }

    private void token(int number) {
        int start = poolEnd;
        int bits = 0;
        int bitCount = 0;
        while (at < file.length && file[at] != ' ') {
            byte symbol = file[at++];
            if (symbol == '=') {
                continue;
            }
            int value = Base64Symbols.value(symbol);
            if (value < 0) {
                throw new IllegalStateException(name + ": line " + (number + 1) + " is not base64");
            }
            bits = bits << 6 | value;
            bitCount += 6;
            if (bitCount >= Byte.SIZE) {
                bitCount -= Byte.SIZE;
                pool[poolEnd++] = (byte) (bits >> bitCount);
            }
        }
        if (poolEnd == start) {
            throw new IllegalStateException(name + ": line " + (number + 1) + " has no token");
        }
        at++;
    }

    /** The number up to the end of the line; -1 if there is none. */
    private int rank() {
        int start = at;
        int rank = 0;
        while (at < file.length && file[at] >= '0' && file[at] <= '9') {
            rank = rank * 10 + file[at++] - '0';
        }
        boolean found = at > start;
        while (at < file.length && (file[at] == '\n' || file[at] == '\r')) {
            at++;
        }
        return found ? rank : -1;
    }
}
