package dev.sluice.gateway.account;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Who has failed how often lately, and how long they have to wait: so many failures are free, each further one doubles the
 * time. All is forgotten after a while without one. Of too many names the one that was seen least recently is forgotten.
 * Thread: any.
 */
final class FailureCounts {
    static final Duration MEMORY = Duration.ofMinutes(15);
    private static final long FIRST_WAIT_MILLIS = 15_000;
    private static final int MOST_NAMES = 50_000;

    private final int free;
    private final InstantSource clock;
    private final Map<String, Count> counts = new LinkedHashMap<>(16, 0.75f, /* accessOrder= */ true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Count> eldest) {
            return size() > MOST_NAMES;
        }
    };

    private static final class Count {
        private int failures;
        private long lastMillis;
        private long untilMillis;
    }

    /** @param free how many failures nobody has to wait for */
    FailureCounts(int free, InstantSource clock) {
        this.free = free;
        this.clock = clock;
    }

    /** How long {@code name} has to wait; 0: not at all. */
    synchronized int secondsToWait(String name) {
        long now = clock.millis();
        Count count = counts.get(name);
        if (count == null || count.untilMillis <= now) {
            return 0;
        }
        return (int) Math.ceilDiv(count.untilMillis - now, 1_000L);
    }

    /** One more failure; counted before it is one, so that many at once do not slip through. */
    synchronized void add(String name) {
        long now = clock.millis();
        Count count = counts.computeIfAbsent(name, added -> new Count());
        if (now - count.lastMillis > MEMORY.toMillis()) {
            count.failures = 0;
        }
        count.failures++;
        count.lastMillis = now;
        if (count.failures >= free) {
            int doublings = Math.min(count.failures - free, 16);
            count.untilMillis = now + Math.min(FIRST_WAIT_MILLIS << doublings, MEMORY.toMillis());
        }
    }

    /** It was none after all. */
    synchronized void takeBack(String name) {
        Count count = counts.get(name);
        if (count != null && count.failures > 0) {
            count.failures--;
            if (count.failures < free) {
                count.untilMillis = 0;
            }
        }
    }

    /** Nothing is held against {@code name} any more. */
    synchronized void forget(String name) {
        counts.remove(name);
    }
}
