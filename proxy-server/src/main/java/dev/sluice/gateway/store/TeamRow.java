package dev.sluice.gateway.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A team, which is a tenant. Immutable; thread: any.
 *
 * @param tier of its keys that have none of their own; null: none
 */
public record TeamRow(
        String id,
        String name,
        @Nullable String tier,
        boolean enabled,
        long version,
        Instant createdAt,
        Instant updatedAt) {}
