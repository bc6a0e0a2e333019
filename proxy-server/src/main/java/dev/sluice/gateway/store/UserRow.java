package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Role;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A user as operators see one: without the password in any form. Immutable; thread: any.
 *
 * @param issuer name of the configured issuer that knows this person; null: known here
 * @param hasPassword whether there is a password to log in with
 */
public record UserRow(
        String id,
        Settings settings,
        @Nullable String issuer,
        boolean hasPassword,
        long version,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant lastLoginAt) {

    /**
     * What can be said of a user, and changed.
     *
     * @param email in lower case
     */
    public record Settings(String email, String name, String teamId, Role role, String tier, boolean enabled) {}
}
