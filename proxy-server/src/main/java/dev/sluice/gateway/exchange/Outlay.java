package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import java.util.ArrayList;
import java.util.List;

/** What the attempts of one call that have ended come to, all of them together. Thread: event loop. */
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

    /** In the order in which they ended. */
    List<AttemptSummary> ended() {
        return ended;
    }

    long inputTokens() {
        return inputTokens;
    }

    long outputTokens() {
        return outputTokens;
    }

    /** Of those that have a price. */
    long knownNano() {
        return knownNano;
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

    /** The call is over: lets go of what it does not need. Borrows {@code admission}. */
    void settle(Admission admission) {
        admission.settle(inputTokens, outputTokens, unpriced ? Usage.UNKNOWN : knownNano);
    }
}
