package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * The statements that write {@code sluice.usage_event} and {@code sluice.usage_dead_letter}. Each method is one
 * transaction: after an {@link SQLException} that the server sent, nothing of it happened; after any other, nobody knows.
 *
 * <p>Thread: writer.
 */
final class UsageTable {
    private static final String COLUMNS = "event_id, started_at, request_id, attempt, key_id, team_id, end_user, tags,"
            + " endpoint, requested_model, provider, upstream_model, stream, status, http_status, input_tokens,"
            + " cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, counted_input, counted_output,"
            + " usage_source, cost_nano, price_version, ttft_ms, duration_ms, provider_request_id";
    private static final int COLUMN_COUNT = 28;
    private static final String COPY = "COPY sluice.usage_event (" + COLUMNS + ") FROM STDIN (FORMAT BINARY)";
    private static final String CREATE_STAGE = "CREATE TEMP TABLE usage_stage (LIKE sluice.usage_event) ON COMMIT DROP";
    private static final String COPY_STAGE = "COPY pg_temp.usage_stage (" + COLUMNS + ") FROM STDIN (FORMAT BINARY)";
    private static final String MERGE = "INSERT INTO sluice.usage_event (" + COLUMNS + ") SELECT " + COLUMNS
            + " FROM pg_temp.usage_stage ON CONFLICT DO NOTHING";
    private static final String DEAD_LETTER = "INSERT INTO sluice.usage_dead_letter (event_id, error, payload)"
            + " VALUES (?, ?, ?::jsonb) ON CONFLICT DO NOTHING";

    private final CopyBinaryEncoder encoder = new CopyBinaryEncoder();

    /** Appends the events; fails with a unique violation when one of them is there already. */
    void append(Connection connection, UsageEvent[] events, int from, int to) throws SQLException {
        connection.setAutoCommit(true);
        copy(connection, COPY, events, from, to);
    }

    /** Appends those of the events that are not there yet: slower, and as often as one likes. */
    void merge(Connection connection, UsageEvent[] events, int from, int to) throws SQLException {
        inTransaction(connection, () -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute(CREATE_STAGE);
                copy(connection, COPY_STAGE, events, from, to);
                statement.execute(MERGE);
            }
        });
    }

    private void copy(Connection connection, String sql, UsageEvent[] events, int from, int to) throws SQLException {
        encoder.begin();
        for (int i = from; i < to; i++) {
            encode(events[i]);
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

    private void encode(UsageEvent event) {
        encoder.row(COLUMN_COUNT);
        encoder.uuid(event.eventId());
        encoder.timestamp(event.startedAtMicros());
        encoder.text(event.requestId());
        encoder.int2(event.attempt());
        encoder.text(event.keyId());
        encoder.text(event.teamId());
        encoder.text(event.endUser());
        encoder.jsonb(event.tags());
        encoder.text(event.endpoint());
        encoder.text(event.requestedModel());
        encoder.text(event.provider());
        encoder.text(event.upstreamModel());
        encoder.bool(event.stream());
        encoder.text(event.status());
        if (event.httpStatus() == UsageEvent.UNKNOWN) {
            encoder.nothing();
        } else {
            encoder.int2(event.httpStatus());
        }
        count(event.usage().inputTokens());
        count(event.usage().cachedTokens());
        count(event.usage().cacheWriteTokens());
        count(event.usage().outputTokens());
        count(event.usage().reasoningTokens());
        count(event.countedInput());
        count(event.countedOutput());
        encoder.text(event.usageSource());
        count(event.costNano());
        count(event.priceVersion());
        millis(event.ttftMillis());
        millis(event.durationMillis());
        encoder.text(event.providerRequestId());
    }

    private void count(long value) {
        if (value == UsageEvent.UNKNOWN) {
            encoder.nothing();
        } else {
            encoder.int8(value);
        }
    }

    private void millis(int value) {
        if (value == UsageEvent.UNKNOWN) {
            encoder.nothing();
        } else {
            encoder.int4(value);
        }
    }

    /** Keeps an event that {@code usage_event} refuses. */
    void deadLetter(Connection connection, UsageEvent event, String error) throws SQLException {
        connection.setAutoCommit(true);
        try (PreparedStatement insert = connection.prepareStatement(DEAD_LETTER)) {
            insert.setObject(1, event.eventId());
            insert.setString(2, Text.cleaned(error, 1_024));
            insert.setString(3, json(event));
            insert.executeUpdate();
        }
    }

    /** Every column by its name; the tags as a string, for they may be what was refused. */
    private static String json(UsageEvent event) {
        StringBuilder json = new StringBuilder(512).append('{');
        member(json, "event_id", event.eventId().toString());
        number(json, "started_at_micros", event.startedAtMicros());
        member(json, "request_id", event.requestId());
        number(json, "attempt", event.attempt());
        member(json, "key_id", event.keyId());
        member(json, "team_id", event.teamId());
        member(json, "end_user", event.endUser());
        member(json, "tags", event.tags());
        member(json, "endpoint", event.endpoint());
        member(json, "requested_model", event.requestedModel());
        member(json, "provider", event.provider());
        member(json, "upstream_model", event.upstreamModel());
        name(json, "stream").append(event.stream());
        member(json, "status", event.status());
        number(json, "http_status", event.httpStatus());
        number(json, "input_tokens", event.usage().inputTokens());
        number(json, "cached_tokens", event.usage().cachedTokens());
        number(json, "cache_write_tokens", event.usage().cacheWriteTokens());
        number(json, "output_tokens", event.usage().outputTokens());
        number(json, "reasoning_tokens", event.usage().reasoningTokens());
        number(json, "counted_input", event.countedInput());
        number(json, "counted_output", event.countedOutput());
        member(json, "usage_source", event.usageSource());
        number(json, "cost_nano", event.costNano());
        number(json, "price_version", event.priceVersion());
        number(json, "ttft_ms", event.ttftMillis());
        number(json, "duration_ms", event.durationMillis());
        member(json, "provider_request_id", event.providerRequestId());
        return json.append('}').toString();
    }

    private static StringBuilder name(StringBuilder json, String name) {
        return json.append(json.length() == 1 ? "" : ",")
                .append('"')
                .append(name)
                .append("\":");
    }

    private static void member(StringBuilder json, String name, @Nullable String value) {
        if (value != null) {
            name(json, name);
            Text.appendString(json, Text.cleaned(value, 65_536));
        }
    }

    private static void number(StringBuilder json, String name, long value) {
        if (value != UsageEvent.UNKNOWN) {
            name(json, name).append(value);
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
