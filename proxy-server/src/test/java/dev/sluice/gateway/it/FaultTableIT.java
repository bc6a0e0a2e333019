package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.codec.dialect.ErrorKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
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

    /** What comes of a fault when there is nobody else to ask. */
    private enum Outcome {
        WELL(null, "ok", false, false),
        ERROR(ErrorKind.UPSTREAM_ERROR, "upstream_error", false, true),
        CUT(ErrorKind.UPSTREAM_ERROR, "truncated", false, true),
        LATE(ErrorKind.UPSTREAM_TIMEOUT, "timeout", false, true),
        /** The time for all attempts together is over. */
        TOO_LATE(ErrorKind.UPSTREAM_TIMEOUT, "timeout", false, false),
        LIMITED(ErrorKind.RATE_LIMITED, "upstream_error", false, true),
        OVERLOADED(ErrorKind.OVERLOADED, "upstream_error", false, true),
        DENIED(ErrorKind.UPSTREAM_AUTH, "upstream_error", false, true),
        /** Nobody else would like the request better. */
        CALLERS_OWN(ErrorKind.INVALID_REQUEST, "upstream_error", false, false),
        /** A status that passes as it is. */
        PASSED_ON(ErrorKind.REQUEST_TIMEOUT, "upstream_error", false, true),
        CUT_OFF(ErrorKind.UPSTREAM_ERROR, "truncated", true, false),
        FELL_SILENT(ErrorKind.UPSTREAM_TIMEOUT, "timeout", true, false),
        OVERLOADED_LATER(ErrorKind.OVERLOADED, "upstream_error", true, false),
        /** In the middle of an event that was too large to be held. */
        CUT_OFF_WITHIN(ErrorKind.UPSTREAM_TIMEOUT, "timeout", true, false),
        /** Too much of it has been passed on to take it back. */
        TOO_MUCH(ErrorKind.UPSTREAM_ERROR, "upstream_error", true, false);

        private final @Nullable ErrorKind kind;
        private final String status;
        private final boolean begun;
        private final boolean givesWay;

        /**
         * @param status of the row
         * @param begun whether the caller has got content by then
         * @param givesWay whether somebody else is asked, if there is anybody
         */
        Outcome(@Nullable ErrorKind kind, String status, boolean begun, boolean givesWay) {
            this.kind = kind;
            this.status = status;
            this.begun = begun;
            this.givesWay = givesWay;
        }

        private ErrorKind kind() {
            return Objects.requireNonNull(kind);
        }
    }

    private record Row(Outcome stream, Outcome whole) {}

    private static final Map<Fault, Row> TABLE = new EnumMap<>(Fault.class);

    private static void row(Fault fault, Outcome stream, Outcome whole) {
        TABLE.put(fault, new Row(stream, whole));
    }

    static {
        row(Fault.NONE, Outcome.WELL, Outcome.WELL);
        row(Fault.REFUSED, Outcome.ERROR, Outcome.ERROR);
        row(Fault.UNKNOWN_HOST, Outcome.ERROR, Outcome.ERROR);
        row(Fault.UNTRUSTED, Outcome.ERROR, Outcome.ERROR);
        row(Fault.RESET, Outcome.ERROR, Outcome.ERROR);
        row(Fault.CLOSED, Outcome.ERROR, Outcome.ERROR);
        row(Fault.RESET_WITHIN_HEAD, Outcome.ERROR, Outcome.ERROR);
        row(Fault.STALL_BEFORE_HEAD, Outcome.LATE, Outcome.TOO_LATE);
        row(Fault.STALL_AFTER_HEAD, Outcome.LATE, Outcome.LATE);
        row(Fault.PINGS, Outcome.LATE, Outcome.TOO_LATE);
        row(Fault.STALL_AFTER_ROLE, Outcome.LATE, Outcome.LATE);
        row(Fault.RESET_AFTER_ROLE, Outcome.CUT, Outcome.CUT);
        row(Fault.END_AFTER_ROLE, Outcome.CUT, Outcome.CUT);
        row(Fault.DRIP, Outcome.LATE, Outcome.TOO_LATE);
        row(Fault.GARBAGE, Outcome.ERROR, Outcome.ERROR);
        row(Fault.GARBAGE_BODY, Outcome.ERROR, Outcome.ERROR);
        row(Fault.PAGE, Outcome.ERROR, Outcome.ERROR);
        row(Fault.EMPTY, Outcome.CUT, Outcome.CUT);
        row(Fault.GIANT_HEAD, Outcome.ERROR, Outcome.ERROR);
        row(Fault.GIANT_OPENER, Outcome.CUT_OFF_WITHIN, Outcome.TOO_MUCH);
        row(Fault.LIMITED, Outcome.LIMITED, Outcome.LIMITED);
        row(Fault.LIMITED_FOR_A_WHILE, Outcome.LIMITED, Outcome.LIMITED);
        row(Fault.SLOW_REQUEST, Outcome.PASSED_ON, Outcome.PASSED_ON);
        row(Fault.SERVER_ERROR, Outcome.ERROR, Outcome.ERROR);
        row(Fault.BAD_GATEWAY, Outcome.ERROR, Outcome.ERROR);
        row(Fault.UNAVAILABLE, Outcome.OVERLOADED, Outcome.OVERLOADED);
        row(Fault.OVERLOADED, Outcome.OVERLOADED, Outcome.OVERLOADED);
        row(Fault.OVERLOADED_EVENT, Outcome.OVERLOADED, Outcome.OVERLOADED);
        row(Fault.KEY_REJECTED, Outcome.DENIED, Outcome.DENIED);
        row(Fault.KEY_FORBIDDEN, Outcome.DENIED, Outcome.DENIED);
        row(Fault.BAD_REQUEST, Outcome.CALLERS_OWN, Outcome.CALLERS_OWN);
        row(Fault.RESET_MID_STREAM, Outcome.CUT_OFF, Outcome.CUT);
        row(Fault.CLOSED_MID_STREAM, Outcome.CUT_OFF, Outcome.CUT);
        row(Fault.END_MID_STREAM, Outcome.CUT_OFF, Outcome.CUT);
        row(Fault.STALL_MID_STREAM, Outcome.FELL_SILENT, Outcome.LATE);
        row(Fault.DRIP_MID_STREAM, Outcome.FELL_SILENT, Outcome.TOO_LATE);
        row(Fault.GARBAGE_MID_STREAM, Outcome.CUT_OFF, Outcome.CUT);
        row(Fault.OVERLOADED_MID_STREAM, Outcome.OVERLOADED_LATER, Outcome.CUT);
        row(Fault.ENDLESS, Outcome.FELL_SILENT, Outcome.TOO_LATE);
        row(Fault.GIANT_EVENT, Outcome.CUT_OFF_WITHIN, Outcome.TOO_MUCH);
    }

    private record Heard(Call call, Answer answer, Duration took) {}

    private static final Map<FaultCell, Future<Heard>> HEARD = new HashMap<>();
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
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
        for (FaultCell cell : FaultCell.all()) {
            boolean giant = cell.fault() == Fault.GIANT_EVENT || cell.fault() == Fault.GIANT_OPENER;
            HEARD.put(cell, callers.submit(() -> ask(cell, giant ? giants : all)));
        }
        callers.shutdown();
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
        rig.stop();
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

    private static Outcome outcome(FaultCell cell) {
        if (cell.fault() == Fault.GIANT_OPENER && cell.pair() == FaultCell.Pair.CHAT_OF_ANTHROPIC) {
            // Half an event cannot be translated, so nothing of it has been passed on.
            return Outcome.LATE;
        }
        Row row = TABLE.get(cell.fault());
        return cell.streamed() ? row.stream() : row.whole();
    }

    @ParameterizedTest
    @MethodSource("cells")
    void aFaultIsGotAroundOrTold(FaultCell cell) throws Exception {
        Outcome outcome = outcome(cell);
        Heard heard = HEARD.get(cell).get(60, TimeUnit.SECONDS);
        boolean rescued = outcome.givesWay && cell.second();

        if (outcome == Outcome.WELL || rescued) {
            assertWhole(cell, heard.answer());
        } else if (outcome.begun) {
            assertBrokenOff(cell, heard.answer(), outcome);
        } else {
            assertRefused(cell, heard.answer(), outcome);
        }
        assertThat(heard.answer().field("x-sluice-attempts")).isEqualTo(rescued ? "2" : "1");
        assertThat(heard.answer().field("x-sluice-provider"))
                .isEqualTo(rescued ? cell.secondProvider() : cell.firstProvider());
        assertThat(heard.took()).isLessThan(TOTAL.plus(SLACK));
        assertBooked(cell, heard.call(), outcome, rescued);
    }

    private static void assertWhole(FaultCell cell, Answer answer) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.complete()).as(answer.toString()).isTrue();
        assertThat(answer.text()).isEqualTo(cell.heard());
    }

    private static void assertRefused(FaultCell cell, Answer answer, Outcome outcome) {
        if (outcome == Outcome.PASSED_ON) {
            assertThat(answer.status()).isEqualTo(outcome.kind().httpStatus());
            assertThat(answer.text()).contains(Speech.SENTENCE);
        } else {
            cell.pair().caller().assertRefused(answer, outcome.kind());
        }
    }

    private static void assertBrokenOff(FaultCell cell, Answer answer, Outcome outcome) {
        CallerFormat caller = cell.pair().caller();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).doesNotContain(caller.endMarker());
        boolean passed = caller.isNative(cell.pair().first());
        if (passed && (outcome == Outcome.CUT_OFF_WITHIN || outcome == Outcome.TOO_MUCH)) {
            // Nothing can be told there: an end that is none.
            assertThat(answer.complete()).as("ended as if it were whole").isFalse();
            return;
        }
        assertThat(answer.text()).contains("Hel");
        if (passed && outcome == Outcome.OVERLOADED_LATER) {
            // The provider's own words, and no others behind them.
            assertThat(answer.text()).endsWith(Speech.of(cell.pair().first()).failure(true));
            assertThat(answer.text()).containsOnlyOnce("\"error\":{");
        } else {
            caller.assertBrokenOff(answer, outcome.kind());
        }
    }

    private static void assertBooked(FaultCell cell, Call call, Outcome outcome, boolean rescued) {
        List<UsageRow> rows = await("the rows of " + cell)
                .atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> rig.rows(Rig.requestId(call)), found -> found.size() >= (rescued ? 2 : 1));
        List<UsageRow> ordered = new ArrayList<>(rows);
        ordered.sort(Comparator.comparing(row -> row.number("attempt")));
        assertThat(ordered).as("rows of " + cell).hasSize(rescued ? 2 : 1);
        UsageRow first = ordered.getFirst();
        assertThat(first.number("attempt")).isEqualTo(1);
        assertThat(first.status()).isEqualTo(outcome.status);
        assertThat(first.text("provider")).isEqualTo(cell.firstProvider());
        assertThat(first.text("upstream_model")).isEqualTo(cell.model());
        assertThat(first.number("ttft_ms") != null).isEqualTo(outcome.begun || outcome == Outcome.WELL);
        if (rescued) {
            UsageRow second = ordered.get(1);
            assertThat(second.number("attempt")).isEqualTo(2);
            assertThat(second.status()).isEqualTo("ok");
            assertThat(second.number("http_status")).isEqualTo(200);
            assertThat(second.text("provider")).isEqualTo(cell.secondProvider());
            assertThat(second.number("ttft_ms")).isNotNull();
            assertThat(second.number("output_tokens")).isEqualTo(7);
        }
    }

    /** The table is whole, and whoever could not prove who it is got nothing. */
    @Test
    void everyFaultIsInTheTable() {
        for (Fault fault : Fault.values()) {
            assertThat(TABLE.containsKey(fault)).as(fault.name()).isEqualTo(fault.moment() != Fault.Moment.ANY_TIME);
        }
        assertThat(deadEnds.heardNothing()).isTrue();
    }
}
