package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.wire.Engine;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Limits of an {@link Engine}'s loop: the real ones, by the clock that the test turns. */
final class LimitedLoop {
    private final Engine engine;
    private final List<LimitRule> rules = new ArrayList<>();
    private final Limiter limiter;

    LimitedLoop(Engine engine) {
        this.engine = engine;
        this.limiter = new Limiter(
                new LimitClock() {
                    @Override
                    public long nanoTime() {
                        return engine.loop().ticker().nanoTime();
                    }

                    @Override
                    public long wallMillis() {
                        return Engine.NOW.toEpochMilli() + TimeUnit.NANOSECONDS.toMillis(nanoTime());
                    }
                },
                (rule, subject, percent, used, resetMillis) -> {});
        engine.loop().limitBy(limiter);
    }

    Limiter limiter() {
        return limiter;
    }

    /** From now on each key may so much in any such time. */
    LimitedLoop allow(Measure measure, long limit, Period period) {
        return allow(measure, limit, Window.sliding(period), 0);
    }

    /** The same for what is not counted over time. */
    LimitedLoop allow(Measure measure, long limit) {
        return allow(measure, limit, Window.NONE, 0);
    }

    LimitedLoop allow(Measure measure, long limit, Window window, long queueMillis) {
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
                queueMillis,
                List.of(80)));
        limiter.publish(new LimitRules(rules, 1));
        return this;
    }

    /** How the usual caller stands with the only rule. */
    LimitLine line() {
        List<LimitLine> lines = LimitLine.of(
                limiter,
                (Principal) engine.callers().authenticate(Engine.KEY, InetAddress.getLoopbackAddress()),
                engine.loop().newCaller(InetAddress.getLoopbackAddress()),
                "chat.completions");
        if (lines.size() != 1) {
            throw new AssertionError("expected one rule, got " + lines);
        }
        return lines.getFirst();
    }
}
