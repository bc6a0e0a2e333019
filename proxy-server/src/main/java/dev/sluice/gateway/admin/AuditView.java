package dev.sluice.gateway.admin;

import dev.sluice.gateway.store.AuditLog;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A row of the audit log as the API shows it; see {@link Json}. Immutable; thread: any.
 *
 * @param before the object as it was; null when it is new, or not told
 * @param after the object as it is since; null when it is gone, or not told
 */
record AuditView(
        long id,
        Instant at,
        String actor,
        String actorRole,
        String team,
        String action,
        String objectType,
        String objectId,
        @Nullable String requestId,
        @Nullable String address,
        @Nullable FreeJson before,
        @Nullable FreeJson after) {

    static AuditView of(AuditLog.Row row) {
        AuditLog.Entry entry = row.entry();
        return new AuditView(
                row.id(),
                row.at(),
                entry.actor(),
                entry.actorRole(),
                entry.teamId(),
                entry.action(),
                entry.objectType(),
                entry.objectId(),
                entry.requestId(),
                entry.address(),
                free(entry.before()),
                free(entry.after()));
    }

    private static @Nullable FreeJson free(@Nullable String text) {
        return text == null ? null : new FreeJson(text);
    }
}
