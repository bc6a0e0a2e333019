package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For each {@link Fault} of a first target, with a healthy target behind it and without: what the caller gets, who was
 * tried, and what is booked. All calls run side by side before the first of them is looked at.
 */
final class FaultTableIT {
    private static final String TIMEOUTS = "connect: 1s, first_token: 1s, idle: 1500ms, total: 4s";
    private static final Duration TOTAL = Duration.ofSeconds(4);

    /** Beyond a time limit; this machine has other things to do. */
    private static final Duration SLACK = Duration.ofSeconds(3);

    private static final int SIDE_BY_SIDE = 40;

    private record Heard(Call call, Answer answer, Duration took) {}

    private static final Map<FaultCell, Heard> HEARD = new HashMap<>();
    private static final Map<String, List<UsageRow>> ROWS = new HashMap<>();
    private static final Map<ProviderFormat, FaultProvider> FIRST = new EnumMap<>(ProviderFormat.class);
    private static final Map<ProviderFormat, FaultProvider> SECOND = new EnumMap<>(ProviderFormat.class);

    private static DeadEnds deadEnds;
    private static Rig rig;

    @BeforeAll
    static void askAll(@TempDir Path directory) throws Exception {
        deadEnds = new DeadEnds(directory);
        StringBuilder providers = new StringBuilder();
        for (ProviderFormat format : List.of(ProviderFormat.OPENAI, ProviderFormat.ANTHROPIC)) {
            FIRST.put(format, FaultProvider.start(Programme.named(), Speech.of(format)));
            SECOND.put(format, FaultProvider.start(Programme.named(), Speech.of(format)));
            providers.append(format.entry("first-", FIRST.get(format).address().toString()));
            providers.append(
                    format.entry("second-", SECOND.get(format).address().toString()));
            deadEnds.addresses()
                    .forEach((fault, address) ->
                            providers.append(format.entry(fault.label() + "-", address.toString())));
        }
        StringBuilder models = new StringBuilder();
        for (FaultCell cell : FaultCell.all()) {
            models.append("  \"" + cell.model() + "\": { " + cell.targets() + ", timeouts: { " + TIMEOUTS + " } }\n");
        }
        rig = Rig.start(Rig.with(providers.toString(), models.toString()), Map.of());
        Semaphore all = new Semaphore(SIDE_BY_SIDE);
        Semaphore giants = new Semaphore(2);
        Map<FaultCell, Future<Heard>> calls = new HashMap<>();
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
        for (FaultCell cell : FaultCell.all()) {
            boolean giant = cell.fault() == Fault.GIANT_EVENT || cell.fault() == Fault.GIANT_OPENER;
            calls.put(cell, callers.submit(() -> ask(cell, giant ? giants : all)));
        }
        callers.shutdown();
        for (Map.Entry<FaultCell, Future<Heard>> asked : calls.entrySet()) {
            HEARD.put(asked.getKey(), asked.getValue().get(60, TimeUnit.SECONDS));
        }
        awaitRows();
    }

    /** Until all are there. If some stay away, it is for the tests to say which. */
    private static void awaitRows() {
        int expected = HEARD.keySet().stream().mapToInt(FaultTableIT::attempts).sum();
        try {
            await("all rows")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> readRows() >= expected);
        } catch (ConditionTimeoutException missing) {
            System.out.println("rows are missing: " + missing.getMessage());
        }
    }

    private static int readRows() throws SQLException {
        List<UsageRow> rows =
                rig.query("SELECT * FROM sluice.usage_event WHERE request_id LIKE 'it-%' ORDER BY attempt");
        ROWS.clear();
        rows.forEach(row -> ROWS.computeIfAbsent(row.text("request_id"), id -> new ArrayList<>())
                .add(row));
        return rows.size();
    }

    private static boolean isRescued(FaultCell cell) {
        return cell.second() && FaultOutcome.of(cell).givesWay();
    }

    private static int attempts(FaultCell cell) {
        return isRescued(cell) ? 2 : 1;
    }

    private static Heard ask(FaultCell cell, Semaphore turn) throws Exception {
        turn.acquire();
        try {
            Call call = rig.keyed(cell.pair().caller().ask(cell.model(), cell.streamed()));
            long began = System.nanoTime();
            Answer answer = rig.answer(call);
            return new Heard(call, answer, Duration.ofNanos(System.nanoTime() - began));
        } finally {
            turn.release();
        }
    }

    @AfterAll
    static void stop() throws Exception {
        int rows = readRows();
        rig.stop();
        assertThat(readRows())
                .as("rows, when the gateway has written all it knows")
                .isEqualTo(rows);
        for (Map<ProviderFormat, FaultProvider> providers : List.of(FIRST, SECOND)) {
            for (FaultProvider provider : providers.values()) {
                provider.close();
            }
        }
        deadEnds.close();
        rig.close();
    }

    static List<FaultCell> cells() {
        return FaultCell.all();
    }

    @ParameterizedTest
    @MethodSource("cells")
    void aFaultIsGotAroundOrTold(FaultCell cell) {
        FaultOutcome outcome = FaultOutcome.of(cell);
        Heard heard = HEARD.get(cell);
        boolean rescued = isRescued(cell);

        if (outcome == FaultOutcome.WELL || rescued) {
            assertWhole(cell, heard.answer());
        } else if (outcome.begun()) {
            assertBrokenOff(cell, heard.answer(), outcome);
        } else {
            assertRefused(cell, heard.answer(), outcome);
        }
        assertThat(heard.answer().field("x-sluice-attempts")).isEqualTo(String.valueOf(attempts(cell)));
        assertThat(heard.answer().field("x-sluice-provider"))
                .isEqualTo(rescued ? cell.secondProvider() : cell.firstProvider());
        assertThat(heard.took()).isLessThan(TOTAL.plus(SLACK));
        assertThat(asked(SECOND, cell.secondModel())).isEqualTo(rescued ? 1 : 0);
        if (cell.fault().moment() != Fault.Moment.UNREACHABLE) {
            assertThat(asked(FIRST, cell.model())).isPositive();
        }
        assertBooked(cell, ROWS.getOrDefault(Rig.requestId(heard.call()), List.of()), outcome);
    }

    private static void assertWhole(FaultCell cell, Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.complete()).as(answer.toString()).isTrue();
        assertThat(answer.text()).isEqualTo(cell.heard());
    }

    private static void assertRefused(FaultCell cell, Answer answer, FaultOutcome outcome) {
        if (outcome == FaultOutcome.PASSED_ON) {
            assertThat(answer.status()).isEqualTo(outcome.kind().httpStatus());
            assertThat(answer.text()).contains(Speech.SENTENCE);
        } else {
            cell.pair().caller().assertRefused(answer, outcome.kind());
        }
    }

    private static void assertBrokenOff(FaultCell cell, Answer answer, FaultOutcome outcome) {
        CallerFormat caller = cell.pair().caller();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).doesNotContain(caller.endMarker());
        boolean passed = caller.isNative(cell.pair().first());
        if (passed && (outcome == FaultOutcome.CUT_OFF_WITHIN || outcome == FaultOutcome.TOO_MUCH)) {
            // Nothing can be told there: an end that is none.
            assertThat(answer.complete()).as("ended as if it were whole").isFalse();
            return;
        }
        assertThat(answer.text()).contains("Hel");
        if (passed && outcome == FaultOutcome.OVERLOADED_LATER) {
            // The provider's own words, and no others behind them.
            assertThat(answer.text()).endsWith(Speech.of(cell.pair().first()).failure(true));
            assertThat(answer.text()).containsOnlyOnce("\"error\":{");
        } else {
            caller.assertBrokenOff(answer, outcome.kind());
        }
    }

    private static long asked(Map<ProviderFormat, FaultProvider> providers, String model) {
        return providers.values().stream()
                .flatMap(provider -> provider.turned().stream())
                .filter(turn -> turn.request().model().equals(model))
                .count();
    }

    private static void assertBooked(FaultCell cell, List<UsageRow> rows, FaultOutcome outcome) {
        assertThat(rows).hasSize(attempts(cell));
        UsageRow first = rows.getFirst();
        assertThat(first.number("attempt")).isEqualTo(1);
        assertThat(first.status()).isEqualTo(outcome.status());
        assertThat(first.text("provider")).isEqualTo(cell.firstProvider());
        assertThat(first.text("upstream_model")).isEqualTo(cell.model());
        assertThat(first.number("ttft_ms") != null).isEqualTo(outcome.begun() || outcome == FaultOutcome.WELL);
        if (isRescued(cell)) {
            UsageRow second = rows.get(1);
            assertThat(second.number("attempt")).isEqualTo(2);
            assertThat(second.status()).isEqualTo("ok");
            assertThat(second.number("http_status")).isEqualTo(200);
            assertThat(second.text("provider")).isEqualTo(cell.secondProvider());
            assertThat(second.number("ttft_ms")).isNotNull();
            assertThat(second.number("output_tokens")).isEqualTo(7);
        }
    }

    @ParameterizedTest
    @EnumSource(FaultCell.Pair.class)
    void whoIsLimitedSaysForHowLong(FaultCell.Pair pair) {
        Heard heard = HEARD.get(
                new FaultCell(pair, Fault.LIMITED_FOR_A_WHILE, true, pair == FaultCell.Pair.CHAT_OF_ANTHROPIC));

        assertThat(heard.answer().field("retry-after"))
                .isEqualTo(pair == FaultCell.Pair.CHAT_OF_ANTHROPIC ? null : "7");
    }

    /** The table is whole, and whoever could not prove who it is got nothing. */
    @Test
    void everyFaultIsInTheTable() {
        Set<Fault> all = EnumSet.complementOf(EnumSet.copyOf(Fault.at(Fault.Moment.ANY_TIME)));
        assertThat(FaultOutcome.table()).isEqualTo(all);
        assertThat(deadEnds.heardNothing()).isTrue();
    }
}
