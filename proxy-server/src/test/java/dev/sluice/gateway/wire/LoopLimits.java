package dev.sluice.gateway.wire;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.FairQueue;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Limiter.Standing;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import dev.sluice.gateway.limit.Window.Period;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Limits of an {@link Engine}'s loop: the real ones, by the clock that the test turns. Thread: the test's. */
public final class LoopLimits {
    private final Engine engine;
    private final List<LimitRule> rules = new ArrayList<>();
    private final Limiter limiter;

    public LoopLimits(Engine engine) {
        this.engine = engine;
        LimitClock clock = new LimitClock() {
            @Override
            public long nanoTime() {
                return engine.loop().ticker().nanoTime();
            }

            @Override
            public long wallMillis() {
                return Engine.NOW.toEpochMilli() + TimeUnit.NANOSECONDS.toMillis(nanoTime());
            }
        };
        this.limiter = new Limiter(clock, (rule, subject, percent, used, resetMillis) -> {});
        limiter.waitIn(new FairQueue(clock, new FairQueue.Turns() {
            @Override
            public void execute(Runnable task) {
                engine.time().eventLoop().execute(task);
            }

            @Override
            public void schedule(Runnable task, long delayMillis) {
                engine.time().eventLoop().schedule(task, delayMillis, TimeUnit.MILLISECONDS);
            }
        }));
        engine.loop().limitBy(limiter);
    }

    /** From now on each key may so much in any such time. */
    public LoopLimits allow(Measure measure, long limit, Period period) {
        return allow(measure, limit, Window.sliding(period), Duration.ZERO);
    }

    /** The same for what is not counted over time. */
    public LoopLimits allow(Measure measure, long limit) {
        return allow(measure, limit, Window.NONE, Duration.ZERO);
    }

    /** The same for those who wait rather than being refused. */
    public LoopLimits allowLater(Measure measure, long limit, Duration queue) {
        return allow(measure, limit, Window.NONE, queue);
    }

    private LoopLimits allow(Measure measure, long limit, Window window, Duration queue) {
        rules.add(new LimitRule(
                "rule-" + rules.size(),
                "of " + measure.label(),
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.KEY)),
                measure,
                limit,
                window,
                /* burst= */ 0,
                /* strict= */ false,
                queue.toMillis(),
                List.of(80)));
        limiter.publish(new LimitRules(rules, 1));
        return this;
    }

    /** What the usual caller has used of the only rule, what is held included. */
    public long used() {
        InetAddress here = InetAddress.getLoopbackAddress();
        Principal caller = (Principal) engine.callers().authenticate(Engine.KEY, here);
        LimitCall call =
                new LimitCall().of(caller, here, null, null, Map.of(), 100).at("", "", "chat.completions", null);
        List<Standing> standings = limiter.standings(call);
        if (standings.size() != 1) {
            throw new AssertionError("expected one rule, got " + standings);
        }
        return standings.getFirst().used() + standings.getFirst().held();
    }
}
