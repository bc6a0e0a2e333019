package dev.sluice.gateway.limit;

import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All counters. Those that stand at nothing go away while others come: each new one looks at a few, and takes away those
 * that nobody has asked for since they were looked at before. There are never more
 * than a certain number, whatever callers make up: then a new one takes the place of the one that has used least of its
 * limit among {@value #CANDIDATES}, but never of one that is spent or held, so that no caller is rid of what he has used by
 * making up others. Where all of them are, all that are new share one for each rule.
 *
 * <p>Thread: any.
 */
final class Counters {
    static final int MOST = 1_000_000;

    private static final int LOOKED_AT = 4;
    private static final int CANDIDATES = 64;

    /** No counter is looked at twice within that: else those that come and those that go would keep each other busy. */
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** In percent of the limit. */
    private static final int SPENT = 90;

    private static final String ALL_OTHERS = "*";

    private final ConcurrentHashMap<CounterKey, Counter> table = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();
    private final AtomicBoolean isBeingTidied = new AtomicBoolean();
    private final int most;
    private long roundNanos;
    private Iterator<Counter> next = List.<Counter>of().iterator();

    Counters(int most) {
        this.most = most;
    }

    int size() {
        return size.get();
    }

    Iterable<Counter> all() {
        return table.values();
    }

    /** The counter of {@code key}, or null. */
    @Nullable
    Counter find(CounterKey key) {
        return table.get(key);
    }

    /** @param key copied if it is kept */
    Counter of(CounterKey key, long nanos, long wall) {
        Counter known = table.get(key);
        if (known == null || known.isGone()) {
            return create(key, nanos, wall);
        }
        known.touch();
        return known;
    }

    /** Those of rules that have gone. */
    void retain(RuleBook book) {
        for (Counter counter : table.values()) {
            if (!book.has(counter.key().rule())) {
                remove(counter);
            }
        }
    }

    private Counter create(CounterKey key, long nanos, long wall) {
        if (!tidy(LOOKED_AT, nanos, wall, size.get() >= most)) {
            return put(others(key.rule()), nanos, wall);
        }
        return put(key.copy(), nanos, wall);
    }

    private Counter put(CounterKey key, long nanos, long wall) {
        Counter made = key.rule().newCounter(key, nanos, wall);
        while (true) {
            Counter raced = table.putIfAbsent(key, made);
            if (raced == null) {
                size.incrementAndGet();
                return made;
            }
            if (!raced.isGone()) {
                return raced;
            }
            remove(raced);
        }
    }

    private void remove(Counter counter) {
        if (table.remove(counter.key(), counter)) {
            size.decrementAndGet();
        }
    }

    /**
     * Puts away what stands at nothing.
     *
     * @param isFull one has to go, if it can be answered for
     * @return whether there is room
     */
    private boolean tidy(int lookedAt, long nanos, long wall, boolean isFull) {
        if (!isBeingTidied.compareAndSet(false, true)) {
            // Somebody is at it; a few more than allowed do no harm.
            return size.get() < most + CANDIDATES;
        }
        try {
            Counter least = null;
            int leastPercent = SPENT;
            int count = isFull ? CANDIDATES : lookedAt;
            for (int i = 0; i < count; i++) {
                if (!next.hasNext()) {
                    if (!isFull && nanos - roundNanos < ROUND_NANOS) {
                        break;
                    }
                    roundNanos = nanos;
                    next = table.values().iterator();
                    if (!next.hasNext()) {
                        break;
                    }
                }
                Counter counter = next.next();
                if (!counter.wasTouched() && counter.putAway(nanos, wall, /* evenIfUsed= */ false)) {
                    remove(counter);
                    continue;
                }
                int percent = isFull ? usedPercent(counter, nanos, wall) : SPENT;
                if (percent < leastPercent) {
                    least = counter;
                    leastPercent = percent;
                }
            }
            if (size.get() >= most && least != null && least.putAway(nanos, wall, /* evenIfUsed= */ true)) {
                remove(least);
            }
            return size.get() < most;
        } finally {
            isBeingTidied.set(false);
        }
    }

    private static int usedPercent(Counter counter, long nanos, long wall) {
        long limit = counter.key().rule().limit(100);
        long whole = counter.whole(limit);
        return (int) Math.min(100, counter.taken(limit, nanos, wall) / Math.max(1, whole / 100));
    }

    private static CounterKey others(ActiveRule rule) {
        String[] values = new String[rule.rule().per().size()];
        Arrays.fill(values, ALL_OTHERS);
        return CounterKey.of(rule, List.of(values));
    }
}
