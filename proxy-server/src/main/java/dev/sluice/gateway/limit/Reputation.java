package dev.sluice.gateway.limit;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of one caller's behaviour: a score that rises with each {@link Misdeed}, falls by itself and by good
 * calls, and how many calls it usually makes. One immutable {@link Score} is replaced by another, so that nobody waits for
 * anybody. Thread: any.
 */
final class Reputation {
    /** A point of a score. */
    static final int POINT = 1_000;

    /** What a good call takes away: a caller with one bad request in five stays where it is. */
    static final int FORGIVEN = POINT / 4;

    /** The stretch of time in which capped misdeeds bring {@link #MOST_CAPPED} at most, and calls are counted. */
    static final long STRETCH_MILLIS = 10_000;

    static final int MOST_CAPPED = 5 * POINT;

    /** Fewer calls in a stretch are no burst, whoever makes them. */
    static final int FEWEST_OF_A_BURST = 200;

    /** How many times as many as usual are one. */
    static final int TIMES_USUAL = 10;

    /** Stretches that have to have passed before anything is unusual. */
    private static final int STRETCHES_TO_KNOW = 6;

    /** The weight of the last stretch in what is usual is 1/8. */
    private static final int WEIGHT_SHIFT = 3;

    /** An average is kept in so many parts of one. */
    private static final int PARTS_SHIFT = 4;

    private static final int LONGEST_PAUSE = 64;

    private static final long MOST_COUNTED = 0xffff;
    private static final long COUNT_MASK = 0xffff_ffffL;

    /**
     * @param points in thousandths, as of {@code asOfMillis}
     * @param blockedUntilMillis monotonic, like all times here; in the past when it is not
     * @param stretch the number of the stretch of time that {@code capped} is about
     * @param capped thousandths of points that capped misdeeds have brought in it
     */
    record Score(long points, long asOfMillis, long blockedUntilMillis, long stretch, int capped) {}

    private final String id;
    private final @Nullable String team;
    private final long sinceMillis;
    private final AtomicReference<Score> score;
    /** How often, of each, in sixteen bits; not beyond what they hold. */
    private final AtomicLong misdeeds = new AtomicLong();

    /** The number of the stretch above, the calls in it below. */
    private final AtomicLong calls;

    /** In a stretch, in sixteenths of a call; written by whoever begins the next stretch. */
    private volatile int usualCalls;

    private volatile long lastSeenMillis;
    private final AtomicLong nextLookUpMillis;

    Reputation(String id, @Nullable String team, long nowMillis) {
        this.id = id;
        this.team = team;
        this.sinceMillis = nowMillis;
        this.score = new AtomicReference<>(new Score(0, nowMillis, nowMillis, stretch(nowMillis), 0));
        this.calls = new AtomicLong(stretch(nowMillis) << 32);
        this.lastSeenMillis = nowMillis;
        this.nextLookUpMillis = new AtomicLong(nowMillis);
    }

    String id() {
        return id;
    }

    /** Whose caller it is; null for an address. */
    @Nullable
    String team() {
        return team;
    }

    long lastSeenMillis() {
        return lastSeenMillis;
    }

    int count(Misdeed misdeed) {
        return (int) ((misdeeds.get() >>> shift(misdeed)) & MOST_COUNTED);
    }

    /** In thousandths of points. */
    long points(ReputationTerms terms, long nowMillis) {
        Score now = score.get();
        return now.points == 0 ? 0 : terms.halfLife().after(now.points, steps(terms, now, nowMillis));
    }

    /** How long it is blocked yet; 0 or less when it is not. */
    long blockedMillis(long nowMillis) {
        return score.get().blockedUntilMillis - nowMillis;
    }

    private static long steps(ReputationTerms terms, Score from, long nowMillis) {
        return terms.halfLife().steps(nowMillis - from.asOfMillis);
    }

    /** @return whether it is blocked from now on, and was not before */
    boolean onMisdeed(Misdeed misdeed, ReputationTerms terms, long nowMillis) {
        count(shift(misdeed));
        lastSeenMillis = nowMillis;
        while (true) {
            Score before = score.get();
            Score after = worse(before, misdeed, terms, nowMillis);
            if (score.compareAndSet(before, after)) {
                return after.blockedUntilMillis != before.blockedUntilMillis;
            }
        }
    }

    private static int shift(Misdeed misdeed) {
        return misdeed.place() * Short.SIZE;
    }

    private void count(int shift) {
        long before = misdeeds.get();
        while (((before >>> shift) & MOST_COUNTED) < MOST_COUNTED
                && !misdeeds.compareAndSet(before, before + (1L << shift))) {
            before = misdeeds.get();
        }
    }

    private static Score worse(Score from, Misdeed misdeed, ReputationTerms terms, long nowMillis) {
        long stretch = stretch(nowMillis);
        int capped = from.stretch == stretch ? from.capped : 0;
        int added = misdeed.points() * POINT;
        if (misdeed.isCapped()) {
            added = Math.min(added, MOST_CAPPED - capped);
            capped += added;
        }
        long steps = steps(terms, from, nowMillis);
        long points = Math.min(terms.mostPoints(), terms.halfLife().after(from.points, steps) + added);
        boolean blocks = added > 0 && points >= terms.blockAtPoints() && from.blockedUntilMillis <= nowMillis;
        return new Score(
                points,
                from.asOfMillis + terms.halfLife().millis(steps),
                blocks ? nowMillis + terms.blockMillis() : from.blockedUntilMillis,
                stretch,
                capped);
    }

    /** A call that went well. */
    void onGoodCall(ReputationTerms terms, long nowMillis) {
        while (true) {
            Score before = score.get();
            if (before.points == 0) {
                return;
            }
            long steps = steps(terms, before, nowMillis);
            Score after = new Score(
                    Math.max(0, terms.halfLife().after(before.points, steps) - FORGIVEN),
                    before.asOfMillis + terms.halfLife().millis(steps),
                    before.blockedUntilMillis,
                    before.stretch,
                    before.capped);
            if (score.compareAndSet(before, after)) {
                return;
            }
        }
    }

    /** @return whether with this call a burst begins: once in a stretch at most */
    boolean onCall(long nowMillis) {
        lastSeenMillis = nowMillis;
        long now = stretch(nowMillis) & COUNT_MASK;
        while (true) {
            long before = calls.get();
            if (before >>> 32 == now) {
                if (calls.compareAndSet(before, before + 1)) {
                    return (before & COUNT_MASK) + 1 == burstAt(nowMillis);
                }
            } else if (calls.compareAndSet(before, (now << 32) | 1)) {
                learn((int) (before & COUNT_MASK), (now - (before >>> 32)) & COUNT_MASK);
                return false;
            }
        }
    }

    private long burstAt(long nowMillis) {
        return nowMillis - sinceMillis < STRETCHES_TO_KNOW * STRETCH_MILLIS
                ? Long.MAX_VALUE
                : Math.max(FEWEST_OF_A_BURST, ((long) usualCalls * TIMES_USUAL) >> PARTS_SHIFT);
    }

    /** @param stretches that have passed since the one with {@code count} calls began */
    private void learn(int count, long stretches) {
        int usual = usualCalls;
        int parts = Math.min(count, Integer.MAX_VALUE >> PARTS_SHIFT) << PARTS_SHIFT;
        usual += (parts - usual) >> WEIGHT_SHIFT;
        if (stretches > LONGEST_PAUSE) {
            usual = 0;
        } else {
            for (long i = 1; i < stretches; i++) {
                usual -= usual >> WEIGHT_SHIFT;
            }
        }
        usualCalls = usual;
    }

    /** Whether a look-up may be made for it now although it is blocked; the next one only {@code everyMillis} later. */
    boolean mayLookUp(long nowMillis, long everyMillis) {
        long next = nextLookUpMillis.get();
        return nowMillis - next >= 0 && nextLookUpMillis.compareAndSet(next, nowMillis + everyMillis);
    }

    private static long stretch(long nowMillis) {
        return Math.floorDiv(nowMillis, STRETCH_MILLIS);
    }
}
