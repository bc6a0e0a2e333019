package dev.sluice.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.it.DelayingRelay;
import dev.sluice.gateway.it.RedisServer;
import dev.sluice.gateway.limit.LeaseBroker.Receiver;
import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window.Period;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a node gets from Redis, and what from a Redis that is away, frozen, slow, another one, or empty. */
class RedisLeasesIT {
    private static final LimitClock CLOCK = new LimitClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }
    };
    /** The deadline, and a little for the way. */
    private static final long BOUND_MICROS = 25_000;

    /** What a timer's thread may need on its way through the code, beyond what the machine costs any timer. */
    private static final long OWN_MICROS = 5_000;

    private static final SharedWindow MINUTE = Rules.sliding(Measure.REQUESTS, 100_000_000, Period.MINUTE);

    private RedisServer server;
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<RedisLeases> opened = new ArrayList<>();
    private final ScheduledExecutorService control = Executors.newSingleThreadScheduledExecutor();

    @BeforeEach
    void start() throws Exception {
        server = new RedisServer();
        log.start();
        root.addAppender(log);
    }

    @AfterEach
    void stop() throws Exception {
        root.detachAppender(log);
        opened.forEach(RedisLeases::close);
        control.shutdownNow();
        server.close();
    }

    private RedisLeases connect(String url) {
        RedisLeases leases = begin(url);
        await("Redis is of use").atMost(Duration.ofSeconds(5)).until(leases::isUp);
        return leases;
    }

    private RedisLeases begin(String url) {
        RedisLeases leases = RedisLeases.connect(new GatewayConfig.Redis(new Secret(url)), CLOCK);
        opened.add(leases);
        return leases;
    }

    /** What was answered, and how long that took. */
    private record Answered(String what, long units, long used, long micros) {}

    /** Remembers its answer; a second one is an error that the test sees. */
    private static final class Asked implements Receiver {
        private final long askedNanos = System.nanoTime();
        private final CompletableFuture<Answered> answer = new CompletableFuture<>();
        private final AtomicInteger answers = new AtomicInteger();

        @Override
        public void onLease(long units, long used) {
            on("lease", units, used);
        }

        @Override
        public void onExhausted(long used, long retryAfterMillis) {
            on("exhausted", 0, used);
        }

        @Override
        public void onUnavailable() {
            on("unavailable", 0, 0);
        }

        private void on(String what, long units, long used) {
            answers.incrementAndGet();
            answer.complete(new Answered(what, units, used, (System.nanoTime() - askedNanos) / 1_000));
        }

        Answered get() throws Exception {
            return answer.get(5, TimeUnit.SECONDS);
        }
    }

    private static Answered ask(RedisLeases leases, SharedWindow window, long spent, long needed) throws Exception {
        Asked asked = new Asked();
        leases.lease(window, spent, 0, needed, needed, asked);
        return asked.get();
    }

    /** The same of a Redis that is there. A machine may be busier than the deadline allows: then it is asked again. */
    private static Answered answer(RedisLeases leases, SharedWindow window, long spent, long needed) throws Exception {
        Answered first = ask(leases, window, spent, needed);
        AtomicReference<Answered> last = new AtomicReference<>(first);
        await().atMost(Duration.ofSeconds(5)).pollDelay(Duration.ZERO).until(() -> {
            if (last.get().what().equals("unavailable")) {
                last.set(ask(leases, window, 0, needed));
            }
            return !last.get().what().equals("unavailable");
        });
        return last.get();
    }

    private static SharedWindow subject(SharedWindow like, String subject) {
        return new SharedWindow(
                like.id(), subject, like.rule(), like.limit(), like.windowStartMillis(), like.windowEndMillis());
    }

    /** @param timersMicros how long twenty milliseconds took this machine meanwhile, at every ask */
    private record Driven(List<Asked> asked, List<Long> timersMicros) {}

    /** Asks for other windows every few milliseconds for a while, as a busy node does. */
    private Driven drive(RedisLeases leases, Duration time) {
        List<Asked> all = new ArrayList<>();
        List<Long> timers = Collections.synchronizedList(new ArrayList<>());
        long endNanos = System.nanoTime() + time.toNanos();
        await().pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(time.plusSeconds(20))
                .until(() -> {
                    Asked asked = new Asked();
                    all.add(asked);
                    leases.lease(subject(MINUTE, "s" + all.size() % 50), 1, 0, 1, 4, asked);
                    long setNanos = System.nanoTime();
                    control.schedule(
                            () -> timers.add((System.nanoTime() - setNanos) / 1_000), 20, TimeUnit.MILLISECONDS);
                    return System.nanoTime() - endNanos > 0;
                });
        await().until(() -> timers.size() == all.size());
        return new Driven(all, timers);
    }

    private static void assertAnsweredOnceWithinBound(String when, Driven driven) throws Exception {
        List<Asked> all = driven.asked();
        List<Long> micros = new ArrayList<>();
        int unavailable = 0;
        for (Asked asked : all) {
            Answered answered = asked.get();
            micros.add(answered.micros());
            unavailable += answered.what().equals("unavailable") ? 1 : 0;
        }
        micros.sort(null);
        long p99 = micros.get(micros.size() * 99 / 100);
        List<Long> timers = new ArrayList<>(driven.timersMicros());
        timers.sort(null);
        long timer = timers.get(timers.size() * 99 / 100);
        System.out.printf(
                "%s: %d asks, %d unavailable, p50 %d us, p99 %d us, longest %d us; a timer of 20 ms: p99 %d us%n",
                when, all.size(), unavailable, micros.get(micros.size() / 2), p99, micros.getLast(), timer);
        assertThat(p99).isLessThanOrEqualTo(Math.max(BOUND_MICROS, timer + OWN_MICROS));
        assertThat(all).allMatch(asked -> asked.answers.get() == 1);
    }

    private List<String> lines() {
        synchronized (log) {
            return log.list.stream()
                    .filter(event -> event.getLevel().isGreaterOrEqual(Level.INFO))
                    .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                    .toList();
        }
    }

    private static final String UP = "INFO Redis is of use: nodes share their limits";
    private static final String DOWN = "WARN Redis is of no use: this node goes on with its part of what nodes share";

    @Test
    void nodesLeaseFromOneLimit() throws Exception {
        RedisLeases one = connect(server.url());
        RedisLeases two = connect(server.url());
        SharedWindow window = Rules.sliding(Measure.REQUESTS, 100, Period.MINUTE);

        assertThat(answer(one, window, 0, 60)).extracting(Answered::what).isEqualTo("lease");
        assertThat(answer(two, window, 0, 60)).extracting(Answered::what).isEqualTo("exhausted");
        Answered rest = answer(two, window, 0, 40);

        assertThat(rest.what()).isEqualTo("lease");
        assertThat(rest.used()).isEqualTo(100);
        assertThat(one.health()).isEqualTo("nodes share their limits");
        assertThat(two.figures().granted()).isEqualTo(1);
        assertThat(two.figures().exhausted()).isEqualTo(1);
        assertThat(two.windows()).isEqualTo(1);
    }

    @Test
    void aHealthyRedisAnswersSoon() throws Exception {
        RedisLeases leases = connect(server.url());

        assertAnsweredOnceWithinBound("healthy", drive(leases, Duration.ofSeconds(2)));

        assertThat(leases.figures().granted()).isPositive();
        System.out.println("healthy: answers up to "
                + Arrays.toString(LeaseFigures.boundsMicros())
                + " us: "
                + Arrays.toString(leases.figures().latencies()));
        assertThat(Arrays.stream(leases.figures().latencies()).sum())
                .isEqualTo(leases.figures().granted());
    }

    @Test
    void asksForOneWindowThatOverlapAreServedOneAfterTheOther() throws Exception {
        RedisLeases leases = connect(server.url());
        SharedWindow window = Rules.day(Measure.COST, 1_000, 1_790_000_000_000L);
        List<Asked> all = new ArrayList<>();
        for (int i = 0; i < 15; i++) {
            Asked asked = new Asked();
            all.add(asked);
            leases.lease(window, 0, 0, 90, 90, asked);
        }
        long leased = 0;
        for (Asked asked : all) {
            leased += asked.get().units();
        }

        assertThat(leased).isBetween(90L, 990L);
        // Those that had to wait too long for their turn have leased nothing either.
        Answered last = answer(leases, window, 0, 0);
        assertThat(last).extracting(Answered::what, Answered::used).containsExactly("lease", leased);
        assertThat(all).allMatch(asked -> asked.answers.get() == 1);
    }

    @Test
    void aServerThatHasForgottenTheScriptIsToldItAgain() throws Exception {
        RedisLeases leases = connect(server.url());
        assertThat(answer(leases, MINUTE, 0, 1).what()).isEqualTo("lease");
        try (RedisClient client = RedisClient.create(server.url())) {
            client.connect().sync().scriptFlush();
        }

        assertThat(answer(leases, MINUTE, 1, 1))
                .extracting(Answered::what, Answered::used)
                .containsExactly("lease", 2L);
        assertThat(lines()).containsExactly(UP);
    }

    @Test
    void withoutARedisAsksAreAnsweredAtOnceAndItIsFoundWhenItComes() throws Exception {
        server.kill();
        RedisLeases leases = begin(server.url());
        await().until(() -> !lines().isEmpty());

        assertThat(ask(leases, MINUTE, 0, 1))
                .matches(answered -> answered.what().equals("unavailable") && answered.micros() < 10_000);
        assertThat(leases.health())
                .startsWith("nodes do not share their limits: ")
                .contains("127.0.0.1");
        server.restart();
        await().atMost(Duration.ofSeconds(10)).until(leases::isUp);

        assertThat(lines()).containsExactly(DOWN, UP);
    }

    @Test
    void whenItIsKilledAsksAreAnsweredInTimeAndThenAtOnceUntilItIsBack() throws Exception {
        RedisLeases leases = connect(server.url());
        answer(leases, MINUTE, 0, 10);
        server.kill();

        assertAnsweredOnceWithinBound("killed, first second", drive(leases, Duration.ofSeconds(1)));
        assertThat(leases.isUp()).isFalse();
        assertThat(ask(leases, MINUTE, 10, 1).what()).isEqualTo("unavailable");
        server.restart();
        await().atMost(Duration.ofSeconds(10)).until(leases::isUp);

        // What was spent before and meanwhile is known to the new one.
        assertThat(answer(leases, MINUTE, 0, 1).used()).isEqualTo(11);
        assertThat(lines()).containsExactly(UP, DOWN, UP);
    }

    @Test
    void whenItIsFrozenAsksAreAnsweredInTimeAndThenAtOnceUntilItThaws() throws Exception {
        RedisLeases leases = connect(server.url());
        drive(leases, Duration.ofMillis(200));
        server.freeze();

        assertAnsweredOnceWithinBound("frozen, first second", drive(leases, Duration.ofSeconds(1)));
        assertThat(leases.isUp()).isFalse();
        assertAnsweredOnceWithinBound("frozen, connection replaced meanwhile", drive(leases, Duration.ofSeconds(3)));
        long sent = leases.figures().timedOut();
        assertThat(sent).isLessThan(60);
        server.thaw();
        await().atMost(Duration.ofSeconds(10)).until(leases::isUp);

        assertThat(answer(leases, MINUTE, 0, 1).what()).isEqualTo("lease");
        assertThat(lines()).containsExactly(UP, DOWN, UP);
    }

    @Test
    void aShortFreezeIsOverWithTheNextProbe() throws Exception {
        RedisLeases leases = connect(server.url());
        server.freeze();
        drive(leases, Duration.ofMillis(300));
        assertThat(leases.isUp()).isFalse();
        server.thaw();

        await().atMost(Duration.ofSeconds(10)).until(leases::isUp);
        assertThat(lines()).containsExactly(UP, DOWN, UP);
    }

    @Test
    void whenItIsSlowItIsNotWaitedFor() throws Exception {
        try (DelayingRelay relay = new DelayingRelay(server.port())) {
            RedisLeases leases = connect("redis://127.0.0.1:" + relay.port());
            relay.delay(200);

            assertAnsweredOnceWithinBound("slowed to 200 ms, first second", drive(leases, Duration.ofSeconds(1)));
            assertThat(leases.isUp()).isFalse();
            assertAnsweredOnceWithinBound("slowed to 200 ms, later", drive(leases, Duration.ofSeconds(3)));
            assertThat(leases.health()).contains("more than 20 ms");
            relay.delay(0);
            await().atMost(Duration.ofSeconds(10)).until(leases::isUp);
            assertThat(lines()).containsExactly(UP, DOWN, UP);
        }
    }

    @Test
    void aReplicaTakesOver() throws Exception {
        try (RedisServer second = new RedisServer("--replicaof", "127.0.0.1", String.valueOf(server.port()));
                RedisClient client = RedisClient.create(second.url());
                DelayingRelay relay = new DelayingRelay(server.port())) {
            RedisCommands<String, String> replica = client.connect().sync();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> replica.info("replication").contains("link_status:up"));
            RedisLeases leases = connect("redis://127.0.0.1:" + relay.port());
            answer(leases, MINUTE, 0, 10);
            await().until(() -> replica.keys("*").stream().anyMatch(key -> key.contains("{k1}")));
            server.kill();
            relay.leadTo(second.port());

            // It is a replica still: what it cannot write it does not lease.
            assertAnsweredOnceWithinBound("failed over, first second", drive(leases, Duration.ofSeconds(1)));
            assertThat(leases.isUp()).isFalse();
            replica.replicaofNoOne();
            await().atMost(Duration.ofSeconds(10)).until(leases::isUp);

            assertThat(answer(leases, MINUTE, 5, 1).used()).isEqualTo(11);
            assertThat(lines()).containsExactly(UP, DOWN, UP);
        }
    }

    @Test
    void whatWasSpentWhileItWasAwayIsToldThoughNobodyAsksAgain() throws Exception {
        RedisLeases one = connect(server.url());
        RedisLeases two = connect(server.url());
        SharedWindow window = Rules.day(Measure.COST, 1_000, 1_790_000_000_000L);
        answer(one, window, 0, 100);
        server.freeze();
        assertThat(ask(one, window, 150, 0).what()).isEqualTo("unavailable");
        server.thaw();

        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(
                        () -> assertThat(answer(two, window, 0, 0).used()).isEqualTo(150));
    }

    @Test
    void theLedgersTruthIsPassedOn() throws Exception {
        RedisLeases one = connect(server.url());
        RedisLeases two = connect(server.url());
        SharedWindow window = Rules.day(Measure.COST, 1_000, 1_790_000_000_000L);

        one.raise(window, 990);

        await().untilAsserted(() -> assertThat(answer(two, window, 0, 0).used()).isEqualTo(990));
        assertThat(answer(two, window, 0, 20).what()).isEqualTo("exhausted");
    }

    @Test
    void aPasswordAndADatabaseAreUsedAndNeverLogged() throws Exception {
        String canary = "canary-5ecret";
        try (RedisServer guarded = new RedisServer("--requirepass", canary)) {
            RedisLeases wrong = begin("redis://:wrong-" + canary + "@127.0.0.1:" + guarded.port());
            await().until(() -> !lines().isEmpty());
            assertThat(wrong.health()).contains("WRONGPASS");
            wrong.close();
            RedisLeases leases = connect("redis://:" + canary + "@127.0.0.1:" + guarded.port() + "/3");
            assertThat(answer(leases, MINUTE, 0, 1).what()).isEqualTo("lease");

            try (RedisClient client =
                    RedisClient.create("redis://:" + canary + "@127.0.0.1:" + guarded.port() + "/3")) {
                assertThat(client.connect().sync().keys("sluice:{k1}*")).hasSize(1);
            }
            guarded.kill();
            await().until(() -> !leases.isUp());
        }
        synchronized (log) {
            assertThat(log.list)
                    .noneMatch(event -> (event.getFormattedMessage() + event.getKeyValuePairs()).contains(canary));
        }
        assertThatThrownBy(() -> begin("redis://:" + canary + "@host:no-port"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(canary)
                .hasNoCause();
    }

    @Test
    void afterItIsClosedAsksAreAnsweredStill() throws Exception {
        RedisLeases leases = connect(server.url());
        leases.close();

        assertThat(ask(leases, MINUTE, 0, 1).what()).isEqualTo("unavailable");
        assertThat(lines()).containsExactly(UP);
    }
}
