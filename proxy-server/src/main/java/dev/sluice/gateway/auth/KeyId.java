package dev.sluice.gateway.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The public id of a key as a number: its eight characters, side by side. No id is 0. Thread: any. */
final class KeyId {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private KeyId() {}

    /** @throws IllegalArgumentException when it is none; the message does not repeat it */
    static long of(String id) {
        if (id.length() != ApiKey.ID_LENGTH) {
            throw new IllegalArgumentException(
                    "an id of a key has " + id.length() + " characters; allowed: " + ApiKey.ID_LENGTH);
        }
        long packed = 0;
        for (int i = 0; i < ApiKey.ID_LENGTH; i++) {
            char c = id.charAt(i);
            if (ApiKey.digit(c) < 0) {
                throw new IllegalArgumentException(
                        "an id of a key has a character that is not allowed; allowed: 0-9 A-Z a-z");
            }
            packed = (packed << Byte.SIZE) | c;
        }
        return packed;
    }

    /** Of a key that {@link ApiKey#check} has accepted and written to {@code ascii}. */
    static long in(byte[] ascii) {
        return (long) LONGS.get(ascii, ApiKey.PREFIX.length());
    }

    /** The characters again. */
    static String text(long id) {
        byte[] ascii = new byte[ApiKey.ID_LENGTH];
        LONGS.set(ascii, 0, id);
        return new String(ascii, StandardCharsets.ISO_8859_1);
    }

    /** All bits of the id in each bit of the result. The mixing steps are those of MurmurHash3's 64 bit finaliser. */
    static long spread(long id) {
        long mixed = (id ^ (id >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
