package dev.sluice.gateway.admin;

import dev.sluice.gateway.store.TeamRow;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A team as the API shows it; see {@link Json}. Immutable; thread: any. */
record TeamView(
        String id,
        String name,
        @Nullable String tier,
        boolean enabled,
        long version,
        Instant createdAt,
        Instant updatedAt) {

    static TeamView of(TeamRow row) {
        return new TeamView(
                row.id(), row.name(), row.tier(), row.enabled(), row.version(), row.createdAt(), row.updatedAt());
    }
}
