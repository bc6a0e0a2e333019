package dev.sluice.gateway.auth;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What memory keeps of one key. Most keys are neither rotated nor limited in time or place: what those need beyond the rest
 * is in an object of its own, which most entries do not have.
 *
 * <p>Thread: any.
 */
final class KeyEntry {
    /** In place of a key that is not known, so that it costs the same comparisons. */
    static final KeyEntry NOBODY = new KeyEntry(
            new Principal("nobody", "nobody", null, List.of()), new KeyDigest(new byte[Pepper.DIGEST_BYTES]), "", null);

    /** How often at most the same key is reported for being hashed anew: an attempt that fails is made again. */
    private static final int REHASH_PAUSE_MINUTES = 10;

    private static final int SECONDS_PER_MINUTE = 60;

    private static final VarHandle REHASH_MINUTES;

    static {
        try {
            REHASH_MINUTES = MethodHandles.lookup().findVarHandle(KeyEntry.class, "rehashMinutes", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Principal principal;
    private final KeyDigest digest;
    private final String pepperId;
    private final @Nullable Terms terms;

    /** Unix time in minutes at which it was last found to be hashed with the previous pepper. */
    @SuppressWarnings("UnusedVariable") // by its handle
    private volatile int rehashMinutes;

    /**
     * @param rotated who presents the previous secret: the same, for a shorter time; null when there is no such secret
     * @param previousDigest null when {@code rotated} is
     */
    private record Terms(
            boolean enabled,
            long notBefore,
            long expiresAt,
            @Nullable Principal rotated,
            @Nullable KeyDigest previousDigest,
            long previousUntil,
            List<String> cidr,
            @Nullable IpRanges ranges) {

        AuthResult judge(Principal principal, boolean rotatedSecret, InetAddress from, long nowSeconds) {
            if (!enabled) {
                return AuthResult.Refused.INVALID;
            }
            if (nowSeconds < notBefore) {
                return AuthResult.Refused.NOT_YET_VALID;
            }
            if (nowSeconds >= expiresAt || (rotatedSecret && nowSeconds >= previousUntil)) {
                return AuthResult.Refused.EXPIRED;
            }
            // Ranges that could not be read let nobody in.
            if (ranges == null || !ranges.contains(from)) {
                return AuthResult.Refused.ADDRESS;
            }
            return rotatedSecret && rotated != null ? rotated : principal;
        }
    }

    private KeyEntry(Principal principal, KeyDigest digest, String pepperId, @Nullable Terms terms) {
        this.principal = principal;
        this.digest = digest;
        this.pepperId = pepperId;
        this.terms = terms;
    }

    /**
     * @param ranges of {@code key}; null when they cannot be read, which lets nobody in
     * @param shared where equal parts are one
     */
    static KeyEntry of(KeyRecord key, @Nullable IpRanges ranges, Shared shared) {
        Principal principal = principal(key, key.expiresAt(), shared);
        return new KeyEntry(principal, key.digest(), shared.text(key.pepperId()), terms(key, ranges, shared));
    }

    private static @Nullable Terms terms(KeyRecord key, @Nullable IpRanges ranges, Shared shared) {
        boolean usual = key.enabled()
                && key.notBefore() == 0
                && key.expiresAt() == Long.MAX_VALUE
                && key.previousDigest() == null
                && key.ipRanges().isEmpty();
        if (usual) {
            return null;
        }
        Principal rotated = key.previousDigest() == null
                ? null
                : principal(key, Math.min(key.expiresAt(), key.previousUntil()), shared);
        return new Terms(
                key.enabled(),
                key.notBefore(),
                key.expiresAt(),
                rotated,
                key.previousDigest(),
                key.previousUntil(),
                shared.list(key.ipRanges()),
                ranges);
    }

    private static Principal principal(KeyRecord key, long validUntil, Shared shared) {
        Map<String, String> tags = shared.map(key.tags());
        return new Principal(
                key.id(),
                key.name(),
                shared.text(key.teamId()),
                shared.textOrNull(key.ownerId()),
                Role.SERVICE,
                shared.textOrNull(key.tier()),
                tags,
                shared.list(key.models()),
                shared.list(key.endpoints()),
                validUntil);
    }

    /** What it was made of. */
    KeyRecord record() {
        return new KeyRecord(
                principal.keyId(),
                principal.name(),
                principal.tenant(),
                principal.userId(),
                digest,
                pepperId,
                terms == null ? null : terms.previousDigest,
                terms == null ? 0 : terms.previousUntil,
                principal.models(),
                principal.endpoints(),
                principal.tags(),
                principal.tier(),
                terms == null ? List.of() : terms.cidr,
                terms == null ? 0 : terms.notBefore,
                terms == null ? Long.MAX_VALUE : terms.expiresAt,
                terms == null || terms.enabled,
                false);
    }

    /** Whether {@code digest} is that of the secret in force. */
    boolean isCurrent(byte[] digest) {
        return this.digest.matches(digest);
    }

    /** Whether {@code digest} is that of the secret before the last rotation, however long ago. */
    boolean isRotated(byte[] digest) {
        KeyDigest previous = terms == null ? null : terms.previousDigest;
        // One that has none is compared as well.
        boolean same = (previous == null ? NOBODY.digest : previous).matches(digest);
        return same && previous != null;
    }

    /** Whether there is more to {@link #judge} than who it is. */
    boolean hasTerms() {
        return terms != null;
    }

    /** Who somebody with the right secret is, when there are no terms. */
    Principal principal() {
        return principal;
    }

    /** What somebody with the right secret gets. */
    AuthResult judge(boolean rotatedSecret, InetAddress from, long nowSeconds) {
        return terms == null ? principal : terms.judge(principal, rotatedSecret, from, nowSeconds);
    }

    /** True for one caller, once in a while. */
    boolean mayReportRehash(long nowSeconds) {
        int minutes = (int) (nowSeconds / SECONDS_PER_MINUTE);
        int last = (int) REHASH_MINUTES.getVolatile(this);
        boolean due = last == 0 || minutes - last >= REHASH_PAUSE_MINUTES;
        return due && REHASH_MINUTES.compareAndSet(this, last, minutes);
    }
}
