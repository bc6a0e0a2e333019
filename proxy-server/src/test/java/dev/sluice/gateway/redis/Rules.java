package dev.sluice.gateway.redis;

import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import dev.sluice.gateway.limit.Window.Period;
import java.time.ZoneOffset;
import java.util.List;

/** Windows of rules for tests. */
final class Rules {
    private Rules() {}

    static SharedWindow sliding(Measure measure, long limit, Period period) {
        return window(rule(measure, limit, Window.sliding(period), 0), 0, 0);
    }

    static SharedWindow burst(long limit, Period period, long burst) {
        return window(rule(Measure.REQUESTS, limit, Window.sliding(period), burst), 0, 0);
    }

    static SharedWindow day(Measure measure, long limit, long startMillis) {
        Window window = new Window(Period.DAY, /* calendar= */ true, ZoneOffset.UTC);
        return window(rule(measure, limit, window, 0), startMillis, startMillis + 86_400_000);
    }

    static SharedWindow concurrent(long limit) {
        return window(rule(Measure.CONCURRENT, limit, Window.NONE, 0), 0, 0);
    }

    private static LimitRule rule(Measure measure, long limit, Window window, long burst) {
        return new LimitRule(
                measure.label() + '-' + window.period().label(),
                "test",
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.KEY)),
                measure,
                limit,
                window,
                burst,
                /* strict= */ false,
                0,
                List.of());
    }

    private static SharedWindow window(LimitRule rule, long start, long end) {
        return new SharedWindow(rule.id(), "k1", rule, rule.limit(), start, end);
    }
}
