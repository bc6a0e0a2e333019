package dev.sluice.gateway.limit;

import dev.sluice.gateway.limit.Limiter.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** How counters stand, for operators: looks at all of them, and changes none. Thread: any. */
final class Standings {
    private record Ranked(Standing standing, double share) {}

    private final Counters counters;
    private final long nanos;
    private final long wall;

    Standings(Counters counters, long nanos, long wall) {
        this.counters = counters;
        this.nanos = nanos;
        this.wall = wall;
    }

    /** Of one; at nothing where nobody has counted yet. */
    @Nullable
    Standing of(ActiveRule rule, String subject) {
        CounterKey key = rule.counts() ? CounterKey.of(rule, subject) : null;
        if (key == null) {
            return null;
        }
        Counter counter = counters.find(key);
        return counter == null ? new Standing(rule.rule(), subject, rule.limit(100), 0, 0, 0) : of(counter);
    }

    /** Those of which most is gone, those first; none that stands at nothing. */
    List<Standing> nearest(int count) {
        PriorityQueue<Ranked> best = new PriorityQueue<>(Comparator.comparingDouble(Ranked::share));
        for (Counter counter : counters.all()) {
            Standing standing = of(counter);
            long taken = standing.used() + standing.held();
            if (taken > 0) {
                best.add(new Ranked(standing, (double) taken / Math.max(1, standing.limit())));
                if (best.size() > count) {
                    best.poll();
                }
            }
        }
        List<Standing> nearest = new ArrayList<>();
        for (Ranked next = best.poll(); next != null; next = best.poll()) {
            nearest.addFirst(next.standing());
        }
        return nearest;
    }

    /** Of all rules that are for calls like this one, whatever model and provider they ask for. */
    List<Standing> of(RuleBook book, LimitCall call) {
        List<Standing> all = new ArrayList<>();
        CounterKey key = new CounterKey();
        for (RuleBook.Entry entry : book.entries()) {
            ActiveRule rule = entry.rule();
            if (!rule.counts() || !entry.matcher().matchesCaller(call)) {
                continue;
            }
            key.fill(rule, call);
            Counter counter = counters.find(key);
            long limit = rule.limit(call.sharePercent());
            all.add(counter == null ? new Standing(rule.rule(), key.subject(), limit, 0, 0, 0) : of(counter, limit));
        }
        return all;
    }

    /**
     * Every counter on tokens and cost that is in use.
     *
     * @param evenIfCompared also those about which the ledger has been asked
     */
    List<Limiter.Counted> counted(boolean evenIfCompared) {
        List<Limiter.Counted> all = new ArrayList<>();
        for (Counter counter : counters.all()) {
            CounterKey key = counter.key();
            LimitRule rule = key.rule().rule();
            if (key.rule().isKept() && rule.measure().isKnownLate()) {
                long start = counter.startMillis(wall, nanos);
                if (!evenIfCompared && counter.isCompared(start)) {
                    continue;
                }
                all.add(new Limiter.Counted(rule, key.subject(), key.values(), start));
            }
        }
        return all;
    }

    /** What was settled, and is worth keeping. */
    List<CounterSnapshot.Entry> settled() {
        List<CounterSnapshot.Entry> all = new ArrayList<>();
        for (Counter counter : counters.all()) {
            CounterKey key = counter.key();
            if (key.rule().isKept()) {
                String id = key.rule().rule().id();
                String subject = key.subject();
                counter.save(
                        (start, used) -> {
                            if (used > 0) {
                                all.add(new CounterSnapshot.Entry(id, subject, start, used));
                            }
                        },
                        nanos,
                        wall);
            }
        }
        return all;
    }

    private Standing of(Counter counter) {
        return of(counter, counter.key().rule().limit(100));
    }

    private Standing of(Counter counter, long limit) {
        CounterKey key = counter.key();
        long taken = counter.taken(limit, nanos, wall);
        long held = Math.min(taken, counter.held(limit, nanos, wall));
        LeasePool pool = counter.pool();
        long used = taken - held + (pool == null ? 0 : pool.usedByOthers(taken));
        long reset = counter.resetMillis(limit, nanos, wall);
        long resetAt = reset == 0 ? 0 : wall + reset;
        return new Standing(key.rule().rule(), key.subject(), counter.whole(limit), used, held, resetAt);
    }
}
