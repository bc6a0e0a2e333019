package dev.sluice.gateway.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The SHA-256 of a whole token: what tokens are remembered by. Two tokens that begin alike, or differ in one character at
 * the very end, share nothing here.
 *
 * <p>Each thread has one that is filled anew by {@link #probe}, so that a look-up allocates nothing; what is kept is a
 * {@link #copy}. Thread: the probe belongs to its thread, a copy to any.
 */
final class TokenHash {
    /** Longest token that is looked at. */
    static final int MAX_TOKEN_CHARS = 8_192;

    private static final int DIGEST_BYTES = 32;
    private static final int DOTS = 2;
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final ThreadLocal<Workspace> WORKSPACE = ThreadLocal.withInitial(Workspace::new);

    private long first;
    private long second;
    private long third;
    private long fourth;

    private TokenHash() {}

    /** What one thread needs for one call. */
    private static final class Workspace {
        private final MessageDigest sha256;
        private final byte[] text = new byte[MAX_TOKEN_CHARS];
        private final byte[] digest = new byte[DIGEST_BYTES];
        private final TokenHash probe = new TokenHash();

        private Workspace() {
            try {
                sha256 = MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
            }
        }

        private TokenHash hash(int length) {
            try {
                sha256.update(text, 0, length);
                sha256.digest(digest, 0, DIGEST_BYTES);
            } catch (DigestException e) {
                throw new IllegalStateException("a 32 byte array holds a SHA-256", e);
            }
            probe.first = (long) LONGS.get(digest, 0);
            probe.second = (long) LONGS.get(digest, 8);
            probe.third = (long) LONGS.get(digest, 16);
            probe.fourth = (long) LONGS.get(digest, 24);
            return probe;
        }
    }

    /**
     * The hash of {@code token}; the calling thread's next call fills the same object.
     *
     * @return null for what cannot be a token: longer than {@link #MAX_TOKEN_CHARS}, or other than three parts of
     *     base64url; nothing is computed then
     */
    static @Nullable TokenHash probe(String token) {
        int length = token.length();
        if (length > MAX_TOKEN_CHARS) {
            return null;
        }
        Workspace own = WORKSPACE.get();
        int dots = 0;
        for (int i = 0; i < length; i++) {
            char c = token.charAt(i);
            if (c == '.') {
                dots++;
            } else if (!isBase64Url(c)) {
                return null;
            }
            own.text[i] = (byte) c;
        }
        return dots == DOTS ? own.hash(length) : null;
    }

    private static boolean isBase64Url(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    }

    /** One to keep. */
    TokenHash copy() {
        TokenHash copy = new TokenHash();
        copy.first = first;
        copy.second = second;
        copy.third = third;
        copy.fourth = fourth;
        return copy;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenHash hash
                && first == hash.first
                && second == hash.second
                && third == hash.third
                && fourth == hash.fourth;
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
