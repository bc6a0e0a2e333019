package dev.sluice.gateway.auth;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A gateway key as the database has it, or the snapshot on the disk: what {@link KeyDirectory} is filled with. Times are
 * Unix seconds. Immutable; thread: any.
 *
 * @param digest HMAC-SHA-256 of the key
 * @param pepperId of the {@link Pepper} it was made with
 * @param previousDigest of the key before it was rotated; null when there is none
 * @param previousUntil how long that one is good; 0 when there is none
 * @param ipRanges in CIDR notation; empty: from everywhere
 * @param notBefore 0: always
 * @param expiresAt {@link Long#MAX_VALUE}: never
 * @param enabled together with its team and its owner
 * @param gone revoked: to be forgotten
 */
public record KeyRecord(
        String id,
        String name,
        String teamId,
        @Nullable String ownerId,
        KeyDigest digest,
        String pepperId,
        @Nullable KeyDigest previousDigest,
        long previousUntil,
        List<String> models,
        List<String> endpoints,
        Map<String, String> tags,
        @Nullable String tier,
        List<String> ipRanges,
        long notBefore,
        long expiresAt,
        boolean enabled,
        boolean gone) {}
