package dev.sluice.codec.openai;

/** How many characters a text has so far, and where its last block began: where a citation points. Thread: event loop. */
final class TextSpan {
    private int start;
    private int end;

    /** The text goes on. */
    void add(byte[] utf8, int from, int to) {
        for (int i = from; i < to; i++) {
            if ((utf8[i] & 0xC0) != 0x80) {
                end++;
            }
        }
    }

    /** What follows is another block. */
    void cut() {
        start = end;
    }

    int start() {
        return start;
    }

    int end() {
        return end;
    }
}
