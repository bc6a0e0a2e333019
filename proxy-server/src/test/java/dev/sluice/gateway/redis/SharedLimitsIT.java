package dev.sluice.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.it.DelayingRelay;
import dev.sluice.gateway.it.RedisServer;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Refusal;
import dev.sluice.gateway.limit.Verdict;
import dev.sluice.gateway.limit.Window;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.price.TokenRates;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three nodes and one Redis: what they admit together, while it is well and while it is not. */
class SharedLimitsIT {
    private static final int NODES = 3;
    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final TokenRates RATES = new TokenRates(150_000_000, 600_000_000);

    private RedisServer server;
    private DelayingRelay relay;
    private final List<SharingNode> nodes = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        server = new RedisServer();
        relay = new DelayingRelay(server.port());
    }

    @AfterEach
    void stop() throws Exception {
        nodes.forEach(SharingNode::close);
        relay.close();
        server.close();
    }

    private void nodes(LimitRule... rules) {
        for (int i = 0; i < NODES; i++) {
            nodes.add(new SharingNode("redis://127.0.0.1:" + relay.port(), new LimitRules(List.of(rules), NODES)));
        }
        await("all nodes share")
                .atMost(Duration.ofSeconds(20))
                .until(() -> nodes.stream().allMatch(node -> node.leases.isUp()));
    }

    private static LimitRule rule(Measure measure, long limit, Window window) {
        return new LimitRule(
                measure.label() + '-' + window.period().label(),
                "shared",
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.KEY)),
                measure,
                limit,
                window,
                0,
                /* strict= */ false,
                0,
                List.of());
    }

    /** Calls that come at a rate, on every node, and end at once. */
    private final class Calls {
        private final List<Long> admittedNanos = Collections.synchronizedList(new ArrayList<>());
        private final List<long[]> waits = Collections.synchronizedList(new ArrayList<>());
        private final int keys;
        private final Random random = new Random(5);
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger unavailable = new AtomicInteger();

        /** @param keys so many callers, by chance */
        Calls(int keys) {
            this.keys = keys;
        }

        void drive(long everyMicros) {
            for (SharingNode node : nodes) {
                node.loop.scheduleAtFixedRate(() -> one(node), 0, everyMicros, TimeUnit.MICROSECONDS);
            }
        }

        private void one(SharingNode node) {
            Grant grant = new Grant();
            long asked = System.nanoTime();
            node.admit(SharingNode.call("k" + random.nextInt(keys), 10, RATES), grant, verdict -> {
                long decided = System.nanoTime();
                waits.add(new long[] {asked, decided - asked});
                if (verdict == Verdict.ADMITTED) {
                    admittedNanos.add(decided);
                    node.limiter.settle(grant, 10, 0, 1_500);
                } else {
                    refused.incrementAndGet();
                    Refusal refusal = grant.refusal();
                    if (refusal != null && refusal.reason() == Refusal.Reason.UNAVAILABLE) {
                        unavailable.incrementAndGet();
                    }
                }
            });
        }

        int admitted(long sinceNanos, long untilNanos) {
            synchronized (admittedNanos) {
                return (int) admittedNanos.stream()
                        .filter(at -> at - sinceNanos >= 0 && at - untilNanos < 0)
                        .count();
            }
        }

        /** The largest number in any minute. */
        int mostInAMinute() {
            List<Long> sorted;
            synchronized (admittedNanos) {
                sorted = new ArrayList<>(admittedNanos);
            }
            sorted.sort(null);
            int most = 0;
            int from = 0;
            for (int to = 0; to < sorted.size(); to++) {
                while (sorted.get(to) - sorted.get(from) >= MINUTE_NANOS) {
                    from++;
                }
                most = Math.max(most, to - from + 1);
            }
            return most;
        }

        /** Of the calls that began in that time, in microseconds. */
        long p99Micros(long sinceNanos, long untilNanos) {
            List<Long> micros = new ArrayList<>();
            synchronized (waits) {
                for (long[] wait : waits) {
                    if (wait[0] - sinceNanos >= 0 && wait[0] - untilNanos < 0) {
                        micros.add(wait[1] / 1_000);
                    }
                }
            }
            micros.sort(null);
            return micros.isEmpty() ? 0 : micros.get(micros.size() * 99 / 100);
        }
    }

    @Test
    void aKeyThatIsDrivenTenfoldOnAllNodesGetsItsSixHundred() {
        nodes(rule(Measure.REQUESTS, 600, Window.sliding(Period.MINUTE)));
        Calls calls = new Calls(1);
        long begin = System.nanoTime();

        calls.drive(10_000);
        await().atMost(Duration.ofSeconds(80))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> System.nanoTime() - begin > MINUTE_NANOS + 4_000_000_000L);
        nodes.forEach(node -> node.loop.shutdownNow());

        int first = calls.admitted(begin, begin + MINUTE_NANOS);
        System.out.printf(
                "600 a minute, 3 nodes, each driven tenfold: %d in the first minute, %d at most in any, %d refused%n",
                first, calls.mostInAMinute(), calls.refused.get());
        assertThat(first).isBetween(588, 612);
        assertThat(calls.mostInAMinute()).isLessThanOrEqualTo(612);
        assertThat(calls.unavailable.get()).isZero();
    }

    /** A client with one call after the other, each of which gets a few tokens now and then until it has all, or is stopped. */
    private final class Stream {
        private final SharingNode node;
        private final SplittableRandom random;
        private final AtomicLong spentByAll;
        private final AtomicLong spentAtFirstRefusal;
        private final AtomicInteger open;
        private final Grant grant = new Grant();
        private final AtomicBoolean over = new AtomicBoolean();
        private LimitCall call = SharingNode.call("k1", 0, RATES);
        private boolean isOpen;
        private boolean isDeciding;
        private long tokens;
        private long length;

        Stream(SharingNode node, long seed, AtomicLong spentByAll, AtomicLong spentAtFirstRefusal, AtomicInteger open) {
            this.node = node;
            this.random = new SplittableRandom(seed);
            this.spentByAll = spentByAll;
            this.spentAtFirstRefusal = spentAtFirstRefusal;
            this.open = open;
        }

        private long cost(long output) {
            return call.inputTokens() * 150 + output * 600;
        }

        void onTick() {
            if (over.get() || isDeciding) {
                return;
            }
            if (!isOpen) {
                begin();
                return;
            }
            long more = 1 + random.nextInt(6);
            tokens += more;
            spentByAll.addAndGet(more * 600);
            boolean goesOn = tokens < grant.coveredTokens() || node.limiter.extend(grant, call.inputTokens(), tokens);
            if (!goesOn || tokens >= length) {
                isOpen = false;
                if (!goesOn) {
                    onRefusal();
                }
                node.limiter.settle(grant, call.inputTokens(), tokens, cost(tokens));
            }
        }

        private void begin() {
            isDeciding = true;
            call = SharingNode.call("k1", random.nextInt(200), RATES);
            node.admit(call, grant, verdict -> {
                isDeciding = false;
                if (verdict == Verdict.ADMITTED) {
                    isOpen = true;
                    tokens = 0;
                    length = 50 + random.nextInt(800);
                    spentByAll.addAndGet(cost(0));
                } else {
                    onRefusal();
                }
            });
        }

        private void onRefusal() {
            spentAtFirstRefusal.compareAndSet(-1, spentByAll.get());
            if (over.compareAndSet(false, true)) {
                open.decrementAndGet();
            }
        }
    }

    @Test
    void twoHundredStreamsOverThreeNodesSpendTheirBudgetAndHardlyMore() {
        long budget = 100_000_000;
        nodes(rule(Measure.COST, budget, new Window(Period.MONTH, /* calendar= */ true, ZoneOffset.UTC)));
        AtomicLong spent = new AtomicLong();
        AtomicLong atFirstRefusal = new AtomicLong(-1);
        AtomicInteger open = new AtomicInteger(200);
        for (int i = 0; i < 200; i++) {
            SharingNode node = nodes.get(i % NODES);
            Stream stream = new Stream(node, i, spent, atFirstRefusal, open);
            node.loop.scheduleAtFixedRate(stream::onTick, i * 200L, 40_000, TimeUnit.MICROSECONDS);
        }

        await("all are refused").atMost(Duration.ofSeconds(60)).until(() -> open.get() == 0);

        System.out.printf(
                "$0.10, 200 streams, 3 nodes: %.2f %% spent, %.2f %% at the first refusal%n",
                spent.get() * 100.0 / budget, atFirstRefusal.get() * 100.0 / budget);
        assertThat(spent.get()).isBetween(budget * 95 / 100, budget * 102 / 100);
        assertThat(atFirstRefusal.get()).isGreaterThanOrEqualTo(budget * 95 / 100);
    }

    /** What becomes of Redis, and how it is again as it was. */
    private interface Failure {
        void happen() throws Exception;
    }

    /** Under load by a hundred callers, each of which stays within a node's part of its limit. */
    private void callersHardlyNotice(String what, Failure begins, Failure ends) throws Exception {
        nodes(rule(Measure.REQUESTS, 1_200, Window.sliding(Period.MINUTE)));
        Calls calls = new Calls(100);
        calls.drive(5_000);
        long begin = System.nanoTime();
        after(begin, 2_000);
        long failed = System.nanoTime();
        begins.happen();
        after(failed, 1_000);
        long open = System.nanoTime();
        assertThat(nodes).noneMatch(node -> node.leases.isUp());
        after(open, 2_000);
        long end = System.nanoTime();
        ends.happen();
        await("nodes share again")
                .atMost(Duration.ofSeconds(20))
                .until(() -> nodes.stream().allMatch(node -> node.leases.isUp()));

        System.out.printf(
                "%s: p99 before %d us, first second %d us, with the breaker open %d us, refused %d%n",
                what,
                calls.p99Micros(begin, failed),
                calls.p99Micros(failed, failed + 1_000_000_000L),
                calls.p99Micros(open, end),
                calls.refused.get());
        assertThat(calls.refused.get()).isZero();
        assertThat(calls.p99Micros(failed, failed + 1_000_000_000L)).isLessThanOrEqualTo(25_000);
        assertThat(calls.p99Micros(open, end)).isLessThanOrEqualTo(5_000);
    }

    private static void after(long nanos, long millis) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> System.nanoTime() - nanos > millis * 1_000_000);
    }

    @Test
    void callersHardlyNoticeThatRedisIsKilled() throws Exception {
        callersHardlyNotice("killed", server::kill, server::restart);
    }

    @Test
    void callersHardlyNoticeThatRedisIsFrozen() throws Exception {
        callersHardlyNotice("frozen", server::freeze, server::thaw);
    }

    @Test
    void callersHardlyNoticeThatRedisIsSlow() throws Exception {
        callersHardlyNotice("slowed to 200 ms", () -> relay.delay(200), () -> relay.delay(0));
    }

    @Test
    void callersHardlyNoticeThatRedisIsAnotherOne() throws Exception {
        try (RedisServer second = new RedisServer()) {
            callersHardlyNotice(
                    "failed over",
                    () -> {
                        server.kill();
                        relay.leadTo(server.port());
                    },
                    () -> relay.leadTo(second.port()));
            nodes.forEach(SharingNode::close);
        }
    }

    @Test
    void whileRedisIsAwayEachNodeGoesOnWithItsPart() throws Exception {
        nodes(rule(Measure.REQUESTS, 600, Window.sliding(Period.MINUTE)));
        Calls calls = new Calls(1);
        server.freeze();
        await().atMost(Duration.ofSeconds(5))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    nodes.forEach(node -> node.loop.execute(() -> calls.one(node)));
                    return nodes.stream().noneMatch(node -> node.leases.isUp());
                });
        calls.drive(5_000);
        long begin = System.nanoTime();
        after(begin, 8_000);
        server.thaw();
        await().atMost(Duration.ofSeconds(20)).until(() -> nodes.stream().allMatch(node -> node.leases.isUp()));
        after(System.nanoTime(), 3_000);
        nodes.forEach(node -> node.loop.shutdownNow());

        System.out.printf("600 a minute, Redis frozen from the start: %d admitted%n", calls.admittedNanos.size());
        assertThat(calls.admittedNanos.size()).isBetween(500, 612);
    }
}
