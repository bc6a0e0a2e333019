package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.store.KeyRow;
import dev.sluice.gateway.store.KeySettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A key as the API shows it; see {@link Json}. Immutable; thread: any.
 *
 * @param pepper which pepper it is stored with: {@code current}, {@code previous} or {@code unknown}
 */
record KeyView(
        String id,
        String name,
        String team,
        @Nullable String owner,
        List<String> models,
        List<String> endpoints,
        Map<String, String> tags,
        @Nullable String tier,
        List<String> ipRanges,
        @Nullable Instant notBefore,
        @Nullable Instant expiresAt,
        boolean enabled,
        String status,
        String pepper,
        @Nullable Instant rotatedUntil,
        FreeJson metadata,
        long version,
        Instant createdAt,
        Instant updatedAt) {

    static KeyView of(KeyRow row, Peppers peppers) {
        KeySettings settings = row.settings();
        return new KeyView(
                row.id(),
                settings.name(),
                settings.teamId(),
                settings.ownerId(),
                settings.models(),
                settings.endpoints(),
                settings.tags(),
                settings.tier(),
                settings.ipRanges(),
                settings.notBefore(),
                settings.expiresAt(),
                settings.enabled(),
                row.status().label(),
                pepper(row.pepperId(), peppers),
                row.rotatedUntil(),
                new FreeJson(settings.metadata()),
                row.version(),
                row.createdAt(),
                row.updatedAt());
    }

    private static String pepper(String id, Peppers peppers) {
        if (peppers.current().id().equals(id)) {
            return "current";
        }
        return peppers.called(id) == null ? "unknown" : "previous";
    }
}
