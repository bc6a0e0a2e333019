package dev.sluice.gateway.redis;

import dev.sluice.gateway.limit.LeaseBroker;
import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window.Period;

/**
 * How a window is counted in Redis: which of the script's kinds it is, and its figures there. Immutable; thread: any.
 *
 * @param limit at most {@link #LARGEST}: a Lua number holds integers up to 2^53 exactly, and the script adds two
 * @param lengthTicks in ticks of {@code tickMicros}
 * @param capacity of a rate's bucket
 * @param ttlMillis after which a key that nobody asks about may be forgotten
 * @param presume whether what a dead node held counts as spent: the ledger would not tell
 */
record Shape(
        Kind kind,
        long limit,
        long lengthTicks,
        long tickMicros,
        long capacity,
        long ttlMillis,
        long leaseMillis,
        boolean presume) {
    /** Some 4.5 million dollars in nano-dollars. A larger limit is held to this one. */
    static final long LARGEST = 1L << 52;

    /** So many sub-buckets has a sliding window: it is exact but for a sixtieth, and never too generous. */
    static final int BUCKETS = 60;

    private static final long MICROS = 1_000_000;
    private static final long TOTAL_TTL_MILLIS = 400L * 86_400_000;

    /** {@link #letter()} is its name in the script. */
    enum Kind {
        /** Any stretch of a length: sub-buckets. */
        SLIDING("w"),
        /** From one instant to another, or for ever: one bucket. */
        CALENDAR("c"),
        /** A bucket that drains. */
        RATE("b"),
        /** Only what is held at present. */
        HELD("h");

        private final String letter;

        Kind(String letter) {
            this.letter = letter;
        }

        String letter() {
            return letter;
        }
    }

    static Shape of(SharedWindow window) {
        LimitRule rule = window.rule();
        Kind kind = kind(rule);
        long limit = Math.min(window.limit(), LARGEST);
        long leaseMillis = LeaseBroker.leaseMillis(rule);
        boolean presume = rule.measure() == Measure.REQUESTS;
        return switch (kind) {
            case HELD -> new Shape(kind, limit, MICROS, 1, limit, 2 * leaseMillis, leaseMillis, presume);
            case CALENDAR -> {
                long ttl = window.windowEndMillis() == 0
                        ? TOTAL_TTL_MILLIS
                        : window.windowEndMillis() - window.windowStartMillis() + 2 * leaseMillis;
                yield new Shape(kind, limit, ttl * 1_000, 1, limit, ttl, leaseMillis, presume);
            }
            case SLIDING -> {
                long micros = rule.window().period().seconds() * MICROS;
                long ttl = micros / 1_000 * (BUCKETS + 2) / BUCKETS + 2 * leaseMillis;
                yield new Shape(kind, limit, micros, 1, limit, ttl, leaseMillis, presume);
            }
            case RATE -> rate(rule, limit, leaseMillis);
        };
    }

    private static Kind kind(LimitRule rule) {
        if (rule.measure() == Measure.CONCURRENT) {
            return Kind.HELD;
        }
        Period period = rule.window().period();
        if (rule.window().calendar() || period == Period.TOTAL) {
            return Kind.CALENDAR;
        }
        return switch (rule.measure()) {
            case REQUESTS -> rule.burst() > 0 || period == Period.SECOND ? Kind.RATE : Kind.SLIDING;
            case TOKENS, INPUT_TOKENS, OUTPUT_TOKENS ->
                period == Period.SECOND || period == Period.MINUTE ? Kind.RATE : Kind.SLIDING;
            case COST -> Kind.SLIDING;
            case CONCURRENT, MAX_TOKENS, REQUEST_BYTES ->
                throw new IllegalArgumentException(rule.measure().label() + " is not counted over time");
        };
    }

    /** The script multiplies a length by a limit: the larger the limit, the coarser the clock. */
    private static Shape rate(LimitRule rule, long limit, long leaseMillis) {
        long seconds = rule.window().period().seconds();
        long tick = 1;
        while (tick < MICROS && limit > LARGEST / (seconds * MICROS / tick)) {
            tick *= 1_000;
        }
        long length = seconds * MICROS / tick;
        long held = Math.min(limit, LARGEST / length);
        long capacity = rule.measure() == Measure.REQUESTS && rule.burst() > 0 ? rule.burst() : held;
        return new Shape(
                Kind.RATE, held, length, tick, capacity, seconds * 1_000 + 2 * leaseMillis, leaseMillis, false);
    }

    /** The time over which a sliding window or a rate looks back; 0 for others. */
    long lookBackMillis() {
        return switch (kind) {
            case SLIDING, RATE -> lengthTicks * tickMicros / 1_000;
            case CALENDAR, HELD -> 0;
        };
    }
}
