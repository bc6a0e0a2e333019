package dev.sluice.gateway.limit;

import dev.sluice.gateway.price.TokenRates;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one call holds of the limits it is under, from its admission to its settlement; afterwards it still tells how they
 * stood. Whoever made it keeps it for the next call: from the second one on nothing is allocated, as long as a call is under
 * no more rules than one before it. Only the {@link Limiter} writes to it. Thread: the call's event loop.
 */
public final class Grant {
    private static final int FEW = 4;
    private static final int NONE = -1;

    private final Matches matches = new Matches();
    private final CounterKey key = new CounterKey();
    /** Made when they are first needed: a call that is open for long is seldom under many rules. */
    private @Nullable Hold[] holds = new Hold[FEW];

    private int count;
    /** The hold whose rule has refused, which is told of whatever the others say; -1: none. */
    private int refusedAt = NONE;

    private boolean isHeld;
    private long coveredTokens = Long.MAX_VALUE;
    private @Nullable Refusal refusal;
    private @Nullable WaitingPlace place;
    private @Nullable LeasePool lackingPool;
    private long lackingNeed;

    private @Nullable TokenRates rates;
    private int sharePercent = 100;
    private long nanos;
    private long wall;
    private long inputTokens;
    private long mostOutputTokens;

    private int warnPercent;
    private @Nullable String warnRule;

    /** Why the last admission was refused, or the last extension; null when neither was. */
    public @Nullable Refusal refusal() {
        return refusal;
    }

    /** Whether something is held: from an admission to the settlement. */
    public boolean isHeld() {
        return isHeld;
    }

    /** Output tokens at which {@link Limiter#extend} is to be asked again; {@link Long#MAX_VALUE}: never. */
    public long coveredTokens() {
        return coveredTokens;
    }

    /** Of the rule on {@code measure} that is nearest to its end; -1 where there is none. */
    public long limit(Measure measure) {
        Hold nearest = nearest(measure);
        return nearest == null ? -1 : nearest.whole;
    }

    /** What is left of it. */
    public long remaining(Measure measure) {
        Hold nearest = nearest(measure);
        return nearest == null ? -1 : nearest.left;
    }

    /**
     * When more of it is there, or, where it comes back all the time, when all of it is: milliseconds from the admission on.
     */
    public long resetMillis(Measure measure) {
        Hold nearest = nearest(measure);
        if (nearest == null) {
            return -1;
        }
        Counter counter = nearest.counter;
        return counter == null ? 0 : counter.resetMillis(nearest.limit, nanos, wall);
    }

    private @Nullable Hold nearest(Measure measure) {
        Hold nearest = refusedAt == NONE || !isOn(hold(refusedAt), measure) ? null : hold(refusedAt);
        for (int i = 0; i < count; i++) {
            Hold hold = hold(i);
            if (isOn(hold, measure) && (nearest == null || hold.isNearer(nearest))) {
                nearest = hold;
            }
        }
        return nearest;
    }

    private static boolean isOn(Hold hold, Measure measure) {
        ActiveRule rule = hold.rule;
        return rule != null && hold.whole >= 0 && rule.rule().measure() == measure;
    }

    /** The highest of its rules' percentages to be told of that has been passed; 0 for none. */
    public int warnPercent() {
        return warnPercent;
    }

    /** The name of that rule. */
    public @Nullable String warnRule() {
        return warnRule;
    }

    /**
     * Forgets the call, so that nothing of it is kept from the garbage collector while this waits for the next one. To be
     * settled before.
     */
    public void reset() {
        if (isHeld) {
            throw new IllegalStateException("this grant holds what a call took: settle it first");
        }
        forget();
        matches.clear();
        key.clear();
        place = null;
    }

    private void forget() {
        for (int i = 0; i < count; i++) {
            hold(i).clear();
        }
        count = 0;
        refusedAt = NONE;
        coveredTokens = Long.MAX_VALUE;
        refusal = null;
        lackingPool = null;
        rates = null;
        warnPercent = 0;
        warnRule = null;
    }

    /** Forgets the call before, but for where it waits: that is this one. */
    void begin(LimitCall call, long nanosNow, long wallNow) {
        forget();
        rates = call.rates();
        sharePercent = call.sharePercent();
        nanos = nanosNow;
        wall = wallNow;
        inputTokens = call.inputTokens();
        mostOutputTokens = call.maxTokens() < 0 ? Long.MAX_VALUE : Math.max(1, call.maxTokens());
    }

    /** Something has to be leased first. */
    void lack(LeasePool from, long need) {
        lackingPool = from;
        lackingNeed = need;
    }

    @Nullable
    LeasePool lackingPool() {
        return lackingPool;
    }

    long lackingNeed() {
        return lackingNeed;
    }

    void open() {
        isHeld = true;
    }

    void close() {
        isHeld = false;
        coveredTokens = Long.MAX_VALUE;
    }

    void refuse(Refusal why) {
        refusal = why;
    }

    /** Where it waits, as far as it does: from one ask to the next. */
    @Nullable
    WaitingPlace place() {
        return place;
    }

    void place(@Nullable WaitingPlace next) {
        place = next;
    }

    Matches matches() {
        return matches;
    }

    CounterKey key() {
        return key;
    }

    /** One that is free. */
    Hold nextHold() {
        if (count == holds.length) {
            holds = Arrays.copyOf(holds, 2 * count);
        }
        Hold next = holds[count];
        if (next == null) {
            next = new Hold();
            holds[count] = next;
        }
        count++;
        return next;
    }

    int count() {
        return count;
    }

    Hold hold(int at) {
        return Objects.requireNonNull(holds[at], "below the count");
    }

    @Nullable
    TokenRates rates() {
        return rates;
    }

    int sharePercent() {
        return sharePercent;
    }

    long inputTokens() {
        return inputTokens;
    }

    long mostOutputTokens() {
        return mostOutputTokens;
    }

    void cover(long outputTokens) {
        coveredTokens = outputTokens;
    }

    /** The rule of the last hold refuses: of that measure nothing is left for this call. */
    void standRefused(long of) {
        refusedAt = count - 1;
        hold(refusedAt).stand(of, 0);
    }

    void warn(int percent, String rule) {
        if (percent > warnPercent) {
            warnPercent = percent;
            warnRule = rule;
        }
    }
}
