package dev.sluice.codec.tokens;

import java.io.ByteArrayOutputStream;

/** Text to UTF-8, with surrogates as three bytes each where they are alone, or everywhere. Thread: test. */
final class Wtf8 {
    private Wtf8() {}

    /** Pairs as four bytes, lone halves as three. */
    static byte[] encode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        text.codePoints().forEach(point -> write(bytes, point));
        return bytes.toByteArray();
    }

    /** All halves as three bytes. */
    static byte[] encodeHalves(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        text.chars().forEach(unit -> write(bytes, unit));
        return bytes.toByteArray();
    }

    private static void write(ByteArrayOutputStream bytes, int point) {
        if (point < 0x80) {
            bytes.write(point);
        } else if (point < 0x800) {
            bytes.write(0xC0 | point >> 6);
            bytes.write(0x80 | point & 0x3F);
        } else if (point < 0x10000) {
            bytes.write(0xE0 | point >> 12);
            bytes.write(0x80 | point >> 6 & 0x3F);
            bytes.write(0x80 | point & 0x3F);
        } else {
            bytes.write(0xF0 | point >> 18);
            bytes.write(0x80 | point >> 12 & 0x3F);
            bytes.write(0x80 | point >> 6 & 0x3F);
            bytes.write(0x80 | point & 0x3F);
        }
    }
}
