package dev.sluice.gateway.limit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a call may go on, by all rules at once: it takes from all of them or from none.
 *
 * <pre>
 *   admit ──┬── REFUSED
 *           ├── LATER ──(called)──▶ admit again
 *           └── ADMITTED ──▶ extend* ──▶ settle
 *                              └── false: the stream is to be stopped, then settled
 * </pre>
 *
 * <p>HOT: no lock, and nothing allocated where nothing is refused. Thread: any.
 */
public final class Limiter {

    /** Puts {@code next} in force; counters of rules that stay are kept. Thread: any. */
    public void publish(LimitRules next) {}

    /** Whether there are no rules, so that nothing needs to be asked. */
    public boolean isIdle() {
        return true;
    }

    /**
     * @param later called once, on any thread, if, and only if, the answer is {@link Verdict#LATER}
     * @param grant holds nothing
     */
    public Verdict admit(LimitCall call, Grant grant, Runnable later) {
        return Verdict.ADMITTED;
    }

    /**
     * The answer has come so far: holds what it has cost, and a slice ahead. Cheap below {@link Grant#coveredTokens}.
     *
     * @return false when there is nothing left: {@link Grant#refusal} says of which rule
     */
    public boolean extend(Grant grant, long inputTokens, long outputTokens) {
        return true;
    }

    /**
     * The call is over: what it really took stays taken, the rest of what is held is let go. Does nothing when nothing is
     * held.
     *
     * @param costNano in nano-dollars; -1 when nobody knows
     */
    public void settle(Grant grant, long inputTokens, long outputTokens, long costNano) {}

    /** How one rule stands for one caller. */
    public record Standing(LimitRule rule, String subject, long limit, long used, long held, long resetMillis) {}

    /** How all rules stand that are for calls like this one; those that ask for a model or provider as well. */
    public List<Standing> standings(LimitCall call) {
        return List.of();
    }

    /**
     * What the ledger says was spent in a window: used rises to that, if it is less, and never falls.
     *
     * @param subject the values of the rule's dimensions
     * @param windowStartMillis wall clock; ignored if another window has begun since
     */
    public void raise(String ruleId, String subject, long windowStartMillis, long used) {}

    /** Every counter on tokens and cost that is in use, so that the ledger can be asked about it. */
    public List<Counted> counted() {
        return List.of();
    }

    /** A counter of the ledger's kind. {@code values} are those of the rule's dimensions, in their order. */
    public record Counted(LimitRule rule, String subject, List<String> values, long windowStartMillis) {}

    /** Where what nodes share is leased; null: nothing is shared. Thread: any. */
    public void shareThrough(@Nullable LeaseBroker broker) {}
}
