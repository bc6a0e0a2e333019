package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.LimitLine;
import dev.sluice.gateway.exchange.UsageLookup.Answer;
import dev.sluice.gateway.exchange.UsageLookup.Found;
import dev.sluice.gateway.exchange.UsageLookup.Invalid;
import dev.sluice.gateway.exchange.UsageLookup.Question;
import dev.sluice.gateway.exchange.UsageLookup.Unanswered;
import dev.sluice.gateway.usage.UsageRows.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyUsageIT {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-21T11:34:58.123456Z"));
    private static final String NOTHING = "\"requests\":0,\"input_tokens\":0,\"cached_tokens\":0,"
            + "\"cache_write_tokens\":0,\"output_tokens\":0,\"reasoning_tokens\":0,\"cost_nano\":0,"
            + "\"cost_usd\":\"0.000000000\",\"cached_share\":null,\"unpriced\":0,\"unpriced_share\":null,"
            + "\"estimated\":0,\"estimated_share\":null,\"errors\":0";

    @TempDir
    static Path directory;

    private static LivePostgres postgres;

    private final KeyUsage usage = new KeyUsage(() -> postgres.patient(), () -> 7, CLOCK);

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

    private static Question question(String key) {
        return new Question(key, "team-1", null, null);
    }

    private Answer ask(Question question) throws InterruptedException {
        return await(asked(usage, question));
    }

    private static BlockingQueue<Answer> asked(KeyUsage usage, Question question) {
        BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(2);
        usage.find(question, answers::add);
        return answers;
    }

    private static Answer await(BlockingQueue<Answer> answers) throws InterruptedException {
        Answer answer = answers.poll(20, TimeUnit.SECONDS);
        if (answer == null) {
            throw new AssertionError("no answer");
        }
        return answer;
    }

    private String json(@Nullable String from, @Nullable String to) throws InterruptedException {
        return ((Found) ask(new Question("key-1", "team-1", from, to))).json();
    }

    @Test
    void tellsTodayThisMonthAndARangeByModelAndDay() throws Exception {
        new Row().at("2026-11-21T09:00:00Z").tokens(10, 5, 2).cost(700L).store(postgres);
        new Row()
                .at("2026-11-03T23:59:59.999Z")
                .model("cheap")
                .tokens(3, 0, 4)
                .source("estimated")
                .cost(50L)
                .store(postgres);
        new Row()
                .at("2026-11-03T10:00:00Z")
                .model("unknown")
                .tokens(3, 0, 4)
                .cost(null)
                .status("timeout")
                .store(postgres);
        // In nothing of it: last month, and another key.
        new Row()
                .at("2026-10-31T23:59:59.999Z")
                .tokens(1_000, 0, 1_000)
                .cost(9_999L)
                .store(postgres);
        new Row()
                .at("2026-11-21T09:00:00Z")
                .by("key-2", "team-1")
                .tokens(8_000, 0, 1)
                .cost(1L)
                .store(postgres);
        UsageRows.sumUpHours(postgres);

        String today = figures(1, 10, 5, 2, "700", "\"0.000000700\"", "0.500000", 0, "0.000000", 0, "0.000000", 0);
        String cheap = figures(1, 3, 0, 4, "50", "\"0.000000050\"", "0.000000", 0, "0.000000", 1, "1.000000", 0);
        String unknown = figures(1, 3, 0, 4, "null", "null", "0.000000", 1, "1.000000", 0, "0.000000", 1);
        String month = figures(3, 16, 5, 10, "750", "\"0.000000750\"", "0.312500", 1, "0.333333", 1, "0.333333", 1);
        String third = figures(2, 6, 0, 8, "50", "\"0.000000050\"", "0.000000", 1, "0.500000", 1, "0.500000", 1);
        assertThat(json(null, null))
                .isEqualTo("{\"object\":\"usage\",\"key_id\":\"key-1\",\"team_id\":\"team-1\","
                        + "\"as_of\":\"2026-11-21T11:34:58.123Z\",\"pending\":7,"
                        + "\"today\":{\"from\":\"2026-11-21T00:00:00Z\",\"to\":\"2026-11-22T00:00:00Z\"," + today
                        + "},\"month\":{\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-12-01T00:00:00Z\"," + month
                        + "},\"range\":{\"from\":\"2026-11-01T00:00:00Z\",\"to\":\"2026-11-21T12:00:00Z\"," + month
                        + ",\"models\":[{\"model\":\"gpt-4o\"," + today + "},{\"model\":\"cheap\"," + cheap
                        + "},{\"model\":\"unknown\"," + unknown + "}],\"models_truncated\":false,"
                        + "\"days\":[{\"day\":\"2026-11-03\"," + third + "},{\"day\":\"2026-11-21\"," + today
                        + "}]},\"limits\":[]}");
    }

    private static String figures(
            int requests,
            int input,
            int cached,
            int output,
            String nano,
            String usd,
            String cachedShare,
            int unpriced,
            String unpricedShare,
            int estimated,
            String estimatedShare,
            int errors) {
        return "\"requests\":" + requests + ",\"input_tokens\":" + input + ",\"cached_tokens\":" + cached
                + ",\"cache_write_tokens\":0,\"output_tokens\":" + output + ",\"reasoning_tokens\":0,\"cost_nano\":"
                + nano + ",\"cost_usd\":" + usd + ",\"cached_share\":" + cachedShare + ",\"unpriced\":" + unpriced
                + ",\"unpriced_share\":" + unpricedShare + ",\"estimated\":" + estimated + ",\"estimated_share\":"
                + estimatedShare + ",\"errors\":" + errors;
    }

    @Test
    void tellsHowTheKeyStandsWithItsLimits() throws Exception {
        LimitLine rate = new LimitLine("rate", "requests", false, "minute", 60, 12, 48, 0);
        LimitLine budget =
                new LimitLine("a \"budget\"", "cost", true, "day", 100_000_000, 1_500, 99_998_500, 1_795_219_200_000L);
        LimitLine calls = new LimitLine("calls", "concurrent", false, "", 5, 0, 5, 0);
        Answer answer = ask(new Question("key-of-nobody", null, null, null, List.of(rate, budget, calls)));

        assertThat(((Found) answer).json())
                .endsWith(",\"limits\":[{\"name\":\"rate\",\"measure\":\"requests\",\"period\":\"minute\",\"limit\":60,"
                        + "\"used\":12,\"remaining\":48,\"resets_at\":null},"
                        + "{\"name\":\"a \\\"budget\\\"\",\"measure\":\"cost\",\"period\":\"day\",\"limit\":0.1,"
                        + "\"used\":0.0000015,\"remaining\":0.0999985,\"resets_at\":\"2026-11-21T00:00:00Z\"},"
                        + "{\"name\":\"calls\",\"measure\":\"concurrent\",\"period\":null,\"limit\":5,"
                        + "\"used\":0,\"remaining\":5,\"resets_at\":null}]}");
    }

    @Test
    void aKeyThatDidNothingHasZeros() throws Exception {
        Answer answer = ask(new Question("key-of-nobody", null, "2026-11-21", "2026-11-21"));

        assertThat(((Found) answer).json())
                .contains(
                        "\"team_id\":null",
                        "\"today\":{\"from\":\"2026-11-21T00:00:00Z\"," + "\"to\":\"2026-11-22T00:00:00Z\"," + NOTHING
                                + "}")
                .endsWith(",\"models\":[],\"models_truncated\":false,\"days\":[]},\"limits\":[]}");
    }

    @Test
    void aRangeHoldsItsHoursAndNoOthers() throws Exception {
        new Row().at("2026-11-03T09:59:59.999999Z").model("before").cost(1L).store(postgres);
        new Row().at("2026-11-03T10:00:00Z").model("first").cost(1L).store(postgres);
        new Row().at("2026-11-04T10:59:59.999999Z").model("last").cost(1L).store(postgres);
        new Row().at("2026-11-04T11:00:00Z").model("after").cost(1L).store(postgres);
        UsageRows.sumUpHours(postgres);

        String json = json("2026-11-03T10:00:00Z", "2026-11-04T12:00:00+01:00");
        assertThat(json)
                .contains("\"model\":\"first\"", "\"model\":\"last\"", "\"day\":\"2026-11-03\"", "\"2026-11-04\"")
                .doesNotContain("before", "after");
        assertThat(json("2026-11-05", null)).doesNotContain("\"model\":\"last\"");
        // Without a beginning: the month in which its last hour is.
        assertThat(json(null, "2026-10-31"))
                .contains("\"range\":{\"from\":\"2026-10-01T00:00:00Z\",\"to\":\"2026-11-01T00:00:00Z\"");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "yesterday              | -          | from | `from` is `yesterday`; allowed: a date such as",
                "-                      | 2026-13-01 | to   | `to` is `2026-13-01`; allowed: a date such as",
                "2026-11-03T10:30:00Z   | -          | from | `from` is 2026-11-03T10:30:00Z; allowed: dates and whole",
                "2026-11-03T00:00:00+05:30 | -       | from | `from` is 2026-11-02T18:30:00Z; allowed: dates and whole",
                "-    | 2026-11-03T10:00:00.000001Z  | to   | `to` is 2026-11-03T10:00:00.000001Z; allowed: dates",
                "2026-11-22             | -          | from | `from` is 2026-11-22T00:00:00Z; it must be before `to`",
                "2025-11-20             | -          | from | `from` is 2025-11-20T00:00:00Z and `to` is",
                "''                     | -          | from | `from` is ``; allowed: a date",
                "'; DROP TABLE usage -- | -          | from | `from` is `'; DROP TABLE usage --`; allowed"
            },
            quoteCharacter = '~')
    void refusesTimesItCannotUse(@Nullable String from, @Nullable String to, String parameter, String message)
            throws InterruptedException {
        Answer answer = ask(new Question("key-1", null, "''".equals(from) ? "" : from, to));

        assertThat(answer).isInstanceOfSatisfying(Invalid.class, invalid -> {
            assertThat(invalid.parameter()).isEqualTo(parameter);
            assertThat(invalid.message()).startsWith(message);
        });
    }

    @Test
    void aYearIsNotTooLong() throws InterruptedException {
        assertThat(json("2025-11-21", "2026-11-21")).contains("\"from\":\"2025-11-21T00:00:00Z\"");
        assertThat(ask(new Question("key-1", null, "2025-11-20", "2026-11-21"))).isInstanceOf(Invalid.class);
    }

    @Test
    void theKeyIsAValueAndNothingElse() throws Exception {
        String evil = "' OR '1'='1'; DROP TABLE sluice.usage_hourly; --";
        new Row().store(postgres);
        new Row().by(evil, null).model("its own").cost(1L).store(postgres);
        UsageRows.sumUpHours(postgres);

        String json = ((Found) ask(question(evil))).json();

        assertThat(json).contains("\"model\":\"its own\"").doesNotContain("gpt-4o");
        assertThat(postgres.count("SELECT count(*) FROM sluice.usage_hourly")).isEqualTo(2);
    }

    @Test
    void modelsAreCutAndSaidToBe() throws Exception {
        postgres.execute("INSERT INTO sluice.usage_hourly SELECT '2026-11-20 10:00Z', 'key-1', '', 'p', 'model-' || n,"
                + " 'e', 'ok', 1, 1, 0, 0, 1, 0, n, 0, 0, 0, 0, 0, 0 FROM generate_series(1, 1001) AS n");

        String json = json(null, null);

        assertThat(json)
                .contains("\"requests\":1001,", "\"model\":\"model-1001\"", "\"model\":\"model-2\"")
                .contains("\"models_truncated\":true")
                .doesNotContain("\"model\":\"model-1\"");
    }

    // When the database does not do as it is told.

    @Test
    void aDatabaseThatHangsIsGivenUpAfterTwoSeconds() throws Exception {
        try (Connection locking = postgres.patient();
                Statement lock = locking.createStatement()) {
            locking.setAutoCommit(false);
            lock.execute("LOCK TABLE sluice.usage_hourly IN ACCESS EXCLUSIVE MODE");
            long before = System.nanoTime();

            assertThat(ask(question("key-1"))).isEqualTo(Unanswered.AWAY);

            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(10));
        }
        assertThat(ask(question("key-1"))).isInstanceOf(Found.class);
    }

    @Test
    void aDatabaseThatIsNotThereIsNoFaultOfTheCallers() throws Exception {
        KeyUsage without = new KeyUsage(
                () -> {
                    throw new SQLException("the database is starting");
                },
                () -> 0,
                CLOCK);
        for (int i = 0; i < 10; i++) {
            assertThat(await(asked(without, question("key-1")))).isEqualTo(Unanswered.AWAY);
        }
    }

    @Test
    void whatNobodyForesawGivesItsPlaceBackToo() throws Exception {
        KeyUsage broken = new KeyUsage(
                () -> {
                    throw new IllegalStateException("unforeseen");
                },
                () -> 0,
                CLOCK);
        for (int i = 0; i < 10; i++) {
            assertThat(await(asked(broken, question("key-1")))).isEqualTo(Unanswered.FAILED);
        }
    }

    @Test
    void fewQuestionsAreUnderWayAtOnceAndOneForEachKey() throws Exception {
        CountDownLatch mayGoOn = new CountDownLatch(1);
        KeyUsage slow = new KeyUsage(
                () -> {
                    try {
                        mayGoOn.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return postgres.patient();
                },
                () -> 0,
                CLOCK);

        BlockingQueue<Answer> first = asked(slow, question("key-1"));
        assertThat(await(asked(slow, question("key-1")))).isEqualTo(Unanswered.KEY_BUSY);
        BlockingQueue<Answer> second = asked(slow, question("key-2"));
        assertThat(await(asked(slow, question("key-3")))).isEqualTo(Unanswered.BUSY);
        assertThat(first).isEmpty();
        mayGoOn.countDown();

        assertThat(await(first)).isInstanceOf(Found.class);
        assertThat(await(second)).isInstanceOf(Found.class);
        assertThat(await(asked(slow, question("key-3")))).isInstanceOf(Found.class);
        assertThat(await(asked(slow, question("key-1")))).isInstanceOf(Found.class);
    }
}
