package dev.sluice.gateway.limit;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A rule in force, and what its counters are found by: it stays the same object while a rule of this id counts the same in
 * the same way, also when its limit changes. Thread: any.
 */
final class ActiveRule {
    /** Limits beyond this are taken for this: some arithmetic on them must stay within a long. */
    private static final long MOST = Long.MAX_VALUE / 256;

    private final int number;
    private final Shape shape;
    private final CalendarWindows calendar;
    private volatile LimitRule rule;
    private volatile int[] warnPercent;
    /** Where the decisions of the terms in force are counted: one object, so that both are seen or neither. */
    private @Nullable Named decisions;

    /** Counts, and the terms whose name they are found by. */
    private record Named(LimitRule terms, Decisions.Counts counts) {}

    /** How a rule counts. */
    private enum Algorithm {
        /** Each call by itself. */
        NONE,
        RATE,
        RING,
        BUCKET
    }

    /** What makes the counters of one rule of no use to another. */
    private record Shape(Measure measure, Window window, List<Dimension> per, Algorithm algorithm) {}

    /**
     * @param number another one for each
     * @param calendar by which its windows begin anew, if they do
     */
    ActiveRule(int number, LimitRule rule, CalendarWindows calendar) {
        this.number = number;
        this.shape = shape(rule);
        this.calendar = calendar;
        this.rule = rule;
        this.warnPercent = percents(rule);
    }

    /** Whether {@code next} can go on with these counters. */
    boolean fits(LimitRule next) {
        return rule.id().equals(next.id()) && shape.equals(shape(next));
    }

    void become(LimitRule next) {
        rule = next;
        warnPercent = percents(next);
    }

    int number() {
        return number;
    }

    LimitRule rule() {
        return rule;
    }

    /** Where the decisions of {@code terms} are counted; null when nobody has looked yet. Without order: a look is cheap. */
    @SuppressWarnings("ReferenceEquality")
    Decisions.@Nullable Counts decisions(LimitRule terms) {
        Named known = decisions;
        return known == null || known.terms() != terms ? null : known.counts();
    }

    void decisions(LimitRule terms, Decisions.Counts counts) {
        decisions = new Named(terms, counts);
    }

    /** Ascending. */
    int[] warnPercent() {
        return warnPercent;
    }

    boolean counts() {
        return shape.algorithm != Algorithm.NONE;
    }

    /** Whether what was settled is worth keeping over a restart, and for the ledger to look at. */
    boolean isKept() {
        return switch (shape.algorithm) {
            case NONE, RATE -> false;
            case RING -> shape.window.period().seconds() >= Window.Period.HOUR.seconds();
            case BUCKET -> shape.measure != Measure.CONCURRENT;
        };
    }

    /** Of the limit, for a caller who has so much of it. */
    long limit(int sharePercent) {
        long limit = Math.min(rule.limit(), MOST);
        if (sharePercent >= 100 || limit <= 0) {
            return limit;
        }
        return Math.max(1, limit / 100 * sharePercent + limit % 100 * sharePercent / 100);
    }

    Counter newCounter(CounterKey key, long nanos, long wall) {
        long periodNanos = TimeUnit.SECONDS.toNanos(shape.window.period().seconds());
        return switch (shape.algorithm) {
            case RATE -> new RateCounter(key, periodNanos);
            case RING -> new RingCounter(key, periodNanos, nanos);
            case BUCKET -> new BucketCounter(key, calendar, nanos, wall);
            case NONE -> throw new IllegalStateException("a rule on " + shape.measure + " counts nothing");
        };
    }

    private static Shape shape(LimitRule rule) {
        return new Shape(rule.measure(), rule.window(), rule.per(), algorithm(rule));
    }

    private static Algorithm algorithm(LimitRule rule) {
        Window window = rule.window();
        Window.Period period = window.period();
        if (rule.measure().isOfOneCall()) {
            return Algorithm.NONE;
        }
        if (rule.measure() == Measure.CONCURRENT || window.calendar() || period == Window.Period.TOTAL) {
            return Algorithm.BUCKET;
        }
        boolean isShort = period == Window.Period.SECOND || period == Window.Period.MINUTE;
        return switch (rule.measure()) {
            case REQUESTS -> period == Window.Period.SECOND || rule.burst() > 0 ? Algorithm.RATE : Algorithm.RING;
            case TOKENS, INPUT_TOKENS, OUTPUT_TOKENS -> isShort ? Algorithm.RATE : Algorithm.RING;
            case COST, CONCURRENT, MAX_TOKENS, REQUEST_BYTES -> Algorithm.RING;
        };
    }

    private static int[] percents(LimitRule rule) {
        int[] percents = new int[rule.warnPercent().size()];
        for (int i = 0; i < percents.length; i++) {
            percents[i] = rule.warnPercent().get(i);
        }
        return percents;
    }
}
