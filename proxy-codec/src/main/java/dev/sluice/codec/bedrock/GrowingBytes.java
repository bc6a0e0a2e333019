package dev.sluice.codec.bedrock;

import java.util.Arrays;

/** Bytes that are gathered, and gathered anew in the same array. Thread: event loop. */
final class GrowingBytes {
    private byte[] bytes = new byte[256];
    private int length;

    void append(byte[] source, int from, int to) {
        int added = to - from;
        if (length + added > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + added));
        }
        System.arraycopy(source, from, bytes, length, added);
        length += added;
    }

    void clear() {
        length = 0;
    }

    boolean isEmpty() {
        return length == 0;
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }
}
