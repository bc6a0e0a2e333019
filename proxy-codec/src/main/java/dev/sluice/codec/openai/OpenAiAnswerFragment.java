package dev.sluice.codec.openai;

import java.util.Arrays;

/** A fragment of a tool call: which members it has, and where their strings are kept. Used again. Thread: event loop. */
final class OpenAiAnswerFragment {
    // Its strings.
    static final int ID = 0;
    static final int NAME = 1;
    static final int ARGUMENTS = 2;
    static final int SIGNATURE = 3;
    private static final int PARTS = 4;

    static final long NO_INDEX = -1;

    final int[] from = new int[PARTS];
    final int[] to = new int[PARTS];
    int choice;
    long index = NO_INDEX;
    boolean custom;
    /** Whether it signs a call and is none of its fragments. */
    boolean signatureOnly;
    /** Whether there was too much of it to be kept. */
    boolean lost;

    boolean has(int part) {
        return to[part] > from[part];
    }

    /** Whether it says nothing at all. */
    boolean isEmpty() {
        return !has(ID) && !has(NAME) && !has(ARGUMENTS) && !has(SIGNATURE) && !lost;
    }

    /** The first of the bytes that it refers to; {@code end} when it refers to none. */
    int start(int end) {
        int start = end;
        for (int part = 0; part < PARTS; part++) {
            start = has(part) ? Math.min(start, from[part]) : start;
        }
        return start;
    }

    /** Its bytes have moved. */
    void moveBack(int distance) {
        for (int part = 0; part < PARTS; part++) {
            if (has(part)) {
                from[part] -= distance;
                to[part] -= distance;
            }
        }
    }

    void clear() {
        Arrays.fill(from, 0);
        Arrays.fill(to, 0);
        index = NO_INDEX;
        custom = false;
        signatureOnly = false;
        lost = false;
    }
}
