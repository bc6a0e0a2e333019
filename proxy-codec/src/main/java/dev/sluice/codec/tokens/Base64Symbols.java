package dev.sluice.codec.tokens;

import java.util.Arrays;

/** What the symbols of base64 stand for, those of both alphabets. Thread: any. */
final class Base64Symbols {
    private static final byte[] VALUES = new byte[128];

    static {
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        Arrays.fill(VALUES, (byte) -1);
        for (int i = 0; i < alphabet.length(); i++) {
            VALUES[alphabet.charAt(i)] = (byte) i;
        }
        VALUES['-'] = VALUES['+'];
        VALUES['_'] = VALUES['/'];
    }

    private Base64Symbols() {}

    /** Six bits, or -1 for what is no symbol; the padding is none. */
    static int value(byte symbol) {
        return symbol < 0 ? -1 : VALUES[symbol];
    }
}
