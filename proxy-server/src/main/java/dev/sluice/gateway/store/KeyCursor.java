package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.KeyRecord;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * All keys of the database as they are at one moment, some thousands in memory at a time. Thread: {@code sluice-keys-load}.
 */
final class KeyCursor implements Iterable<KeyRecord> {
    static final int FETCHED = 5_000;

    private final Connection connection;

    /** @param connection within whose transaction the keys are read, when they are asked for */
    KeyCursor(Connection connection) {
        this.connection = connection;
    }

    /** What a look at the next row ended with. */
    static final class BrokenException extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final SQLException reason;

        BrokenException(SQLException reason) {
            super(reason);
            this.reason = reason;
        }

        SQLException reason() {
            return reason;
        }
    }

    /** @throws BrokenException when the database does not answer; so do the iterator's methods */
    @Override
    public Iterator<KeyRecord> iterator() {
        try {
            // Closed with the connection.
            PreparedStatement statement = connection.prepareStatement(KeyRows.SELECT);
            statement.setFetchSize(FETCHED);
            return new Rows(statement.executeQuery());
        } catch (SQLException e) {
            throw new BrokenException(e);
        }
    }

    private static final class Rows implements Iterator<KeyRecord> {
        private final ResultSet rows;
        private boolean looked;
        private boolean there;

        Rows(ResultSet rows) {
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            if (!looked) {
                try {
                    there = rows.next();
                } catch (SQLException e) {
                    throw new BrokenException(e);
                }
                looked = true;
            }
            return there;
        }

        @Override
        public KeyRecord next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            looked = false;
            try {
                return KeyRows.read(rows);
            } catch (SQLException e) {
                throw new BrokenException(e);
            }
        }
    }
}
