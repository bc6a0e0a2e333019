package dev.sluice.codec.json;

/** How many bytes text has in UTF-8. Thread: any. */
final class Utf8Size {
    private Utf8Size() {}

    /** A surrogate counts 2, so that a pair counts the 4 bytes of its character. */
    static int of(char c) {
        if (c < 0x80) {
            return 1;
        }
        return c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }

    static int of(char[] text, int offset, int length) {
        int size = length;
        for (int i = offset; i < offset + length; i++) {
            char c = text[i];
            if (c >= 0x80) {
                size += of(c) - 1;
            }
        }
        return size;
    }
}
