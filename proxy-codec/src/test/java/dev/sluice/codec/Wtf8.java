package dev.sluice.codec;

import java.io.ByteArrayOutputStream;

/** UTF-8 in which half a surrogate pair stands for itself, in three bytes. For tests of text that is handed on. */
public final class Wtf8 {
    private Wtf8() {}

    /** The text; complains about what even this form of UTF-8 does not allow, a pair in two halves included. */
    public static String decode(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int i = 0;
        while (i < bytes.length) {
            int lead = bytes[i] & 0xFF;
            int size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
            int codePoint = size == 1 ? lead : lead & (0xFF >> size + 1);
            for (int k = 1; k < size; k++) {
                int next = bytes[i + k];
                if ((next & 0xC0) != 0x80) {
                    throw new IllegalArgumentException("a sequence of " + size + " bytes breaks off after " + k);
                }
                codePoint = codePoint << 6 | next & 0x3F;
            }
            text.appendCodePoint(codePoint);
            i += size;
        }
        return text.toString();
    }

    public static String decode(ByteArrayOutputStream bytes) {
        return decode(bytes.toByteArray());
    }
}
