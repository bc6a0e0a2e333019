package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Rows of {@code usage_event} as a test wants them, and the hours that belong to them. */
final class UsageRows {
    /** What the writer keeps up to date, made at one go by a statement that shares nothing with the product. */
    private static final String HOURS = """
            INSERT INTO sluice.usage_hourly
            SELECT to_timestamp(floor(extract(epoch FROM started_at) / 3600) * 3600),
                   coalesce(key_id, ''), coalesce(team_id, ''), provider, coalesce(requested_model, ''), endpoint, status,
                   count(*),
                   sum(coalesce(input_tokens, 0)), sum(coalesce(cached_tokens, 0)), sum(coalesce(cache_write_tokens, 0)),
                   sum(coalesce(output_tokens, 0)), sum(coalesce(reasoning_tokens, 0)), sum(coalesce(cost_nano, 0)),
                   sum(CASE WHEN cost_nano IS NULL AND usage_source <> 'none' THEN 1 ELSE 0 END),
                   sum(CASE WHEN usage_source IN ('provider', 'none') THEN 0 ELSE 1 END),
                   sum(CASE WHEN usage_source = 'provider' AND counted_input IS NOT NULL
                       THEN coalesce(input_tokens, 0) ELSE 0 END),
                   sum(CASE WHEN usage_source = 'provider' AND input_tokens IS NOT NULL
                       THEN coalesce(counted_input, 0) ELSE 0 END),
                   sum(CASE WHEN usage_source = 'provider' AND counted_output IS NOT NULL
                       THEN coalesce(output_tokens, 0) ELSE 0 END),
                   sum(CASE WHEN usage_source = 'provider' AND output_tokens IS NOT NULL
                       THEN coalesce(counted_output, 0) ELSE 0 END)
            FROM sluice.usage_event GROUP BY 1, 2, 3, 4, 5, 6, 7
            """;

    private UsageRows() {}

    static void clear(LivePostgres postgres) throws SQLException {
        postgres.execute("TRUNCATE sluice.usage_event, sluice.usage_hourly");
    }

    static void sumUpHours(LivePostgres postgres) throws SQLException {
        postgres.execute("TRUNCATE sluice.usage_hourly");
        postgres.execute(HOURS);
    }

    /** One row, to be changed and stored. */
    static final class Row {
        Instant at = Instant.parse("2026-11-20T10:15:00Z");

        @Nullable
        String key = "key-1";

        @Nullable
        String team = "team-1";

        @Nullable
        String user;

        @Nullable
        String tags;

        String endpoint = "chat.completions";

        @Nullable
        String model = "gpt-4o";

        String provider = "openai";
        String upstreamModel = "gpt-4o-2024-08-06";
        String status = "ok";

        @Nullable
        Long input;

        @Nullable
        Long cached;

        @Nullable
        Long cacheWrite;

        @Nullable
        Long output;

        @Nullable
        Long reasoning;

        @Nullable
        Long countedInput;

        @Nullable
        Long countedOutput;

        String source = "provider";

        @Nullable
        Long cost;

        Row at(String instant) {
            at = Instant.parse(instant);
            return this;
        }

        Row by(@Nullable String ofKey, @Nullable String ofTeam) {
            key = ofKey;
            team = ofTeam;
            return this;
        }

        Row model(@Nullable String name) {
            model = name;
            return this;
        }

        Row tagged(String json) {
            tags = json;
            return this;
        }

        Row tokens(long in, long ofTheseCached, long out) {
            input = in;
            cached = ofTheseCached;
            output = out;
            return this;
        }

        Row counted(long in, long out) {
            countedInput = in;
            countedOutput = out;
            return this;
        }

        Row cost(@Nullable Long nano) {
            cost = nano;
            return this;
        }

        Row source(String of) {
            source = of;
            return this;
        }

        Row status(String ended) {
            status = ended;
            return this;
        }

        void store(LivePostgres postgres) throws SQLException {
            try (Connection connection = postgres.patient()) {
                store(connection);
            }
        }

        void store(Connection connection) throws SQLException {
            try (PreparedStatement insert = connection.prepareStatement("""
                    INSERT INTO sluice.usage_event (event_id, started_at, request_id, attempt, key_id, team_id, end_user,
                        tags, endpoint, requested_model, provider, upstream_model, stream, status, input_tokens,
                        cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, counted_input, counted_output,
                        usage_source, cost_nano)
                    VALUES (?, ?, 'r', 1, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, false, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)) {
                Object[] values = {
                    UUID.randomUUID(),
                    OffsetDateTime.ofInstant(at, ZoneOffset.UTC),
                    key,
                    team,
                    user,
                    tags,
                    endpoint,
                    model,
                    provider,
                    upstreamModel,
                    status,
                    input,
                    cached,
                    cacheWrite,
                    output,
                    reasoning,
                    countedInput,
                    countedOutput,
                    source,
                    cost
                };
                for (int i = 0; i < values.length; i++) {
                    if (values[i] == null) {
                        insert.setNull(i + 1, i < 11 ? Types.VARCHAR : Types.BIGINT);
                    } else {
                        insert.setObject(i + 1, values[i]);
                    }
                }
                insert.executeUpdate();
            }
        }
    }
}
