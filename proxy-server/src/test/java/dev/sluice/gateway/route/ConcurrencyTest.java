package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.TargetHealth.Circuit;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What holds however many event loops ask and tell at once. */
class ConcurrencyTest {
    private static final int THREADS = 4;
    private static final long START = 1_000_000_000_000L;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    /** What each thread does, with a source of chance of its own. */
    @FunctionalInterface
    private interface Work {
        void run(SplittableRandom random);
    }

    private void together(Work work) throws ExecutionException, InterruptedException {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom random = new SplittableRandom(i);
            running.add(threads.submit(() -> work.run(random)));
        }
        for (Future<?> future : running) {
            future.get();
        }
    }

    @Test
    void whatBeginsEndsAndIsCounted() throws Exception {
        TargetHealth health = new TargetHealth(GatewayConfig.Breaker.DEFAULT);
        AtomicLong clock = new AtomicLong(START);
        AtomicInteger failures = new AtomicInteger();
        together(random -> {
            Outcome[] outcomes = Outcome.values();
            for (int i = 0; i < 20_000; i++) {
                long now = clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(5));
                health.availability(10, now);
                long ticket = health.begin(10, now);
                health.onFirstContent(random.nextInt(Ask.BANDS), random.nextLong(1_000_000_000), now);
                Outcome outcome = outcomes[random.nextInt(outcomes.length)];
                failures.addAndGet(outcome.isFailure() ? 1 : 0);
                health.end(ticket, outcome, 0, now);
            }
        });
        TargetHealth.State state = health.view(clock.get());
        assertThat(state.openRequests()).isZero();
        assertThat(state.requests()).isEqualTo(THREADS * 20_000L);
        assertThat(state.failures()).isEqualTo(failures.get());
        assertThat(state.ttftMillis()).allMatch(millis -> millis >= 0 && millis <= 1000);
    }

    @Test
    void aHalfOpenTargetGetsOneProbe() throws Exception {
        long halfOpenAt = START + GatewayConfig.Breaker.DEFAULT.open().toNanos();
        int rounds = 2000;
        List<CircuitBreaker> breakers = new ArrayList<>();
        AtomicInteger[] probes = new AtomicInteger[rounds];
        for (int round = 0; round < rounds; round++) {
            CircuitBreaker breaker = new CircuitBreaker(GatewayConfig.Breaker.DEFAULT);
            for (int i = 0; i < 5; i++) {
                breaker.end(breaker.begin(START), Outcome.UNAVAILABLE, START);
            }
            breakers.add(breaker);
            probes[round] = new AtomicInteger();
        }
        Phaser start = new Phaser(THREADS);
        together(random -> {
            for (int round = 0; round < rounds; round++) {
                start.arriveAndAwaitAdvance();
                long ticket = breakers.get(round).begin(halfOpenAt);
                probes[round].addAndGet((int) (ticket & 1));
            }
        });
        for (int round = 0; round < rounds; round++) {
            assertThat(probes[round]).hasValue(1);
            assertThat(breakers.get(round).circuit(halfOpenAt)).isEqualTo(Circuit.HALF_OPEN);
        }
    }

    @Test
    void budgetsAreNotOverdrawn() throws Exception {
        HedgeBudget hedges = new HedgeBudget();
        RetryBudget retries = new RetryBudget();
        AtomicInteger hedged = new AtomicInteger();
        AtomicInteger retried = new AtomicInteger();
        together(random -> {
            for (int i = 0; i < 10_000; i++) {
                hedges.onRequest(3, START);
                retries.onRequest();
                hedged.addAndGet(hedges.tryHedge(3, START) ? 1 : 0);
                retried.addAndGet(retries.tryRetry() ? 1 : 0);
            }
        });
        int requests = THREADS * 10_000;
        assertThat(hedged.get()).isBetween(requests * 3 / 100, requests * 3 / 100 + 3);
        assertThat(retried.get()).isBetween(requests / 10, requests / 10 + 100);
    }

    @Test
    void slicesLoseNothingButWhatComesInTheInstantTheyTurn() throws Exception {
        SlidingCounters counters = new SlidingCounters(1, 6, TimeUnit.SECONDS.toNanos(60));
        AtomicLong clock = new AtomicLong(START);
        together(random -> {
            for (int i = 0; i < 50_000; i++) {
                counters.add(0, 1, clock.addAndGet(TimeUnit.MICROSECONDS.toNanos(200)));
            }
        });
        // 40 s in all, and four slices at least.
        assertThat(counters.sum(0, clock.get()))
                .isLessThanOrEqualTo(THREADS * 50_000L)
                .isGreaterThan(THREADS * 50_000L - 1000);
        assertThat(counters.sum(0, clock.get() + TimeUnit.SECONDS.toNanos(61))).isZero();
    }
}
