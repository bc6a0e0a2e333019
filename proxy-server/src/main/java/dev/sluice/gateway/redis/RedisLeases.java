package dev.sluice.gateway.redis;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.LeaseBroker;
import dev.sluice.gateway.limit.LimitClock;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases what nodes share from Redis: one script decides each ask. An ask has its answer within {@link #DEADLINE_MILLIS},
 * whatever has become of Redis; while {@link RedisState} says that it is of no use, at once.
 *
 * <p>What was reported by an ask that failed is reported again as soon as Redis is back ({@link Life} says how). Thread: any;
 * answers come on the asker's, the client library's or the timer's.
 */
public final class RedisLeases implements LeaseBroker, AutoCloseable {
    /** From the ask to its answer, but for what a busy machine adds. */
    static final long DEADLINE_MILLIS = 20;

    private static final Logger LOG = LoggerFactory.getLogger(RedisLeases.class);
    private static final long SWEEP_MILLIS = 1_000;
    private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int NODE_BYTES = 6;

    /** For reports that nobody waits for. */
    private static final Receiver NOBODY = new Receiver() {
        @Override
        public void onLease(long units, long used) {}

        @Override
        public void onExhausted(long used, long retryAfterMillis) {}

        @Override
        public void onUnavailable() {}
    };

    private final LimitClock clock;
    private final String node;
    private final ScheduledThreadPoolExecutor timer;
    private final RedisState state;
    private final LeaseFigures figures = new LeaseFigures();
    private final AtomicLong numbers = new AtomicLong();
    private final ConcurrentMap<String, Known> lives = new ConcurrentHashMap<>();

    /** A window that this node has to do with, as it was asked about last. */
    private record Known(Life life, SharedWindow window) {}

    /**
     * Connects in the background: until that is done, asks are answered with {@code onUnavailable}.
     *
     * @throws IllegalArgumentException when the URL cannot be read
     */
    public static RedisLeases connect(GatewayConfig.Redis config, LimitClock clock) {
        RedisLeases leases = new RedisLeases(config, clock);
        leases.state.start();
        leases.timer.scheduleWithFixedDelay(leases::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        return leases;
    }

    private RedisLeases(GatewayConfig.Redis config, LimitClock clock) {
        this.clock = clock;
        byte[] id = new byte[NODE_BYTES];
        new SecureRandom().nextBytes(id);
        node = HexFormat.of().formatHex(id);
        timer = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sluice-redis-timer", /* daemon= */ true));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        state = new RedisState(config.url().reveal(), clock, timer, figures);
    }

    @Override
    public void lease(SharedWindow window, long spent, long returned, long needed, long wanted, Receiver receiver) {
        long now = clock.nanoTime();
        Shape shape = Shape.of(window);
        Life life = life(window, shape, now);
        life.report(spent, returned, now);
        ask(new Ask(window, shape, life, needed, wanted, receiver, now));
    }

    private Life life(SharedWindow window, Shape shape, long now) {
        String key = LeaseScript.key(window);
        Known known = lives.get(key);
        if (known == null || !known.window().equals(window)) {
            known = lives.compute(
                    key,
                    (same, before) -> new Known(
                            before == null
                                    ? new Life(node + '.' + numbers.incrementAndGet(), key, shape, now)
                                    : before.life(),
                            window));
        }
        return known.life();
    }

    private void ask(Ask ask) {
        if (!state.isUp()) {
            unavailable(ask);
            return;
        }
        try {
            ask.endsBy(timer.schedule(() -> onDeadline(ask), DEADLINE_MILLIS, TimeUnit.MILLISECONDS));
        } catch (RejectedExecutionException closing) {
            unavailable(ask);
            return;
        }
        if (ask.life.begin(ask)) {
            send(ask);
        }
    }

    private void send(Ask ask) {
        ask.onSend();
        RedisClusterAsyncCommands<String, String> commands = state.commands();
        if (commands == null) {
            fail(ask, "there is no connection");
            return;
        }
        Life.Told told = ask.life.told(clock.nanoTime());
        String[] args = LeaseScript.ask(
                ask.shape,
                rest(ask.window),
                0,
                ask.life.name(),
                numbers.incrementAndGet(),
                told,
                ask.needed,
                ask.wanted);
        try {
            LeaseScript.run(commands, ask.life.key(), args).whenComplete((reply, failure) -> {
                if (failure != null) {
                    fail(ask, Reason.of(failure));
                } else {
                    onReply(ask, told, reply);
                }
            });
        } catch (RuntimeException refused) {
            fail(ask, Reason.of(refused));
        }
    }

    private void onReply(Ask ask, Life.Told told, List<Object> reply) {
        state.heard();
        if (!ask.end()) {
            return;
        }
        LeaseScript.Answer answer;
        try {
            answer = LeaseScript.answer(reply);
        } catch (IllegalStateException strange) {
            state.failed(Reason.of(strange));
            over(ask);
            unavailable(ask);
            return;
        }
        long now = clock.nanoTime();
        state.succeeded();
        if (answer.units() < 0) {
            over(ask);
            unavailable(ask);
            return;
        }
        ask.life.answered(told, answer.units(), ask.askedNanos);
        over(ask);
        figures.onAnswer(answer.enough(), now - ask.askedNanos);
        tell(ask, answer);
    }

    private void tell(Ask ask, LeaseScript.Answer answer) {
        guarded(() -> {
            if (answer.enough()) {
                ask.receiver.onLease(answer.units(), answer.used());
            } else {
                ask.receiver.onExhausted(answer.used(), answer.retryAfterMillis());
            }
        });
    }

    private void onDeadline(Ask ask) {
        if (ask.end()) {
            if (ask.isSent()) {
                figures.onTimeout();
                state.failed("no answer within " + DEADLINE_MILLIS + " ms");
            }
            over(ask);
            unavailable(ask);
        }
    }

    private void fail(Ask ask, String why) {
        if (ask.end()) {
            state.failed(why);
            over(ask);
            unavailable(ask);
        }
    }

    /** Whoever waited behind it for the same window has its turn. */
    private void over(Ask ask) {
        Ask next = ask.life.end(ask);
        if (next != null) {
            if (state.isUp()) {
                send(next);
            } else {
                fail(next, "asked too late");
            }
        }
    }

    private void unavailable(Ask ask) {
        figures.onUnavailable();
        guarded(ask.receiver::onUnavailable);
    }

    private static void guarded(Runnable telling) {
        try {
            telling.run();
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a lease could not be taken in");
        }
    }

    @Override
    public void raise(SharedWindow window, long used) {
        RedisClusterAsyncCommands<String, String> commands = state.commands();
        if (!state.isUp() || commands == null) {
            return;
        }
        String[] args = LeaseScript.raise(Shape.of(window), rest(window), 0, used);
        try {
            LeaseScript.run(commands, LeaseScript.key(window), args).whenComplete((reply, failure) -> {
                if (failure == null) {
                    state.heard();
                }
            });
        } catch (RuntimeException lost) {
            LOG.atDebug().addKeyValue("reason", Reason.of(lost)).log("what the ledger says was not passed on");
        }
    }

    /** Until the window's end by the clock of this node, which has found the window by it. */
    private long rest(SharedWindow window) {
        return window.windowEndMillis() == 0 ? 0 : Math.max(1, window.windowEndMillis() - clock.wallMillis());
    }

    /** Says what has not been said while Redis was away, and forgets what is over. */
    private void sweep() {
        long now = clock.nanoTime();
        for (Known known : lives.values()) {
            Life life = known.life();
            if (state.isUp() && life.isUntold(now)) {
                ask(new Ask(known.window(), Shape.of(known.window()), life, 0, 0, NOBODY, now));
            } else if (life.isForgettable(FORGET_NANOS, now)) {
                lives.remove(life.key(), known);
            }
        }
    }

    @Override
    public boolean isUp() {
        return state.isUp();
    }

    /** For people: how the nodes agree at present, and why not. */
    public String health() {
        return state.health();
    }

    public LeaseFigures figures() {
        return figures;
    }

    /** Windows that this node has to do with. */
    public int windows() {
        return lives.size();
    }

    /** Asks under way are answered by their deadlines; further ones at once, with {@code onUnavailable}. */
    @Override
    public void close() {
        if (state.close()) {
            timer.schedule(timer::shutdown, 2 * DEADLINE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
