package dev.sluice.gateway.auth;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A record that differs from the usual one in what a test is about. */
record KeyRecords(KeyRecord key) {
    private static final SecureRandom RANDOM = new SecureRandom();

    static ApiKey newKey() {
        return ApiKey.generate(RANDOM);
    }

    /** As a rotation makes it: another secret for the same id. */
    static ApiKey newSecret(String id) {
        return ApiKey.generate(new SecureRandom() {
            private int next;

            @Override
            public int nextInt(int bound) {
                return ApiKey.digit(id.charAt(next++));
            }
        });
    }

    /** Of {@code key}, with everything allowed. */
    static KeyRecords of(ApiKey key, Pepper pepper) {
        return new KeyRecords(new KeyRecord(
                key.id(),
                "ci",
                "team-a",
                null,
                digest(key, pepper),
                pepper.id(),
                null,
                0,
                List.of(),
                List.of(),
                Map.of(),
                null,
                List.of(),
                0,
                Long.MAX_VALUE,
                true,
                false));
    }

    static KeyDigest digest(ApiKey key, Pepper pepper) {
        return new KeyDigest(pepper.digest(key));
    }

    /** With everything that a key can have. */
    static KeyRecord full(ApiKey key, ApiKey previous, Pepper pepper) {
        return new KeyRecord(
                key.id(),
                "größte Übung \uD83D\uDD11",
                "team-b",
                "user-7",
                digest(key, pepper),
                pepper.id(),
                digest(previous, pepper),
                3_000_000_000L,
                List.of("gpt-*", "claude-3"),
                List.of("chat", "embeddings"),
                Map.of("cost-centre", "42", "stage", "production"),
                "premium",
                List.of("10.0.0.0/8", "2001:db8::/32"),
                1_000,
                4_000_000_000L,
                false,
                false);
    }

    KeyRecord name(String name) {
        return with(name, key.previousDigest(), key.previousUntil(), key.ipRanges(), times(key), key.enabled(), false);
    }

    KeyRecord previous(KeyDigest digest, long until) {
        return with(key.name(), digest, until, key.ipRanges(), times(key), key.enabled(), false);
    }

    KeyRecord ipRanges(String... cidr) {
        return with(
                key.name(), key.previousDigest(), key.previousUntil(), List.of(cidr), times(key), key.enabled(), false);
    }

    KeyRecord between(long notBefore, long expiresAt) {
        return with(
                key.name(),
                key.previousDigest(),
                key.previousUntil(),
                key.ipRanges(),
                new Times(notBefore, expiresAt),
                key.enabled(),
                false);
    }

    KeyRecord disabled() {
        return with(key.name(), key.previousDigest(), key.previousUntil(), key.ipRanges(), times(key), false, false);
    }

    KeyRecord gone() {
        return with(key.name(), key.previousDigest(), key.previousUntil(), key.ipRanges(), times(key), false, true);
    }

    private record Times(long notBefore, long expiresAt) {}

    private static Times times(KeyRecord key) {
        return new Times(key.notBefore(), key.expiresAt());
    }

    private KeyRecord with(
            String name,
            @Nullable KeyDigest previousDigest,
            long previousUntil,
            List<String> ipRanges,
            Times times,
            boolean enabled,
            boolean gone) {
        return new KeyRecord(
                key.id(),
                name,
                key.teamId(),
                key.ownerId(),
                key.digest(),
                key.pepperId(),
                previousDigest,
                previousUntil,
                key.models(),
                key.endpoints(),
                key.tags(),
                key.tier(),
                ipRanges,
                times.notBefore(),
                times.expiresAt(),
                enabled,
                gone);
    }
}
