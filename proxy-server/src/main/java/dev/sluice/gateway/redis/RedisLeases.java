package dev.sluice.gateway.redis;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.LeaseBroker;
import dev.sluice.gateway.limit.LimitClock;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leases what nodes share from Redis: one script decides each ask. An ask has its answer within {@link #DEADLINE_MILLIS},
 * whatever has become of Redis; while {@link RedisState} says that it is of no use, at once.
 *
 * <p>What was reported by an ask that failed is reported again as soon as Redis is back ({@link Life} says how).
 *
 * <p>Thread: any may ask; all else is done by one, {@code sluice-redis}, on which answers come as well, but for those that
 * are given at once.
 */
public final class RedisLeases implements LeaseBroker, AutoCloseable {
    /** From the ask to its answer, but for what a busy machine adds. */
    static final long DEADLINE_MILLIS = 20;

    private static final long DEADLINE_NANOS = DEADLINE_MILLIS * 1_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(RedisLeases.class);
    private static final long SWEEP_MILLIS = 1_000;
    private static final long FORGET_NANOS = TimeUnit.MINUTES.toNanos(10);
    /** At once: they are to be answered in time. */
    private static final int MOST_REPORTS = 500;

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
    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("sluice-redis", /* daemon= */ true), NioIoHandler.newFactory());
    private final EventLoop thread = group.next();
    private final RedisState state;
    private final LeaseFigures figures = new LeaseFigures();
    private final Map<String, Known> lives = new HashMap<>();
    private long numbers;
    private volatile int windows;

    /** A window that this node has to do with, as it was asked about last. */
    private record Known(Life life, SharedWindow window) {}

    /**
     * Connects in the background: until that is done, asks are answered with {@code onUnavailable}.
     *
     * @throws IllegalArgumentException when the URL cannot be read
     */
    public static RedisLeases connect(GatewayConfig.Redis config, LimitClock clock) {
        RedisLeases leases = new RedisLeases(config, clock);
        leases.thread.execute(leases.state::start);
        leases.thread.scheduleWithFixedDelay(leases::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        return leases;
    }

    private RedisLeases(GatewayConfig.Redis config, LimitClock clock) {
        this.clock = clock;
        byte[] id = new byte[NODE_BYTES];
        new SecureRandom().nextBytes(id);
        node = HexFormat.of().formatHex(id);
        state = new RedisState(config.url().reveal(), clock, thread, figures, this::onReturn, this::report);
    }

    @Override
    public void lease(SharedWindow window, long spent, long returned, long needed, long wanted, Receiver receiver) {
        long now = clock.nanoTime();
        boolean up = state.isUp();
        boolean taken = post(() -> {
            Life life = life(window, now);
            life.report(spent, returned, now);
            if (up) {
                ask(new Ask(window, life, needed, wanted, receiver, now));
            }
        });
        if (!up || !taken) {
            unavailable(receiver);
        }
    }

    private boolean post(Runnable task) {
        try {
            thread.execute(task);
            return true;
        } catch (RejectedExecutionException closed) {
            return false;
        }
    }

    private Life life(SharedWindow window, long now) {
        String key = LeaseScript.key(window);
        Known known = lives.get(key);
        if (known == null) {
            known = new Known(new Life(node + '.' + ++numbers, key, Shape.of(window), now), window);
            lives.put(key, known);
            windows = lives.size();
        } else if (!known.window().equals(window)) {
            known = new Known(known.life(), window);
            lives.put(key, known);
        }
        return known.life();
    }

    private void ask(Ask ask) {
        long left = DEADLINE_NANOS - (clock.nanoTime() - ask.askedNanos);
        if (!isServed(ask) || left <= 0) {
            unavailable(ask.receiver);
            return;
        }
        ask.endsBy(thread.schedule(() -> onDeadline(ask), left, TimeUnit.NANOSECONDS));
        if (ask.life.begin(ask)) {
            send(ask);
        }
    }

    /** The very receiver that stands for none. */
    @SuppressWarnings("ReferenceEquality")
    private boolean isServed(Ask ask) {
        return ask.receiver == NOBODY ? state.isReachable() : state.isUp();
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
                Shape.of(ask.window), rest(ask.window), 0, ask.life.name(), ++numbers, told, ask.needed, ask.wanted);
        try {
            LeaseScript.run(commands, ask.life.key(), args)
                    .whenComplete((reply, failure) -> thread.execute(() -> {
                        if (failure != null) {
                            fail(ask, Reason.of(failure));
                        } else {
                            onReply(ask, told, reply);
                        }
                    }));
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
            unavailable(ask.receiver);
            return;
        }
        long now = clock.nanoTime();
        state.succeeded();
        if (answer.units() < 0) {
            over(ask);
            unavailable(ask.receiver);
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
            unavailable(ask.receiver);
        }
    }

    private void fail(Ask ask, String why) {
        if (ask.end()) {
            state.failed(why);
            over(ask);
            unavailable(ask.receiver);
        }
    }

    /** Whoever waited behind it for the same window has its turn. */
    private void over(Ask ask) {
        Ask next = ask.life.end(ask);
        while (next != null) {
            if (isServed(next) && clock.nanoTime() - next.askedNanos < DEADLINE_NANOS) {
                send(next);
                return;
            }
            Ask late = next;
            next = late.life.end(late);
            if (late.end()) {
                unavailable(late.receiver);
            }
        }
    }

    private void unavailable(Receiver receiver) {
        figures.onUnavailable();
        guarded(receiver::onUnavailable);
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
                if (failure != null) {
                    LOG.atDebug()
                            .addKeyValue("reason", Reason.of(failure))
                            .log("what the ledger says was not passed on");
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

    /** Forgets what is over, and says what an ask could not say. */
    private void sweep() {
        long now = clock.nanoTime();
        lives.values().removeIf(known -> known.life().isForgettable(FORGET_NANOS, now));
        windows = lives.size();
        if (state.isUp()) {
            report();
        }
    }

    private void report() {
        long now = clock.nanoTime();
        int reports = 0;
        for (Known known : lives.values()) {
            if (reports < MOST_REPORTS && known.life().isUntold(now)) {
                reports++;
                ask(new Ask(known.window(), known.life(), 0, 0, NOBODY, now));
            }
        }
    }

    /** It may be another one, or have lost what it knew. */
    private void onReturn() {
        for (Known known : lives.values()) {
            known.life().tellAgain();
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
        return windows;
    }

    private void abandon() {
        state.close();
        for (Known known : lives.values()) {
            for (Ask ask : known.life().asks()) {
                if (ask.end()) {
                    unavailable(ask.receiver);
                }
            }
        }
    }

    /** Asks under way are answered at once with {@code onUnavailable}, and so are further ones. */
    @Override
    public void close() {
        if (!group.isShuttingDown()) {
            thread.execute(this::abandon);
            group.shutdownGracefully(2 * DEADLINE_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
