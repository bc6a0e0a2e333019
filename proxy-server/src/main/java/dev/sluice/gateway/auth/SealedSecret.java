package dev.sluice.gateway.auth;

import java.util.Arrays;

/** A secret as it is kept: sealed with a key of its own, which is sealed, too. Made by {@link Envelope}. Thread: any. */
public final class SealedSecret {
    private final byte[] wrappedKey;
    private final byte[] content;

    public SealedSecret(byte[] wrappedKey, byte[] content) {
        this.wrappedKey = wrappedKey.clone();
        this.content = content.clone();
    }

    /** The key of {@link #content}, sealed with a key that comes from the pepper. */
    public byte[] wrappedKey() {
        return wrappedKey.clone();
    }

    /** The secret, sealed with that key. */
    public byte[] content() {
        return content.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SealedSecret that
                && Arrays.equals(wrappedKey, that.wrappedKey)
                && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return "***";
    }
}
