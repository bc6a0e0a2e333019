package dev.sluice.gateway.redis;

import dev.sluice.gateway.limit.LimitClock;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Redis is of use at present: a connection, and a breaker over it that a probe closes again. Says each change in one
 * line of the log, and nothing else.
 *
 * <p>The probe writes: a server that has become a replica, or is full, answers reads as ever. One that has not answered
 * anything for a while gets a new connection, because another server may have taken over its address. Thread: {@code sluice-redis}; {@link #isUp} and {@link
 * #health}: any.
 */
final class RedisState {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLeases.class);
    private static final long PROBE_MILLIS = 250;
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Breaker breaker = new Breaker();
    private final LimitClock clock;
    private final EventLoop thread;
    private final LeaseFigures figures;
    private final RedisLink link;

    private long heardNanos;
    private boolean probing;
    private boolean everSaid;
    private boolean closed;
    private volatile String why = "not connected yet";

    RedisState(String url, LimitClock clock, EventLoop thread, LeaseFigures figures) {
        this.clock = clock;
        this.thread = thread;
        this.figures = figures;
        link = new RedisLink(url, thread, new RedisLink.Listener() {
            @Override
            public void onConnected() {
                heard();
                probe();
            }

            @Override
            public void onLost(String reason) {
                down(reason);
            }
        });
    }

    void start() {
        heard();
        link.connect();
        thread.scheduleWithFixedDelay(this::probe, PROBE_MILLIS, PROBE_MILLIS, TimeUnit.MILLISECONDS);
    }

    boolean isUp() {
        return breaker.isClosed();
    }

    /** Null while there is no connection. */
    @Nullable
    RedisClusterAsyncCommands<String, String> commands() {
        return link.commands();
    }

    /** Something has come from Redis, be it late. */
    void heard() {
        heardNanos = clock.nanoTime();
    }

    void succeeded() {
        breaker.succeeded(clock.nanoTime());
    }

    void failed(String reason) {
        if (breaker.failed(clock.nanoTime())) {
            opened(reason);
        }
    }

    private void down(String reason) {
        if (breaker.open()) {
            opened(reason);
        } else {
            why = reason;
            if (!everSaid && !closed) {
                everSaid = true;
                sayDown(reason);
            }
        }
    }

    private void opened(String reason) {
        why = reason;
        figures.onOpened();
        if (!closed) {
            sayDown(reason);
        }
    }

    private static void sayDown(String reason) {
        LOG.atWarn()
                .addKeyValue("reason", reason)
                .log("Redis is of no use: this node goes on with its part of what nodes share");
    }

    /** While the breaker is open: whether Redis is back. One at a time. */
    private void probe() {
        RedisClusterAsyncCommands<String, String> commands = link.commands();
        if (breaker.isClosed() || probing || commands == null || closed) {
            return;
        }
        long askedNanos = clock.nanoTime();
        if (askedNanos - heardNanos > SILENCE_NANOS) {
            heard();
            link.drop("nothing has come for " + SILENCE_NANOS / 1_000_000 + " ms");
            return;
        }
        probing = true;
        thread.schedule(() -> probing = false, PROBE_MILLIS - 1, TimeUnit.MILLISECONDS);
        try {
            LeaseScript.run(commands, LeaseScript.PROBE_KEY, LeaseScript.probe())
                    .whenComplete((done, failure) -> thread.execute(() -> onProbed(failure, askedNanos)));
        } catch (RuntimeException refused) {
            why = Reason.of(refused);
        }
    }

    private void onProbed(@Nullable Throwable failure, long askedNanos) {
        probing = false;
        long now = clock.nanoTime();
        if (isReadOnly(failure)) {
            heard();
            link.drop("the server has become a replica");
        } else if (failure != null) {
            why = Reason.of(failure);
        } else {
            heard();
            if (now - askedNanos > TimeUnit.MILLISECONDS.toNanos(RedisLeases.DEADLINE_MILLIS)) {
                why = "answers take more than " + RedisLeases.DEADLINE_MILLIS + " ms";
            } else if (!closed && breaker.close(now)) {
                everSaid = true;
                LOG.atInfo().log("Redis is of use: nodes share their limits");
            }
        }
    }

    /** A script's refusal to write comes as the script's failure. */
    private static boolean isReadOnly(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RedisReadOnlyException
                    || String.valueOf(cause.getMessage()).contains("READONLY")) {
                return true;
            }
        }
        return false;
    }

    String health() {
        return breaker.isClosed() ? "nodes share their limits" : "nodes do not share their limits: " + why;
    }

    void close() {
        closed = true;
        breaker.open();
        link.close();
    }
}
