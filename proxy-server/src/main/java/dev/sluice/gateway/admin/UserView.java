package dev.sluice.gateway.admin;

import dev.sluice.gateway.store.UserRow;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A user as the API shows one; see {@link Json}. Immutable; thread: any.
 *
 * @param login how this person logs in: {@code password}, {@code none}, or the name of an issuer
 */
record UserView(
        String id,
        String email,
        String name,
        String team,
        String role,
        String tier,
        boolean enabled,
        String login,
        @Nullable Instant lastLoginAt,
        long version,
        Instant createdAt,
        Instant updatedAt) {

    static UserView of(UserRow row) {
        UserRow.Settings settings = row.settings();
        String issuer = row.issuer();
        return new UserView(
                row.id(),
                settings.email(),
                settings.name(),
                settings.teamId(),
                settings.role().label(),
                settings.tier(),
                settings.enabled(),
                issuer == null ? (row.hasPassword() ? "password" : "none") : issuer,
                row.lastLoginAt(),
                row.version(),
                row.createdAt(),
                row.updatedAt());
    }
}
