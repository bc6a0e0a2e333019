package dev.sluice.gateway;

import dev.sluice.gateway.auth.PinnedHttp;
import dev.sluice.gateway.config.LimitSettings;
import dev.sluice.gateway.limit.FairQueue;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.Reputations;
import dev.sluice.gateway.observe.LimitWarnings;
import dev.sluice.gateway.observe.Metrics;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * What stands around the limits, joined: how callers have behaved, who is told when a limit comes near, and where calls wait.
 * Outlives configurations. Thread: any.
 */
record Conduct(LimitClock clock, Reputations reputations, LimitWarnings warnings, FairQueue queue) {

    /** One event loop. Whoever still waits when it has ended has lost its connection. */
    private record LoopTurns(EventExecutor loop) implements FairQueue.Turns {
        @Override
        public void execute(Runnable task) {
            try {
                loop.execute(task);
            } catch (RejectedExecutionException loopHasEnded) {
                return;
            }
        }

        @Override
        public void schedule(Runnable task, long delayMillis) {
            try {
                loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException loopHasEnded) {
                return;
            }
        }
    }

    /** @param group one of its loops keeps who waits */
    static Conduct start(LimitSettings settings, LimitClock clock, EventLoopGroup group) {
        LimitWarnings warnings = LimitWarnings.start(
                clock,
                (hook, json, headers) -> new PinnedHttp(hook.allowPrivate())
                        .post(hook.url(), json, headers)
                        .status());
        warnings.publish(settings.webhook());
        return new Conduct(
                clock,
                new Reputations(clock, settings.threats()),
                warnings,
                new FairQueue(clock, new LoopTurns(group.next())));
    }

    void enforce(LimitSettings settings) {
        reputations.publish(settings.threats());
        warnings.publish(settings.webhook());
    }

    void addTo(Metrics metrics) {
        warnings.addTo(metrics);
        metrics.gauge("sluice_reputations", "Callers whose behaviour is remembered.", reputations::size);
        metrics.gauge(
                "sluice_reputations_restricted",
                "Callers that have less than their limits, or nothing, because of how they behaved.",
                "how",
                "scaled_down",
                () -> reputations.restricted(/* blocked= */ false),
                "blocked",
                () -> reputations.restricted(/* blocked= */ true));
        metrics.counter("sluice_reputation_blocks_total", "Times that a caller was blocked.", reputations::blocks);
        metrics.counter(
                "sluice_reputation_refusals_total",
                "Calls refused because their caller, or its address, is blocked.",
                reputations::refusals);
        metrics.gauge("sluice_limit_waiting", "Calls that wait for their limits.", queue::waiting);
        metrics.counter(
                "sluice_limit_waited_total",
                "Calls that had to wait, and then were admitted, or had waited as long as they may.",
                "outcome",
                "admitted",
                queue::admitted,
                "expired",
                queue::expired);
        metrics.counter(
                "sluice_limit_queue_full_total", "Calls refused because too many were waiting.", queue::rejected);
    }

    void close() {
        warnings.close();
    }
}
