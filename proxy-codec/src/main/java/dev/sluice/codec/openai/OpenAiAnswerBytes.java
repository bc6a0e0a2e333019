package dev.sluice.codec.openai;

import java.util.Arrays;

/** Bytes that are gathered, and used again and again. Thread: event loop. */
final class OpenAiAnswerBytes {
    private static final int FIRST_SIZE = 128;

    /** A larger array is given up when the answer is over. */
    private static final int KEEP_SIZE = 4 << 10;

    private static final byte[] NOTHING = {};

    private byte[] array = NOTHING;
    private int length;

    /** What holds them, from 0; good until the next {@link #append}. */
    byte[] array() {
        return array;
    }

    int length() {
        return length;
    }

    void append(byte[] source, int from, int to) {
        int added = to - from;
        if (length + added > array.length) {
            array = Arrays.copyOf(array, Math.max(Math.max(FIRST_SIZE, 2 * array.length), length + added));
        }
        System.arraycopy(source, from, array, length, added);
        length += added;
    }

    /** Forgets the first {@code dropped} bytes; the others move to the front. */
    void dropFirst(int dropped) {
        length -= dropped;
        System.arraycopy(array, dropped, array, 0, length);
    }

    /** Forgets all behind the first {@code kept} bytes; and a large array, when nothing is kept. */
    void cutTo(int kept) {
        length = kept;
        if (kept == 0 && array.length > OpenAiText.MAX_KEPT_BYTES) {
            array = NOTHING;
        }
    }

    /** The answer is over. */
    void reset() {
        length = 0;
        if (array.length > KEEP_SIZE) {
            array = NOTHING;
        }
    }
}
