package dev.sluice.gateway.limit;

import static dev.sluice.gateway.limit.LimitCalls.NEVER;
import static dev.sluice.gateway.limit.LimitCalls.address;
import static dev.sluice.gateway.limit.LimitCalls.call;
import static dev.sluice.gateway.limit.LimitCalls.from;
import static dev.sluice.gateway.limit.LimitCalls.rule;
import static dev.sluice.gateway.limit.LimitCalls.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Window.Period;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Many threads on the same counters: the limit holds, and nothing stays held; and callers without end: memory does. */
final class LimiterThreadsTest {
    private static final int THREADS = 8;
    private static final int CALLS = 20_000;
    private static final Window DAY = new Window(Period.DAY, true, ZoneId.of("UTC"));
    private static final Window HOUR = Window.sliding(Period.HOUR);

    private final ManualClock clock = new ManualClock("2026-11-22T10:00:00Z");

    private static void inParallel(Work work) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                running.add(threads.submit(() -> {
                    start.await();
                    work.run(number);
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> one : running) {
                one.get();
            }
        }
    }

    /** Of one thread. */
    private interface Work {
        void run(int number) throws Exception;
    }

    @Test
    void neverMoreThanTheLimitAndNothingStaysHeld() throws Exception {
        long budget = 50_000_000;
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        limiter.publish(rules(
                rule("cost", Measure.COST, budget, DAY),
                rule("hourly", Measure.COST, budget, HOUR),
                rule("rph", Measure.REQUESTS, 30_000, HOUR),
                rule("open", Measure.CONCURRENT, 5, Window.NONE),
                rule("rpd", Measure.REQUESTS, 29_000, DAY)));
        AtomicInteger open = new AtomicInteger();
        AtomicInteger mostOpen = new AtomicInteger();
        AtomicInteger admitted = new AtomicInteger();
        AtomicLong spent = new AtomicLong();

        inParallel(number -> {
            SplittableRandom random = new SplittableRandom(number);
            Grant grant = new Grant();
            for (int i = 0; i < CALLS; i++) {
                if (limiter.admit(call("a"), grant, NEVER) == Verdict.ADMITTED) {
                    mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
                    admitted.incrementAndGet();
                    int tokens = 1 + random.nextInt(5);
                    long cost = 100 * 150 + tokens * 600L;
                    limiter.extend(grant, 100, tokens);
                    // Before it is settled: from then on others may have what it had.
                    open.decrementAndGet();
                    spent.addAndGet(cost);
                    limiter.settle(grant, 100, tokens, cost);
                }
            }
        });

        assertThat(mostOpen.get()).isBetween(1, 5);
        assertThat(admitted.get()).isBetween(2_000, 29_000);
        // Five calls are open at most, and each learns of the end with a chunk of five tokens at most.
        assertThat(spent.get()).isBetween(budget * 99 / 100, budget + 5 * 5 * 600);
        for (Limiter.Standing standing : limiter.standings(call("a"))) {
            assertThat(standing.held()).as(standing.rule().id()).isZero();
            if (standing.rule().measure() == Measure.COST) {
                assertThat(standing.used()).isEqualTo(spent.get());
            } else if (standing.rule().measure() == Measure.REQUESTS) {
                assertThat(standing.used()).isEqualTo(admitted.get());
            }
        }
    }

    @Test
    void requestsAreAdmittedToTheLastWhileTimePasses() throws Exception {
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        limiter.publish(rules(rule("rpm", Measure.REQUESTS, 1_000, Window.sliding(Period.MINUTE))));
        AtomicInteger admitted = new AtomicInteger();

        inParallel(number -> {
            Grant grant = new Grant();
            for (int i = 0; i < CALLS; i++) {
                if (number == 0 && i % 100 == 0) {
                    clock.advance(Duration.ofMillis(1_300));
                }
                if (limiter.admit(call("a"), grant, NEVER) == Verdict.ADMITTED) {
                    admitted.incrementAndGet();
                    limiter.settle(grant, 0, 0, -1);
                }
            }
        });

        // 200 steps of 1.3 seconds are 4.33 minutes: as many windows, and the one that is there at the start.
        assertThat(admitted.get()).isBetween(1_000, 5_400);
        clock.advance(Duration.ofMinutes(2));
        assertThat(limiter.standings(call("a")).getFirst().used())
                .as("all of it slid out")
                .isZero();
    }

    @Test
    void callersWhoMakeUpAddressesAndSessionsDoNotFillTheMemoryNorLoseWhatTheySpent() {
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {}, 1_000);
        limiter.publish(rules(LimitCalls.rule(
                "x",
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.IP), Dimension.of(Dimension.Kind.SESSION)),
                Measure.REQUESTS,
                2,
                DAY,
                0)));
        LimitCall spent = from(call("a"), address(10, 1, 1, 1), "mine");
        Grant grant = new Grant();
        for (int i = 0; i < 2; i++) {
            assertThat(limiter.admit(spent, grant, NEVER)).isEqualTo(Verdict.ADMITTED);
            limiter.settle(grant, 0, 0, -1);
        }

        for (int i = 0; i < 20_000; i++) {
            Grant other = new Grant();
            limiter.admit(from(call("a"), address(10, 2, i >> 8 & 255, i & 255), "made up " + i), other, NEVER);
            limiter.settle(other, 0, 0, -1);
        }

        assertThat(limiter.size()).isLessThan(1_100);
        assertThat(limiter.admit(spent, grant, NEVER))
                .as("spent is not forgotten")
                .isEqualTo(Verdict.REFUSED);
    }

    @Test
    void whereAllAreSpentTheOthersShareOne() {
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {}, 100);
        limiter.publish(rules(rule("x", Measure.REQUESTS, 1, DAY)));
        int admitted = 0;
        for (int i = 0; i < 1_000; i++) {
            admitted += limiter.admit(call("k" + i), new Grant(), NEVER) == Verdict.ADMITTED ? 1 : 0;
        }

        assertThat(admitted).isEqualTo(101);
        assertThat(limiter.size()).isEqualTo(101);
    }

    @Test
    void whatStandsAtNothingGoesWhileOthersCome() {
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        limiter.publish(rules(rule("rps", Measure.REQUESTS, 10, Window.sliding(Period.SECOND))));
        for (int i = 0; i < 20_000; i++) {
            clock.advance(Duration.ofMillis(10));
            limiter.admit(call("k" + i), new Grant(), NEVER);
        }

        assertThat(limiter.size()).isLessThan(2_000);
    }
}
