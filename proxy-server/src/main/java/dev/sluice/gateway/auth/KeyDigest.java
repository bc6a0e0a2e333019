package dev.sluice.gateway.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The HMAC-SHA-256 of a key, in little room: there may be a million of them. Immutable; thread: any.
 */
public final class KeyDigest {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final long first;
    private final long second;
    private final long third;
    private final long fourth;

    /** @throws IllegalArgumentException when {@code digest} has not 32 bytes */
    public KeyDigest(byte[] digest) {
        if (digest.length != Pepper.DIGEST_BYTES) {
            throw new IllegalArgumentException(
                    "a digest has " + digest.length + " bytes; allowed: " + Pepper.DIGEST_BYTES);
        }
        first = (long) LONGS.get(digest, 0);
        second = (long) LONGS.get(digest, 8);
        third = (long) LONGS.get(digest, 16);
        fourth = (long) LONGS.get(digest, 24);
    }

    /** Whether {@code digest}, of 32 bytes, is the same; takes as long for a wrong first byte as for a wrong last one. */
    public boolean matches(byte[] digest) {
        long difference = (first ^ (long) LONGS.get(digest, 0))
                | (second ^ (long) LONGS.get(digest, 8))
                | (third ^ (long) LONGS.get(digest, 16))
                | (fourth ^ (long) LONGS.get(digest, 24));
        return difference == 0;
    }

    /** A copy. */
    public byte[] bytes() {
        byte[] digest = new byte[Pepper.DIGEST_BYTES];
        LONGS.set(digest, 0, first);
        LONGS.set(digest, 8, second);
        LONGS.set(digest, 16, third);
        LONGS.set(digest, 24, fourth);
        return digest;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyDigest digest && digest.matches(bytes());
    }

    @Override
    public int hashCode() {
        return Long.hashCode(first);
    }

    /** Nothing of it. */
    @Override
    public String toString() {
        return "***";
    }
}
