package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.it.OpenLoop.Reply;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * What a second attempt is worth: providers whose first token comes after 50 ms, and in one call of twenty after two
 * seconds.
 *
 * <p>The arithmetic first. A tail of 5 % lies above the 95th percentile; the 99th is rescued only when four of five late
 * calls are, which takes attempts for 4 % of the calls at the least. So a budget of 3 % keeps its promise on the attempts
 * and leaves the percentile where it was. One of 6 % is enough where nothing else is ever late; on a machine that has
 * other things to do some hedges go to calls that would have been answered a moment later, and 8 % is.
 *
 * <p>{@code -Dfaults.seconds=} says how long (18); {@code -Dseed=} repeats what a run printed.
 */
final class HedgeIT {
    private static final int PER_SECOND = 40;
    private static final int CALLS = PER_SECOND * Integer.getInteger("faults.seconds", 18);
    private static final int LATE_ONE_IN = 20;
    private static final Duration USUAL = Duration.ofMillis(50);
    private static final Duration SELDOM = Duration.ofSeconds(2);

    /** A few hedges may be made before the first calls have paid for them. */
    private static final double GIVEN_IN_ADVANCE = 3.0 / CALLS;

    /** Until the gateway knows how long a first token takes. */
    private static final int WARM_UP = CALLS / 5;

    private final long seed = Long.getLong("seed", System.nanoTime());

    /** @param extra attempts as a share of the calls */
    private record Figures(String how, Duration median, Duration p99, double extra) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%-30s p50 %5d ms   p99 %5d ms   extra attempts %.2f %%",
                    how,
                    median.toMillis(),
                    p99.toMillis(),
                    extra * 100);
        }
    }

    private record Round(Figures without, Figures three, Figures six, Figures eight) {
        boolean isFivefold() {
            return isFivefold(six) || isFivefold(eight);
        }

        private boolean isFivefold(Figures hedged) {
            return hedged.p99().multipliedBy(5).compareTo(without.p99()) <= 0;
        }
    }

    /** A machine that is busy with other things is late itself: then it is measured again, twice at most. */
    @Test
    void aSecondAttemptCutsTheTailWithinItsBudget() throws Exception {
        System.out.println("-Dseed=" + seed);
        Round round = measure();
        for (int again = 0; again < 2 && !round.isFivefold(); again++) {
            round = measure();
        }
        assertThat(round.isFivefold()).as(round.toString()).isTrue();
    }

    private Round measure() throws Exception {
        try (ExecutorService side = Executors.newCachedThreadPool()) {
            Future<Figures> without = side.submit(() -> measure("without", ""));
            Future<Figures> three = side.submit(() -> measure("p95, 3 %", ", hedge: { after: p95, budget: 3% }"));
            Future<Figures> six = side.submit(() -> measure("p95, 6 %", ", hedge: { after: p95, budget: 6% }"));
            Future<Figures> eight = side.submit(() -> measure("200 ms, 8 %", ", hedge: { after: 200ms, budget: 8% }"));
            Round round = new Round(without.get(), three.get(), six.get(), eight.get());
            List.of(round.without, round.three, round.six, round.eight).forEach(System.out::println);
            assertThat(round.without.p99()).isGreaterThan(SELDOM);
            assertThat(round.without.extra()).isZero();
            assertThat(round.three.extra()).isPositive().isLessThanOrEqualTo(0.03 + GIVEN_IN_ADVANCE);
            assertThat(round.six.extra()).isPositive().isLessThanOrEqualTo(0.06 + GIVEN_IN_ADVANCE);
            assertThat(round.eight.extra()).isPositive().isLessThanOrEqualTo(0.08 + GIVEN_IN_ADVANCE);
            return round;
        }
    }

    private Figures measure(String how, String hedge) throws Exception {
        Speech speech = Speech.words("Guten ", "Tag");
        try (FaultProvider one = FaultProvider.start(Programme.tail(USUAL, LATE_ONE_IN, SELDOM, seed), speech);
                FaultProvider two = FaultProvider.start(Programme.tail(USUAL, LATE_ONE_IN, SELDOM, seed + 1), speech);
                Rig rig = Rig.start(Rig.with(entry("one", one) + entry("two", two), """
                          chat: { targets: [ { model: one/m }, { model: two/m } ]%s }
                        """.formatted(hedge)), Map.of())) {
            List<Reply> replies = OpenLoop.run(
                    rig.address(), PER_SECOND, CALLS, number -> rig.keyed(Call.chat(Words.streamed("chat"))));

            replies.forEach(reply -> assertThat(reply.isServed(speech.heard(true)))
                    .as(reply.toString())
                    .isTrue());
            long extra = awaitRows(rig) - CALLS;
            assertThat(extra).isGreaterThanOrEqualTo(one.asked() + two.asked() - CALLS);
            List<Duration> times = replies.stream()
                    .filter(reply -> reply.number() >= WARM_UP)
                    .map(Reply::firstContent)
                    .sorted()
                    .toList();
            return new Figures(
                    how, times.get(times.size() / 2), times.get(times.size() * 99 / 100), extra / (double) CALLS);
        }
    }

    private static String entry(String name, FaultProvider at) {
        return "  " + name + ": { dialect: openai, responses: false, base_url: \"" + at.address()
                + "/v1\", api_key: k, allow_private: true }\n";
    }

    /** Each call has one answer, and each attempt beside it a row of its own that says so. Returns how many there are. */
    private static long awaitRows(Rig rig) throws Exception {
        await("a row for each answer")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> count(rig, "ok") >= CALLS);
        // The loser is booked before its winner.
        List<UsageRow> races = rig.query("SELECT count(*) AS rows FROM sluice.usage_event WHERE request_id IN"
                + " (SELECT request_id FROM sluice.usage_event WHERE status = 'cancelled')");
        long losers = count(rig, "cancelled");
        assertThat(races.getFirst().number("rows"))
                .as("rows of those who raced")
                .isEqualTo(2 * losers);
        assertThat(count(rig, "ok")).isEqualTo(CALLS);
        return CALLS + losers;
    }

    private static long count(Rig rig, String status) throws Exception {
        Long rows = rig.query(
                        "SELECT count(*) AS rows FROM sluice.usage_event WHERE request_id LIKE 'it-%' AND status = ?",
                        status)
                .getFirst()
                .number("rows");
        return rows == null ? 0 : rows;
    }
}
