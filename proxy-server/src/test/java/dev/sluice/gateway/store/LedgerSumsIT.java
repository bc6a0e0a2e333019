package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Labels;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ledger's sums against an addition of the same rows in memory, for rules of every kind. */
final class LedgerSumsIT {
    private static final Instant BEGIN = Instant.parse("2026-11-20T22:00:00Z");
    private static final int ROWS = 600;
    private static final long SPAN_MILLIS = 6 * 3_600_000L;
    private static final CallFilter ALL = CallFilter.ALL;
    private static final List<String> NONE = List.of();

    /** Keys by id. A tier may be the owner's. */
    private record Key(
            String name, @Nullable String owner, @Nullable String tier) {}

    private static final Map<String, Key> KEYS = Map.of(
            "AAAAAAA1", new Key("ci", "ada", "premium"),
            "AAAAAAA2", new Key("batch_1", "ada", "free"),
            "AAAAAAA3", new Key("batchx1", null, null),
            "file0001", new Key("", null, null),
            "user:ada", new Key("", "ada", "free"),
            "user:bob", new Key("", "bob", "free"));

    private record Row(
            Instant at,
            @Nullable String key,
            @Nullable String team,
            @Nullable String endUser,
            Map<String, String> tags,
            String endpoint,
            String model,
            String provider,
            long input,
            @Nullable Long output,
            @Nullable Long cost) {}

    @TempDir
    static Path dataDir;

    private static Database database;
    private static List<Row> rows = List.of();

    @BeforeAll
    static void start() throws SQLException {
        database = OwnDatabase.startedIn(dataDir);
        rows = random(new Random(7));
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO sluice.team (id, name) VALUES ('shop', 'shop')");
            statement.execute("INSERT INTO sluice.app_user (id, email, tier) VALUES ('ada', 'a@example.org', 'free'),"
                    + " ('bob', 'b@example.org', 'free')");
            statement.execute("INSERT INTO sluice.api_key (id, name, owner_id, tier, digest, pepper_id) VALUES"
                    + " ('AAAAAAA1', 'ci', 'ada', 'premium', decode(repeat('00', 32), 'hex'), 'p'),"
                    + " ('AAAAAAA2', 'batch_1', 'ada', NULL, decode(repeat('00', 32), 'hex'), 'p'),"
                    + " ('AAAAAAA3', 'batchx1', NULL, NULL, decode(repeat('00', 32), 'hex'), 'p')");
            for (Row row : rows) {
                insert(connection, row);
            }
            statement.execute("""
                    INSERT INTO sluice.usage_hourly
                    SELECT date_trunc('hour', started_at), coalesce(key_id, ''), coalesce(team_id, ''), provider,
                           requested_model, endpoint, status, count(*), sum(input_tokens), 0, 0,
                           sum(coalesce(output_tokens, 0)), 0, sum(coalesce(cost_nano, 0)), 0, 0, 0, 0, 0, 0
                    FROM sluice.usage_event GROUP BY 1, 2, 3, 4, 5, 6, 7""");
        }
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    private static List<Row> random(Random random) {
        List<String> keys = new ArrayList<>(KEYS.keySet());
        keys.sort(null);
        keys.add(null);
        List<Row> made = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            made.add(new Row(
                    BEGIN.plusMillis(random.nextLong(SPAN_MILLIS)),
                    any(random, keys),
                    any(random, Arrays.asList("default", "shop", null)),
                    any(random, Arrays.asList("bob", "eve", null)),
                    any(random, List.of(Map.of(), Map.of("env", "prod"), Map.of("env", "dev", "app", "x"))),
                    any(random, List.of("messages", "embeddings")),
                    any(random, List.of("gpt-4o", "gpt_4o", "claude")),
                    any(random, List.of("openai", "groq")),
                    random.nextInt(1_000),
                    random.nextInt(5) == 0 ? null : (Long) random.nextLong(1_000),
                    random.nextInt(5) == 0 ? null : (Long) random.nextLong(1_000_000_000)));
        }
        return made;
    }

    private static <T> T any(Random random, List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static void insert(Connection connection, Row row) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO sluice.usage_event (event_id, started_at, request_id, attempt, key_id, team_id, end_user, tags,
                    endpoint, requested_model, provider, upstream_model, stream, status, input_tokens, output_tokens,
                    usage_source, cost_nano)
                VALUES (?, ?, 'r', 1, ?, ?, ?, ?::jsonb, ?, ?, ?, 'm', false, 'ok', ?, ?, 'provider', ?)""")) {
            int index = 1;
            insert.setObject(index++, UUID.randomUUID());
            insert.setObject(index++, row.at().atOffset(ZoneOffset.UTC));
            insert.setString(index++, row.key());
            insert.setString(index++, row.team());
            insert.setString(index++, row.endUser());
            insert.setString(index++, row.tags().isEmpty() ? null : JsonText.of(row.tags()));
            insert.setString(index++, row.endpoint());
            insert.setString(index++, row.model());
            insert.setString(index++, row.provider());
            insert.setLong(index++, row.input());
            insert.setObject(index++, row.output());
            insert.setObject(index, row.cost());
            insert.executeUpdate();
        }
    }

    private static LimitRule rule(Measure measure, CallFilter filter, String... per) {
        List<Dimension> dimensions = new ArrayList<>();
        for (String label : per) {
            dimensions.add(Objects.requireNonNull(Labels.dimension(label)));
        }
        return new LimitRule(
                "r", "r", filter, dimensions, measure, 1, Window.sliding(Window.Period.DAY), 0, false, 0, List.of());
    }

    private static CallFilter filter(
            List<String> keys,
            List<String> users,
            List<String> endUsers,
            List<String> teams,
            List<String> tiers,
            List<String> models,
            List<String> endpoints,
            Map<String, String> tags) {
        return new CallFilter(keys, users, endUsers, teams, tiers, models, NONE, endpoints, tags);
    }

    private static List<LimitRule> rules() {
        return List.of(
                rule(Measure.COST, ALL),
                rule(Measure.COST, ALL, "key"),
                rule(Measure.TOKENS, ALL, "team"),
                rule(Measure.INPUT_TOKENS, ALL, "user"),
                rule(Measure.OUTPUT_TOKENS, ALL, "end_user"),
                rule(Measure.COST, ALL, "tier"),
                rule(Measure.COST, ALL, "provider", "model"),
                rule(Measure.COST, ALL, "key", "tag:env", "end_user"),
                rule(Measure.COST, filter(List.of("ci", "file0001"), NONE, NONE, NONE, NONE, NONE, NONE, Map.of())),
                rule(Measure.TOKENS, filter(NONE, List.of("ada"), NONE, NONE, NONE, NONE, NONE, Map.of()), "key"),
                rule(Measure.COST, filter(NONE, NONE, List.of("eve"), NONE, NONE, NONE, NONE, Map.of()), "model"),
                rule(Measure.COST, filter(NONE, NONE, NONE, List.of("default"), NONE, NONE, NONE, Map.of()), "team"),
                rule(Measure.COST, filter(NONE, NONE, NONE, NONE, List.of("free"), NONE, NONE, Map.of()), "user"),
                rule(Measure.COST, filter(NONE, NONE, NONE, NONE, NONE, List.of("gpt_*"), NONE, Map.of())),
                rule(Measure.COST, filter(NONE, NONE, NONE, NONE, NONE, List.of("gpt-4o"), NONE, Map.of()), "key"),
                rule(Measure.COST, filter(NONE, NONE, NONE, NONE, NONE, NONE, List.of("messages"), Map.of()), "key"),
                rule(Measure.COST, filter(NONE, NONE, NONE, NONE, NONE, NONE, NONE, Map.of("env", "prod")), "key"),
                rule(
                        Measure.TOKENS,
                        new CallFilter(
                                NONE,
                                NONE,
                                NONE,
                                NONE,
                                NONE,
                                NONE,
                                List.of("gr*"),
                                NONE,
                                Map.of("env", "dev", "app", "x")),
                        "tag:app"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1970-01-01T00:00:00Z",
                "2026-11-20T22:00:00Z",
                "2026-11-21T00:00:00Z",
                "2026-11-21T00:30:00Z",
                "2026-11-21T01:17:03.123Z",
                "2026-11-22T00:00:00Z"
            })
    void agreeWithAnAdditionOfTheSameRows(String since) throws SQLException {
        try (Connection connection = database.connect("test")) {
            for (LimitRule rule : rules()) {
                Map<List<String>, Long> expected = added(rule, Instant.parse(since));
                List<List<String>> asked = new ArrayList<>(expected.keySet());
                asked.add(rule.per().stream().map(dimension -> "nobody").toList());

                Map<List<String>, Long> told = new HashMap<>(new LedgerSums(connection)
                        .spent(rule, Instant.parse(since).toEpochMilli(), asked));

                told.values().removeIf(spent -> spent == 0);
                assertThat(told).as("%s", rule).isEqualTo(expected);
            }
        }
    }

    @Test
    void tellsOfThoseAloneWhoAreAskedAbout() throws SQLException {
        try (Connection connection = database.connect("test")) {
            LimitRule rule = rule(Measure.COST, ALL, "key", "provider");

            Map<List<String>, Long> told = new LedgerSums(connection)
                    .spent(rule, 0, List.of(List.of("AAAAAAA1", "groq"), List.of("AAAAAAA2", "openai")));

            assertThat(told.keySet())
                    .containsExactlyInAnyOrder(List.of("AAAAAAA1", "groq"), List.of("AAAAAAA2", "openai"));
        }
    }

    @Test
    void doesNotAskWhatTheLedgerDoesNotKnow() {
        assertThat(LedgerSums.canTell(rule(Measure.COST, ALL, "ip"))).isFalse();
        assertThat(LedgerSums.canTell(rule(Measure.COST, ALL, "key", "session")))
                .isFalse();
        assertThat(LedgerSums.canTell(rule(Measure.REQUESTS, ALL, "key"))).isFalse();
        assertThat(LedgerSums.canTell(rule(Measure.COST, ALL, "key"))).isTrue();
    }

    private static Map<List<String>, Long> added(LimitRule rule, Instant since) {
        Map<List<String>, Long> sums = new HashMap<>();
        for (Row row : rows) {
            if (row.key() != null && !row.at().isBefore(since) && matches(rule.appliesTo(), row)) {
                List<String> values = new ArrayList<>();
                rule.per().forEach(dimension -> values.add(value(dimension, row)));
                sums.merge(List.copyOf(values), amount(rule.measure(), row), Long::sum);
            }
        }
        sums.values().removeIf(spent -> spent == 0);
        return sums;
    }

    private static Key keyOf(Row row) {
        return Objects.requireNonNull(KEYS.get(row.key()));
    }

    private static boolean matches(CallFilter of, Row row) {
        Key key = keyOf(row);
        return (of.keys().isEmpty()
                        || of.keys().contains(row.key())
                        || of.keys().contains(key.name()))
                && isAmong(of.users(), key.owner())
                && isAmong(of.endUsers(), row.endUser())
                && isAmong(of.teams(), row.team() == null ? "default" : row.team())
                && isAmong(of.tiers(), key.tier())
                && isAmong(of.endpoints(), row.endpoint())
                && isLike(of.models(), row.model())
                && isLike(of.providers(), row.provider())
                && row.tags().entrySet().containsAll(of.tags().entrySet());
    }

    private static boolean isAmong(List<String> names, @Nullable String name) {
        return names.isEmpty() || (name != null && names.contains(name));
    }

    private static boolean isLike(List<String> globs, String name) {
        return globs.isEmpty()
                || globs.stream()
                        .anyMatch(glob -> glob.endsWith("*")
                                ? name.startsWith(glob.substring(0, glob.length() - 1))
                                : name.equals(glob));
    }

    private static String value(Dimension dimension, Row row) {
        String value = switch (dimension.kind()) {
            case KEY -> row.key();
            case USER -> keyOf(row).owner();
            case END_USER -> row.endUser();
            case TEAM -> row.team();
            case TIER -> keyOf(row).tier();
            case PROVIDER -> row.provider();
            case MODEL -> row.model();
            case TAG -> row.tags().get(dimension.tag());
            case IP, SESSION -> throw new IllegalArgumentException("not in the ledger");
        };
        return value == null ? "" : value;
    }

    private static long amount(Measure measure, Row row) {
        long output = row.output() == null ? 0 : row.output();
        return switch (measure) {
            case TOKENS -> row.input() + output;
            case INPUT_TOKENS -> row.input();
            case OUTPUT_TOKENS -> output;
            case COST -> row.cost() == null ? 0 : row.cost();
            case REQUESTS, CONCURRENT, MAX_TOKENS, REQUEST_BYTES ->
                throw new IllegalArgumentException("not in the ledger");
        };
    }
}
