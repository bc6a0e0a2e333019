package dev.sluice.gateway.admin;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers for when the database cannot be asked. Thread: any. */
final class DatabaseFailure {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseFailure.class);

    private DatabaseFailure() {}

    /**
     * What to say about {@code e}.
     *
     * @return null when it is not the database that failed, but what it was asked for
     */
    static @Nullable AdminResponse answer(SQLException e) {
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        // What has become unique or gone since it was looked at.
        if (state.equals("23505") || state.equals("23503")) {
            return AdminResponse.error(
                    409,
                    "conflict",
                    null,
                    "it contradicts what somebody else has changed meanwhile; read again and retry");
        }
        // 40: serialization and deadlocks; 55P03: a lock that somebody else holds.
        if (state.startsWith("40") || state.equals("55P03")) {
            return unavailable(
                    "database_busy", "somebody else is changing the same; nothing has changed, please retry");
        }
        if (state.equals("57014")) {
            return unavailable("database_timeout", "the database takes too long for this; nothing has changed");
        }
        // 08: connections; 53: resources; 57: the server stops.
        if (e instanceof SQLTransientException
                || state.startsWith("08")
                || state.startsWith("53")
                || state.startsWith("57")) {
            // Those who own the database say once that it is away.
            LOG.atDebug().setCause(e).log("the database does not answer the admin plane");
            return unavailable(
                    "database_unavailable", "the database does not answer; keys that are known go on working");
        }
        return null;
    }

    /** A commit of which nothing was heard. */
    static AdminResponse unknownOutcome() {
        return AdminResponse.error(
                503,
                "outcome_unknown",
                null,
                "the database was lost during the change; read again to see whether it was made");
    }

    private static AdminResponse unavailable(String code, String message) {
        return AdminResponse.error(503, code, null, message).withHeader("retry-after", "5");
    }
}
