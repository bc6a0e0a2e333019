package dev.sluice.gateway.limit;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one call holds of the limits it is under, from its admission to its settlement. Made once for each call, or kept for
 * the next one by whoever made it; only the {@link Limiter} writes to it. Thread: the call's event loop.
 */
public final class Grant {
    private static final int MEASURES = Measure.values().length;
    private static final int NONE = -1;

    private final Matches matches = new Matches();
    private final CounterKey key = new CounterKey();
    private Hold[] holds = {new Hold(), new Hold(), new Hold(), new Hold(), new Hold(), new Hold()};
    private int count;
    private boolean isHeld;
    private long coveredTokens = Long.MAX_VALUE;
    private @Nullable Refusal refusal;
    private @Nullable WaitingPlace place;
    private @Nullable LeasePool lackingPool;
    private long lackingNeed;

    private LimitCall.@Nullable Rates rates;
    private int sharePercent = 100;
    private long nanos;
    private long wall;
    private long inputTokens;
    private long mostOutputTokens;

    /** For each measure the hold that is nearest to its end, and how it stood. */
    private final int[] nearest = new int[MEASURES];

    private final long[] remaining = new long[MEASURES];
    private final long[] whole = new long[MEASURES];
    private int warnPercent;
    private @Nullable String warnRule;

    public Grant() {
        Arrays.fill(nearest, NONE);
    }

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
        int at = place(measure);
        return nearest[at] == NONE ? -1 : whole[at];
    }

    /** What is left of it. */
    public long remaining(Measure measure) {
        int at = place(measure);
        return nearest[at] == NONE ? -1 : remaining[at];
    }

    /**
     * When more of it is there, or, where it comes back all the time, when all of it is: milliseconds from the admission on.
     */
    public long resetMillis(Measure measure) {
        int at = nearest[place(measure)];
        if (at == NONE) {
            return -1;
        }
        Hold hold = holds[at];
        Counter counter = hold.counter;
        return counter == null ? 0 : counter.resetMillis(hold.limit, nanos, wall);
    }

    /** The highest of its rules' percentages to be told of that has been passed; 0 for none. */
    public int warnPercent() {
        return warnPercent;
    }

    /** The name of that rule. */
    public @Nullable String warnRule() {
        return warnRule;
    }

    /** Forgets the call before. */
    void begin(LimitCall call, long nanosNow, long wallNow) {
        for (int i = 0; i < count; i++) {
            holds[i].clear();
        }
        count = 0;
        coveredTokens = Long.MAX_VALUE;
        refusal = null;
        lackingPool = null;
        rates = call.rates();
        sharePercent = call.sharePercent();
        nanos = nanosNow;
        wall = wallNow;
        inputTokens = call.inputTokens();
        mostOutputTokens = call.maxTokens() < 0 ? Long.MAX_VALUE : Math.max(1, call.maxTokens());
        Arrays.fill(nearest, NONE);
        warnPercent = 0;
        warnRule = null;
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
            Hold[] more = Arrays.copyOf(holds, 2 * count);
            for (int i = count; i < more.length; i++) {
                more[i] = new Hold();
            }
            holds = more;
        }
        return holds[count++];
    }

    int count() {
        return count;
    }

    Hold hold(int at) {
        return holds[at];
    }

    LimitCall.@Nullable Rates rates() {
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

    /** The hold {@code at} stands so: told of if none on the same measure is nearer to its end. */
    void stand(int at, Measure measure, long of, long left) {
        int place = place(measure);
        if (nearest[place] == NONE || (double) left * whole[place] < (double) remaining[place] * of) {
            nearest[place] = at;
            whole[place] = of;
            remaining[place] = left;
        }
    }

    void warn(int percent, String rule) {
        if (percent > warnPercent) {
            warnPercent = percent;
            warnRule = rule;
        }
    }

    /** An array, and no map: this is asked for each rule of each call. */
    @SuppressWarnings("EnumOrdinal")
    private static int place(Measure measure) {
        return measure.ordinal();
    }
}
