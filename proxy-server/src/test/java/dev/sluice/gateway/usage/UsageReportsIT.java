package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.usage.UsageRows.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageReportsIT {
    private static final Instant FROM = Instant.parse("2026-11-20T00:00:00Z");
    private static final Instant TO = Instant.parse("2026-11-23T00:00:00Z");
    private static final List<Grouping> IN_HOURS = List.of(
            Grouping.DAY,
            Grouping.HOUR,
            Grouping.MODEL,
            Grouping.KEY,
            Grouping.TEAM,
            Grouping.PROVIDER,
            Grouping.ENDPOINT,
            Grouping.STATUS);

    @TempDir
    static Path directory;

    private static LivePostgres postgres;

    private final UsageReports reports = new UsageReports(() -> postgres.patient());

    @BeforeAll
    static void startPostgres() throws IOException {
        postgres = new LivePostgres(directory);
    }

    @AfterAll
    static void stopPostgres() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void empty() throws SQLException {
        UsageRows.clear(postgres);
    }

    // Two tables, one truth.

    @Test
    void hoursAndCallsSayTheSameByEveryGroupingAndFilter() throws SQLException {
        storeMany(1_500);
        UsageRows.sumUpHours(postgres);
        List<Map<Grouping, String>> filters = List.of(
                Map.of(),
                Map.of(Grouping.KEY, "key-1"),
                Map.of(Grouping.KEY, ""),
                Map.of(Grouping.TEAM, "", Grouping.STATUS, "ok"),
                Map.of(Grouping.MODEL, "model-2", Grouping.PROVIDER, "provider-1"),
                Map.of(Grouping.ENDPOINT, "embeddings", Grouping.STATUS, "timeout"));
        int rows = 0;
        for (Map<Grouping, String> only : filters) {
            assertAgreement(List.of(), only);
            for (Grouping first : IN_HOURS) {
                rows += assertAgreement(List.of(first), only);
                for (Grouping second : IN_HOURS) {
                    if (first != second) {
                        rows += assertAgreement(List.of(first, second), only);
                    }
                }
            }
        }
        rows += assertAgreement(IN_HOURS, Map.of());
        assertThat(rows).isGreaterThan(2_000);
    }

    /** The same question twice, once from a moment earlier, which the hours cannot answer, and when nothing was called. */
    private int assertAgreement(List<Grouping> by, Map<Grouping, String> only) throws SQLException {
        UsageAnswer hours = reports.report(new UsageQuery(by, null, only, FROM, TO, 10_000));
        UsageAnswer calls = reports.report(new UsageQuery(by, null, only, FROM.minusMillis(1), TO, 10_000));
        assertThat(hours.hours()).isTrue();
        assertThat(calls.hours()).isFalse();
        assertThat(hours.rows()).as("%s where %s", by, only).isEqualTo(calls.rows());
        return hours.rows().size();
    }

    @Test
    void anHourThatIsWrongWouldBeSeen() throws SQLException {
        storeMany(50);
        UsageRows.sumUpHours(postgres);
        postgres.execute("UPDATE sluice.usage_hourly SET compared_counted_output = compared_counted_output + 1"
                + " WHERE ctid = (SELECT min(ctid) FROM sluice.usage_hourly)");
        UsageRow hours = reports.report(query(List.of())).rows().getFirst();
        UsageRow calls = reports.report(new UsageQuery(List.of(), null, Map.of(), FROM.minusMillis(1), TO, 10))
                .rows()
                .getFirst();
        assertThat(hours).isNotEqualTo(calls);
    }

    private static void storeMany(int count) throws SQLException {
        Random random = new Random(42);
        String[] sources = {"provider", "provider", "provider", "counted", "mixed", "estimated", "none"};
        String[] statuses = {"ok", "ok", "client_abort", "timeout", "truncated"};
        try (Connection connection = postgres.patient()) {
            connection.setAutoCommit(false);
            for (int i = 0; i < count; i++) {
                Row row = new Row();
                // To the very edges of the range, and of its hours.
                long second = random.nextInt(3 * 86_400);
                row.at = FROM.plusSeconds(i % 3 == 0 ? second / 3_600 * 3_600 : second)
                        .minus(i % 7 == 0 && second > 3_600 ? 1 : 0, ChronoUnit.MICROS);
                row.by(name(random, "key-", 3), name(random, "team-", 2)).model(name(random, "model-", 4));
                row.provider = "provider-" + random.nextInt(2);
                row.endpoint = random.nextBoolean() ? "embeddings" : "chat.completions";
                row.status(statuses[random.nextInt(statuses.length)]);
                row.source(sources[random.nextInt(sources.length)]);
                boolean none = row.source.equals("none");
                row.input = none ? null : figure(random);
                row.output = none ? null : figure(random);
                row.cached = none ? null : figure(random);
                row.cacheWrite = none ? null : figure(random);
                row.reasoning = none ? null : figure(random);
                row.cost = none ? null : figure(random);
                row.countedInput = figure(random);
                row.countedOutput = figure(random);
                row.store(connection);
            }
            connection.commit();
        }
    }

    private static @Nullable String name(Random random, String prefix, int names) {
        int number = random.nextInt(names + 1);
        return number == names ? null : prefix + number;
    }

    private static @Nullable Long figure(Random random) {
        return random.nextInt(4) == 0 ? null : Long.valueOf(random.nextInt(1_000));
    }

    // Figures.

    @Test
    void sumsSharesAndDriftAreOfTheRowsTheySpeakOf() throws SQLException {
        new Row().tokens(1_000, 250, 100).counted(1_010, 99).cost(300L).store(postgres);
        new Row().tokens(1_000, 0, 100).counted(1_010, 100).cost(null).store(postgres);
        // Counted by the gateway: nothing to compare with.
        new Row()
                .tokens(2_000, 0, 50)
                .counted(2_000, 50)
                .source("estimated")
                .cost(7L)
                .store(postgres);
        new Row().source("none").status("timeout").store(postgres);
        // The provider reported the prompt alone.
        Row half = new Row().counted(500, 9).cost(1L);
        half.input = 500L;
        half.store(postgres);

        UsageSums sums = reports.report(calls(List.of())).rows().getFirst().sums();

        assertThat(sums)
                .isEqualTo(new UsageSums(
                        5,
                        4_500,
                        250,
                        0,
                        250,
                        0,
                        308,
                        1,
                        1,
                        1,
                        new UsageSums.Compared(2_500, 2_520),
                        new UsageSums.Compared(200, 199)));
        assertThat(sums.costNano()).isEqualTo(308);
        assertThat(sums.cachedShare()).isEqualByComparingTo("0.055556");
        assertThat(sums.unpricedShare()).isEqualByComparingTo("0.2");
        assertThat(sums.estimatedShare()).isEqualByComparingTo("0.2");
        assertThat(sums.input().drift()).isEqualByComparingTo("0.008");
        assertThat(sums.output().drift()).isEqualByComparingTo("-0.005");
    }

    @Test
    void aCostThatNobodyKnowsIsNotZeroAndOneThatIsFreeIs() throws SQLException {
        new Row().model("unpriced").tokens(5, 0, 5).cost(null).store(postgres);
        new Row().model("silent").source("none").store(postgres);
        new Row().model("free").tokens(5, 0, 5).cost(0L).store(postgres);
        UsageRows.sumUpHours(postgres);

        for (UsageQuery query : List.of(query(List.of(Grouping.MODEL)), calls(List.of(Grouping.MODEL)))) {
            Map<String, UsageSums> byModel = byFirstGroup(reports.report(query));
            assertThat(byModel.get("unpriced").costNano()).isNull();
            assertThat(byModel.get("silent").costNano()).isNull();
            assertThat(byModel.get("silent").unpriced()).isZero();
            assertThat(byModel.get("free").costNano()).isZero();
        }
        UsageSums nothing = reports.report(new UsageQuery(List.of(), null, Map.of(), TO, TO.plusSeconds(3_600), 10))
                .rows()
                .getFirst()
                .sums();
        assertThat(nothing.requests()).isZero();
        assertThat(nothing.costNano()).isZero();
        assertThat(nothing.cachedShare()).isNull();
    }

    @Test
    void aSumThatNoLongHoldsDoesNotEndTheReport() throws SQLException {
        new Row().tokens(Long.MAX_VALUE, 0, 1).cost(1L).store(postgres);
        new Row().tokens(Long.MAX_VALUE, 0, 1).cost(1L).store(postgres);

        assertThat(reports.report(calls(List.of())).rows().getFirst().sums().inputTokens())
                .isEqualTo(Long.MAX_VALUE);
    }

    // Groups.

    @Test
    void groupsByWhatOnlyTheCallsKnow() throws SQLException {
        Row row = new Row().tokens(1, 0, 1).cost(1L);
        row.user = "ann";
        row.store(postgres);
        new Row().tokens(1, 0, 1).source("counted").store(postgres);
        UsageRows.sumUpHours(postgres);

        for (Grouping by : List.of(Grouping.USER, Grouping.UPSTREAM_MODEL, Grouping.SOURCE, Grouping.TAG)) {
            assertThat(reports.report(query(List.of(by))).hours()).as("%s", by).isFalse();
        }
        assertThat(groups(reports.report(query(List.of(Grouping.USER, Grouping.SOURCE)))))
                .containsExactly(List.of("ann", "provider"), List.of("", "counted"));
        assertThat(groups(reports.report(query(List.of(Grouping.UPSTREAM_MODEL)))))
                .containsExactly(List.of("gpt-4o-2024-08-06"));
        UsageQuery annOnly = new UsageQuery(List.of(Grouping.MODEL), null, Map.of(Grouping.USER, "ann"), FROM, TO, 10);
        assertThat(reports.report(annOnly).rows())
                .singleElement()
                .satisfies(only -> assertThat(only.sums().requests()).isEqualTo(1));
    }

    @Test
    void groupsByOneTagOrByEach() throws SQLException {
        new Row()
                .tagged("{\"team\":\"blue\",\"env\":\"test\"}")
                .cost(3L)
                .tokens(1, 0, 1)
                .store(postgres);
        new Row().tagged("{\"team\":\"red\"}").cost(2L).tokens(1, 0, 1).store(postgres);
        new Row().tagged("{}").cost(1L).tokens(1, 0, 1).store(postgres);
        new Row().cost(1L).tokens(1, 0, 1).store(postgres);

        UsageQuery byTeam = new UsageQuery(List.of(Grouping.TAG), "team", Map.of(), FROM, TO, 10);
        assertThat(groups(reports.report(byTeam))).containsExactly(List.of("blue"), List.of(""), List.of("red"));
        assertThat(byFirstGroup(reports.report(byTeam)).get("").requests()).isEqualTo(2);

        Map<String, UsageSums> pairs = byFirstGroup(reports.report(query(List.of(Grouping.TAG))));
        assertThat(pairs.keySet()).containsExactlyInAnyOrder("team=blue", "env=test", "team=red", "");
        assertThat(pairs.get("env=test").pricedNano()).isEqualTo(3);
        assertThat(pairs.get("").requests()).isEqualTo(2);
        assertThat(groups(reports.report(query(List.of(Grouping.DAY, Grouping.TAG)))))
                .startsWith(List.of("2026-11-20", ""), List.of("2026-11-20", "env=test"));
    }

    @Test
    void daysComeInOrderAndTheRestDearestFirst() throws SQLException {
        new Row()
                .at("2026-11-22T00:00:00Z")
                .model("cheap")
                .tokens(1, 0, 1)
                .cost(1L)
                .store(postgres);
        new Row()
                .at("2026-11-20T00:00:00Z")
                .model("dear")
                .tokens(1, 0, 1)
                .cost(9L)
                .store(postgres);
        new Row()
                .at("2026-11-20T00:00:00Z")
                .model("busy")
                .tokens(1, 0, 1)
                .cost(1L)
                .store(postgres);
        new Row()
                .at("2026-11-20T01:00:00Z")
                .model("busy")
                .tokens(1, 0, 1)
                .cost(0L)
                .store(postgres);
        UsageRows.sumUpHours(postgres);

        assertThat(groups(reports.report(query(List.of(Grouping.MODEL)))))
                .containsExactly(List.of("dear"), List.of("busy"), List.of("cheap"));
        assertThat(groups(reports.report(query(List.of(Grouping.DAY, Grouping.MODEL)))))
                .containsExactly(
                        List.of("2026-11-20", "busy"), List.of("2026-11-20", "dear"), List.of("2026-11-22", "cheap"));
        assertThat(groups(reports.report(query(List.of(Grouping.MODEL, Grouping.HOUR)))))
                .containsExactly(
                        List.of("busy", "2026-11-20T00:00:00Z"),
                        List.of("busy", "2026-11-20T01:00:00Z"),
                        List.of("cheap", "2026-11-22T00:00:00Z"),
                        List.of("dear", "2026-11-20T00:00:00Z"));
    }

    @Test
    void saysWhenThereIsMore() throws SQLException {
        for (String model : List.of("a", "b", "c")) {
            new Row().model(model).store(postgres);
        }
        UsageAnswer two =
                reports.report(new UsageQuery(List.of(Grouping.MODEL), null, Map.of(), FROM.minusMillis(1), TO, 2));
        assertThat(two.truncated()).isTrue();
        assertThat(groups(two)).containsExactly(List.of("a"), List.of("b"));
        UsageAnswer three =
                reports.report(new UsageQuery(List.of(Grouping.MODEL), null, Map.of(), FROM.minusMillis(1), TO, 3));
        assertThat(three.truncated()).isFalse();
        assertThat(three.rows()).hasSize(3);
    }

    @Test
    void saysSinceWhenCallsAreKeptWhenEarlierOnesWereWanted() throws SQLException {
        new Row().at("2026-11-20T10:15:00Z").store(postgres);
        new Row().at("2026-11-22T10:15:00Z").store(postgres);
        UsageRows.sumUpHours(postgres);
        assertThat(reports.report(query(List.of(Grouping.USER))).callsKeptSince())
                .isNull();

        postgres.execute("DELETE FROM sluice.usage_event WHERE started_at < '2026-11-22T00:00:00Z'");

        assertThat(reports.report(query(List.of(Grouping.USER))).callsKeptSince())
                .isEqualTo("2026-11-22T10:00:00Z");
        assertThat(reports.report(query(List.of(Grouping.MODEL))).callsKeptSince())
                .as("hours are kept")
                .isNull();
        Instant later = Instant.parse("2026-11-20T10:30:00Z");
        assertThat(reports.report(new UsageQuery(List.of(), null, Map.of(), later, TO, 1))
                        .callsKeptSince())
                .as("nothing was called between")
                .isNull();
        postgres.execute("DELETE FROM sluice.usage_event");
        assertThat(reports.report(query(List.of(Grouping.USER))).callsKeptSince())
                .isEqualTo(TO);
    }

    // Time.

    @ParameterizedTest
    @ValueSource(strings = {"UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Chatham", "America/New_York"})
    void theSessionsTimeZoneMovesNoBoundary(String zone) throws SQLException {
        new Row().at("2026-10-31T23:59:59.999999Z").model("before").store(postgres);
        new Row().at("2026-11-01T00:00:00Z").model("first").store(postgres);
        new Row().at("2026-11-01T05:30:00Z").model("new york falls back").store(postgres);
        new Row().at("2026-11-01T06:30:00Z").model("new york falls back").store(postgres);
        new Row().at("2026-11-01T23:59:59.999999Z").model("last").store(postgres);
        new Row().at("2026-11-02T00:00:00Z").model("after").store(postgres);
        UsageRows.sumUpHours(postgres);
        UsageReports elsewhere = new UsageReports(() -> {
            Connection connection = postgres.patient();
            try (Statement set = connection.createStatement()) {
                set.execute("SET TimeZone = '" + zone + "'");
            }
            return connection;
        });
        Instant from = Instant.parse("2026-11-01T00:00:00Z");
        Instant to = Instant.parse("2026-11-02T00:00:00Z");

        for (Grouping more : List.of(Grouping.MODEL, Grouping.UPSTREAM_MODEL)) {
            List<Grouping> by = List.of(Grouping.DAY, Grouping.HOUR, more);
            UsageAnswer answer = elsewhere.report(new UsageQuery(by, null, Map.of(), from, to, 100));
            assertThat(answer.hours()).isEqualTo(more == Grouping.MODEL);
            assertThat(groups(answer).stream().map(groups -> groups.subList(0, 2)))
                    .containsExactly(
                            List.of("2026-11-01", "2026-11-01T00:00:00Z"),
                            List.of("2026-11-01", "2026-11-01T05:00:00Z"),
                            List.of("2026-11-01", "2026-11-01T06:00:00Z"),
                            List.of("2026-11-01", "2026-11-01T23:00:00Z"));
        }
    }

    @Test
    void halfAnHourIsNotRoundedToAnHour() throws SQLException {
        new Row()
                .at("2026-11-20T18:29:59.999999Z")
                .model("yesterday in Kolkata")
                .store(postgres);
        new Row().at("2026-11-20T18:30:00Z").model("today in Kolkata").store(postgres);
        new Row().at("2026-11-21T18:29:59.999999Z").model("today in Kolkata").store(postgres);
        new Row().at("2026-11-21T18:30:00Z").model("tomorrow in Kolkata").store(postgres);
        UsageRows.sumUpHours(postgres);
        Instant from = Instant.parse("2026-11-21T00:00:00+05:30");

        UsageAnswer day = reports.report(
                new UsageQuery(List.of(Grouping.MODEL), null, Map.of(), from, from.plus(1, ChronoUnit.DAYS), 10));

        assertThat(day.hours()).isFalse();
        assertThat(groups(day)).containsExactly(List.of("today in Kolkata"));
        assertThat(day.rows().getFirst().sums().requests()).isEqualTo(2);
    }

    // What comes from outside.

    @ParameterizedTest
    @EnumSource(
            value = Grouping.class,
            names = {"KEY", "TEAM", "MODEL", "PROVIDER", "ENDPOINT", "STATUS", "USER"})
    void textFromOutsideIsAValueAndNothingElse(Grouping filter) throws SQLException {
        new Row().store(postgres);
        UsageRows.sumUpHours(postgres);
        for (String evil : EVIL) {
            UsageQuery query = new UsageQuery(List.of(Grouping.MODEL), null, Map.of(filter, evil), FROM, TO, 10);
            assertThat(reports.report(query).rows()).as(evil).isEmpty();
            UsageQuery tag = new UsageQuery(List.of(Grouping.TAG), evil, Map.of(filter, evil), FROM, TO, 10);
            assertThat(reports.report(tag).rows()).as(evil).isEmpty();
        }
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_event")).isEqualTo(1);
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_hourly")).isEqualTo(1);
    }

    @Test
    void namesThatLookLikeSqlAreFoundByTheirName() throws SQLException {
        for (String evil : EVIL) {
            new Row().model(evil).store(postgres);
        }
        new Row().model("innocent").store(postgres);
        UsageRows.sumUpHours(postgres);
        for (String evil : EVIL) {
            UsageQuery query =
                    new UsageQuery(List.of(Grouping.MODEL), null, Map.of(Grouping.MODEL, evil), FROM, TO, 10);
            assertThat(groups(reports.report(query))).containsExactly(List.of(evil));
        }
        UsageQuery tag = new UsageQuery(List.of(Grouping.TAG), "' || (SELECT 1/0) || '", Map.of(), FROM, TO, 10);
        assertThat(groups(reports.report(tag))).containsExactly(List.of(""));
    }

    private static final List<String> EVIL = List.of(
            "'; DROP TABLE sluice.usage_event; --",
            "' OR '1'='1",
            "\\'; TRUNCATE sluice.usage_hourly; --",
            "$$; DELETE FROM sluice.usage_event; $$",
            "?",
            "%",
            "\" OR \"\"=\"",
            "x' UNION SELECT event_id::text FROM sluice.usage_event --",
            "1); SELECT pg_sleep(10); --");

    private static UsageQuery query(List<Grouping> by) {
        return new UsageQuery(by, null, Map.of(), FROM, TO, 10_000);
    }

    /** Of the calls themselves. */
    private static UsageQuery calls(List<Grouping> by) {
        return new UsageQuery(by, null, Map.of(), FROM.minusMillis(1), TO, 10_000);
    }

    private static List<List<String>> groups(UsageAnswer answer) {
        return answer.rows().stream().map(UsageRow::groups).toList();
    }

    private static Map<String, UsageSums> byFirstGroup(UsageAnswer answer) {
        Map<String, UsageSums> sums = new HashMap<>();
        for (UsageRow row : answer.rows()) {
            sums.put(row.groups().getFirst(), row.sums());
        }
        return sums;
    }
}
