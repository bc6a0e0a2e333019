package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The statements that write {@code sluice.usage_event}, {@code sluice.usage_hourly} and what belongs to them. Each method
 * is one transaction: after an {@link SQLException} that the server sent, nothing of it happened; after any other, nobody
 * knows.
 *
 * <p>Thread: writer.
 */
final class UsageTable {
    private static final String COPY =
            "COPY sluice.usage_event (" + EventColumns.NAMES + ") FROM STDIN (FORMAT BINARY)";
    private static final String CREATE_STAGE =
            "CREATE TEMP TABLE IF NOT EXISTS usage_stage (LIKE sluice.usage_event)" + " ON COMMIT DELETE ROWS";
    private static final String COPY_STAGE =
            "COPY pg_temp.usage_stage (" + EventColumns.NAMES + ") FROM STDIN (FORMAT BINARY)";
    // In order, so that gateways that merge the same events wait for each other and never in a circle.
    // Ids of version 8 (the 15th character of their text) are stored once whatever their start, which is part of the
    // key.
    private static final String MERGE = "WITH first AS (INSERT INTO sluice.usage_once (event_id)"
            + " SELECT event_id FROM pg_temp.usage_stage WHERE substr(event_id::text, 15, 1) = '8' ORDER BY event_id"
            + " ON CONFLICT DO NOTHING RETURNING event_id)"
            + " INSERT INTO sluice.usage_event (" + EventColumns.NAMES + ") SELECT "
            + EventColumns.NAMES + " FROM pg_temp.usage_stage WHERE substr(event_id::text, 15, 1) <> '8'"
            + " OR event_id IN (SELECT event_id FROM first) ORDER BY event_id, started_at"
            + " ON CONFLICT DO NOTHING RETURNING event_id";
    private static final String DEAD_LETTER = "INSERT INTO sluice.usage_dead_letter (event_id, error, payload)"
            + " VALUES (?, ?, ?::jsonb) ON CONFLICT DO NOTHING";
    private static final String PRICES =
            "INSERT INTO sluice.price_version (id, catalogue, overrides)" + " VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    private static final int MAX_ERROR = 1_024;

    private final CopyBinaryEncoder encoder = new CopyBinaryEncoder();
    private final HourlySums hours = new HourlySums();

    /** Appends the events; fails with a unique violation when one of them is there already. */
    void append(Connection connection, UsageEvent[] events, int from, int to) throws SQLException {
        hours.clear();
        for (int i = from; i < to; i++) {
            hours.add(events[i]);
        }
        inTransaction(connection, () -> {
            copy(connection, COPY, events, from, to);
            hours.store(connection);
        });
    }

    /** Appends those of the events that are not there yet: slower, and as often as one likes. */
    void merge(Connection connection, UsageEvent[] events, int from, int to) throws SQLException {
        Map<UUID, UsageEvent> byId = LinkedHashMap.newLinkedHashMap(to - from);
        for (int i = from; i < to; i++) {
            byId.putIfAbsent(events[i].eventId(), events[i]);
        }
        UsageEvent[] distinct = byId.values().toArray(UsageEvent[]::new);
        inTransaction(connection, () -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(CREATE_STAGE);
                copy(connection, COPY_STAGE, distinct, 0, distinct.length);
                hours.clear();
                try (ResultSet added = statement.executeQuery(MERGE)) {
                    addToHours(added, byId);
                }
            }
            hours.store(connection);
        });
    }

    private void addToHours(ResultSet added, Map<UUID, UsageEvent> byId) throws SQLException {
        while (added.next()) {
            UUID id = added.getObject(1, UUID.class);
            UsageEvent event = byId.get(id);
            if (event == null) {
                throw new IllegalStateException("PostgreSQL says it stored " + id + ", which it was not given");
            }
            hours.add(event);
        }
    }

    private void copy(Connection connection, String sql, UsageEvent[] events, int from, int to) throws SQLException {
        encoder.begin();
        for (int i = from; i < to; i++) {
            EventColumns.encode(events[i], encoder);
        }
        encoder.end();
        CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(sql);
        try {
            copy.writeToCopy(encoder.buffer(), 0, encoder.size());
            copy.endCopy();
        } finally {
            if (copy.isActive()) {
                copy.cancelCopy();
            }
        }
    }

    /** Keeps events that have no place in {@code usage_event}; those that are kept already stay as they are. */
    void deadLetters(Connection connection, UsageEvent[] events, int from, int to, String error) throws SQLException {
        inTransaction(connection, () -> {
            try (PreparedStatement insert = connection.prepareStatement(DEAD_LETTER)) {
                for (int i = from; i < to; i++) {
                    insert.setObject(1, events[i].eventId());
                    insert.setString(2, Text.cleaned(error, MAX_ERROR));
                    insert.setString(3, EventColumns.json(events[i]));
                    insert.addBatch();
                }
                insert.executeBatch();
            }
        });
    }

    /** Keeps a record of the journal that nobody can read. */
    void setAside(Connection connection, UUID eventId, String kind, byte[] record, String error) throws SQLException {
        connection.setAutoCommit(true);
        try (PreparedStatement insert = connection.prepareStatement(DEAD_LETTER)) {
            insert.setObject(1, eventId);
            insert.setString(2, Text.cleaned(error, MAX_ERROR));
            insert.setString(
                    3,
                    "{\"record\":\"" + kind + "\",\"base64\":\""
                            + Base64.getEncoder().encodeToString(record) + "\"}");
            insert.executeUpdate();
        }
    }

    /** Keeps the prices of one version; those that are kept already stay as they are. */
    void prices(Connection connection, long version, PriceTexts.PriceText text) throws SQLException {
        connection.setAutoCommit(true);
        try (PreparedStatement insert = connection.prepareStatement(PRICES)) {
            insert.setLong(1, version);
            insert.setString(2, text.catalogue());
            insert.setString(3, text.overrides());
            insert.executeUpdate();
        }
    }

    /** Makes the partitions of the days from {@code first} to {@code last}, as far as they do not exist. */
    void ensurePartitions(Connection connection, LocalDate first, LocalDate last) throws SQLException {
        connection.setAutoCommit(true);
        try (PreparedStatement ensure = connection.prepareStatement("SELECT sluice.ensure_usage_partition(?)")) {
            for (LocalDate day = first; !day.isAfter(last); day = day.plusDays(1)) {
                ensure.setObject(1, day);
                ensure.execute();
            }
        }
    }

    /** Drops the oldest of the partitions before {@code day}. @return how many; none when all are gone */
    int dropPartitions(Connection connection, LocalDate day) throws SQLException {
        connection.setAutoCommit(true);
        try (PreparedStatement drop = connection.prepareStatement("SELECT sluice.drop_usage_partitions(?)")) {
            drop.setObject(1, day);
            try (ResultSet dropped = drop.executeQuery()) {
                dropped.next();
                return dropped.getInt(1);
            }
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private static void inTransaction(Connection connection, Work work) throws SQLException {
        connection.setAutoCommit(false);
        boolean committed = false;
        try {
            work.run();
            connection.commit();
            committed = true;
        } finally {
            if (!committed) {
                rollBack(connection);
            }
        }
    }

    /** The first failure is the one that tells; a connection on which even this fails is thrown away. */
    private static void rollBack(Connection connection) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            try {
                connection.close();
            } catch (SQLException again) {
                e.addSuppressed(again);
            }
        }
    }
}
