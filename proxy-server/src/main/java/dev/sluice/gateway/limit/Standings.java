package dev.sluice.gateway.limit;

import dev.sluice.gateway.limit.Limiter.Kept;
import dev.sluice.gateway.limit.Limiter.Standing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** How counters stand, for operators: looks at all of them, and changes none. Thread: any. */
final class Standings {
    private record Ranked(Standing standing, double share) {}

    private record RankedKept(Kept kept, double share) {}

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

    /** What is settled of those that are worth it: when there are too many, of those of which most is gone. */
    List<Kept> kept(int most) {
        PriorityQueue<RankedKept> best = new PriorityQueue<>(Comparator.comparingDouble(RankedKept::share));
        for (Counter counter : counters.all()) {
            ActiveRule rule = counter.key().rule();
            if (!rule.isKept()) {
                continue;
            }
            Standing standing = of(counter);
            if (standing.used() > 0) {
                String id = rule.rule().id();
                Kept kept = new Kept(id, standing.subject(), counter.startMillis(wall, nanos), standing.used());
                best.add(new RankedKept(kept, (double) standing.used() / Math.max(1, standing.limit())));
                if (best.size() > most) {
                    best.poll();
                }
            }
        }
        List<Kept> kept = new ArrayList<>(best.size());
        for (RankedKept each : best) {
            kept.add(each.kept());
        }
        return kept;
    }

    private Standing of(Counter counter) {
        CounterKey key = counter.key();
        ActiveRule rule = key.rule();
        long limit = rule.limit(100);
        long taken = counter.taken(limit, nanos, wall);
        long held = Math.min(taken, counter.held(limit, nanos, wall));
        long reset = counter.resetMillis(limit, nanos, wall);
        return new Standing(
                rule.rule(), key.subject(), counter.whole(limit), taken - held, held, reset == 0 ? 0 : wall + reset);
    }
}
