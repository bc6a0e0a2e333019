package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Limiter.Standing;
import dev.sluice.gateway.limit.Measure;
import java.util.ArrayList;
import java.util.List;

/**
 * How a caller stands with one of its limits, for itself. Immutable; thread: any.
 *
 * @param name of the rule
 * @param measure label of what it counts
 * @param isMoney whether amounts are nano-dollars
 * @param period label of the time in which it may be spent; empty for what is not counted over time
 * @param used what is held for open calls included
 * @param remaining not negative
 * @param resetMillis wall clock at which the window ends; 0 when it does not
 */
public record LimitLine(
        String name,
        String measure,
        boolean isMoney,
        String period,
        long limit,
        long used,
        long remaining,
        long resetMillis) {
    private static final String NOTHING_IN_PARTICULAR = "";

    /** All rules that are for calls of this caller, or for some of them. */
    static List<LimitLine> of(Limiter limiter, Principal caller, Caller connection, String endpoint) {
        LimitCall any = new LimitCall()
                .of(
                        caller,
                        connection.from(),
                        caller.isPerson() ? caller.userId() : null,
                        null,
                        caller.tags(),
                        connection.sharePercent(caller))
                .at(NOTHING_IN_PARTICULAR, NOTHING_IN_PARTICULAR, endpoint, null);
        List<LimitLine> lines = new ArrayList<>();
        for (Standing standing : limiter.standings(any)) {
            lines.add(of(standing));
        }
        return lines;
    }

    private static LimitLine of(Standing standing) {
        Measure measure = standing.rule().measure();
        boolean isTimed = !measure.isOfOneCall() && measure != Measure.CONCURRENT;
        long used = standing.used() + standing.held();
        return new LimitLine(
                standing.rule().name(),
                measure.label(),
                measure == Measure.COST,
                isTimed ? standing.rule().window().period().label() : "",
                standing.limit(),
                used,
                Math.max(0, standing.limit() - used),
                standing.resetMillis());
    }
}
