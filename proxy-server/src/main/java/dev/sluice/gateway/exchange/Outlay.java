package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the attempts of one call come to, all of them together: those that have ended, and those that run, of which there
 * are two at most. One can be used for one call after the other. Thread: event loop.
 */
final class Outlay {
    private final List<AttemptSummary> ended = new ArrayList<>(1);
    private long inputTokens;
    private long outputTokens;
    private long knownNano;
    private boolean unpriced;

    /** @param settled at its end */
    void add(AttemptSummary settled) {
        ended.add(settled);
        Settlement came = settled.settlement();
        inputTokens += Math.max(0, came.usage().inputTokens());
        outputTokens += Math.max(0, came.usage().outputTokens());
        knownNano += Math.max(0, came.costNano());
        unpriced |= came.costNano() == Usage.UNKNOWN && came.source() != Settlement.Source.NONE;
    }

    void addAll(List<AttemptSummary> settled) {
        for (int i = 0; i < settled.size(); i++) {
            add(settled.get(i));
        }
    }

    /** In the order in which they ended; a copy. */
    List<AttemptSummary> ended() {
        return ended.size() == 1 ? List.of(ended.getFirst()) : List.copyOf(ended);
    }

    /** The one that ended last; null as long as none has. */
    @Nullable
    AttemptSummary last() {
        return ended.isEmpty() ? null : ended.getLast();
    }

    /** Nothing has been spent. */
    void reset() {
        ended.clear();
        inputTokens = 0;
        outputTokens = 0;
        knownNano = 0;
        unpriced = false;
    }

    /** Since the caller's request caused them all; unknown if that of attempt {@code number}, which answers, is. */
    long costNano(int number) {
        for (int i = 0; i < ended.size(); i++) {
            AttemptSummary one = ended.get(i);
            if (one.number() == number && one.settlement().costNano() == Usage.UNKNOWN) {
                return Usage.UNKNOWN;
            }
        }
        return ended.isEmpty() ? Usage.UNKNOWN : knownNano;
    }

    /** Of those that have ended and of those that run: each reads the prompt anew. */
    long inputTokens(@Nullable AttemptRun one, @Nullable AttemptRun other) {
        return inputTokens + prompt(one) + prompt(other);
    }

    private static long prompt(@Nullable AttemptRun run) {
        return run == null || run.record().isClosed() ? 0 : run.inputTokens();
    }

    /** @param exactly else at least as many as there are, at the cost of an addition */
    long outputTokens(@Nullable AttemptRun one, @Nullable AttemptRun other, boolean exactly) {
        return outputTokens + generated(one, exactly) + generated(other, exactly);
    }

    private static long generated(@Nullable AttemptRun run, boolean exactly) {
        if (run == null || run.record().isClosed()) {
            return 0;
        }
        AttemptMeter meter = run.record().meter();
        return exactly ? meter.exactTokens() : meter.mostTokens();
    }

    /** How it stands now; {@code answering} is the attempt that the caller gets to see. */
    OpenStream.Running running(
            @Nullable AttemptRun answering, @Nullable AttemptRun one, @Nullable AttemptRun other, long nowNanos) {
        AttemptRun told = answering == null ? one : answering;
        if (told == null) {
            return OpenStream.Running.NOTHING;
        }
        long first = cost(one, nowNanos);
        long second = cost(other, nowNanos);
        boolean known = !unpriced && first != Usage.UNKNOWN && second != Usage.UNKNOWN;
        return new OpenStream.Running(
                told.target().provider().name(),
                told.target().model(),
                told.record().hasContent(),
                inputTokens(one, other),
                outputTokens(one, other, /* exactly= */ true),
                known ? knownNano + first + second : Usage.UNKNOWN);
    }

    private static long cost(@Nullable AttemptRun run, long nowNanos) {
        return run == null || run.record().isClosed() ? 0 : run.costNano(nowNanos);
    }

    /** The call is over: lets go of what it does not need. Borrows {@code admission}. */
    void settle(Admission admission) {
        admission.settle(inputTokens, outputTokens, unpriced ? Usage.UNKNOWN : knownNano);
    }
}
