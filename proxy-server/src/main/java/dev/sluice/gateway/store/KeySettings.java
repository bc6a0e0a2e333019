package dev.sluice.gateway.store;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a gateway key, and changed. Nothing of it is secret. Immutable; thread: any.
 *
 * @param teamId its tenant
 * @param ownerId the user it belongs to; null for nobody in particular
 * @param models names or {@code prefix*}; empty: all
 * @param endpoints labels of data plane endpoints, or {@code prefix*}; empty: all
 * @param tags put on each of its calls
 * @param tier null: the owner's or the team's
 * @param ipRanges in CIDR notation; empty: from everywhere
 * @param notBefore null: always
 * @param expiresAt null: never
 * @param metadata a JSON object of the operator's own
 */
public record KeySettings(
        String name,
        String teamId,
        @Nullable String ownerId,
        List<String> models,
        List<String> endpoints,
        Map<String, String> tags,
        @Nullable String tier,
        List<String> ipRanges,
        @Nullable Instant notBefore,
        @Nullable Instant expiresAt,
        boolean enabled,
        String metadata) {

    public KeySettings {
        models = List.copyOf(models);
        endpoints = List.copyOf(endpoints);
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
        ipRanges = List.copyOf(ipRanges);
    }
}
