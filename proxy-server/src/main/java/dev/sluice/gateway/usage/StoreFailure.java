package dev.sluice.gateway.usage;

import java.sql.BatchUpdateException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Why a batch was not written, and with that what to do next.
 *
 * @param message for the operator; without the values of the row
 */
record StoreFailure(Kind kind, String message) {

    enum Kind {
        /** A row is there already: add the others. */
        DUPLICATE,
        /** The server refuses what a row holds: find that row. */
        DATA,
        /** The database is starting: ask again soon. */
        NOT_YET,
        /** No server, a broken connection, a lock, a full disk: wait, and try the same again. */
        AWAY
    }

    /** Whether the same may succeed later. */
    boolean isAway() {
        return switch (kind) {
            case DUPLICATE, DATA -> false;
            case NOT_YET, AWAY -> true;
        };
    }

    static StoreFailure of(SQLException thrown) {
        // A batch of statements hides what the server said.
        SQLException e = thrown instanceof BatchUpdateException && thrown.getCause() instanceof SQLException cause
                ? cause
                : thrown;
        ServerErrorMessage server = e instanceof PSQLException p ? p.getServerErrorMessage() : null;
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        if (server == null) {
            boolean starting = e instanceof SQLTransientConnectionException;
            return new StoreFailure(starting ? Kind.NOT_YET : Kind.AWAY, String.valueOf(e.getMessage()));
        }
        // The server's first line alone: details and context quote the row.
        return new StoreFailure(kind(state), state + " " + server.getMessage());
    }

    static StoreFailure of(RuntimeException e) {
        return new StoreFailure(Kind.DATA, e.toString());
    }

    private static Kind kind(String state) {
        if (state.equals("23505")) {
            return Kind.DUPLICATE;
        }
        // 22 data exception, 23 integrity constraint, 54 limit exceeded, 08P01 malformed message. What else there is
        // (no such table, no permission, out of space, an internal error) says nothing about the row.
        boolean data =
                state.startsWith("22") || state.startsWith("23") || state.startsWith("54") || state.equals("08P01");
        return data ? Kind.DATA : Kind.AWAY;
    }
}
