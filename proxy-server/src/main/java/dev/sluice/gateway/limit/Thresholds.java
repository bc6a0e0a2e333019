package dev.sluice.gateway.limit;

/** Tells a {@link LimitListener} of percentages that are passed, each once in a window. Thread: any. */
final class Thresholds {
    private static final int ALL = 100;

    private final LimitListener listener;

    Thresholds(LimitListener listener) {
        this.listener = listener;
    }

    /** Looks how much is taken, what is held included, if anybody wants to know. */
    void look(ActiveRule rule, Counter counter, long limit, long nanos, long wall) {
        if (rule.warnPercent().length > 0) {
            onTaken(rule, counter, counter.taken(limit, nanos, wall), counter.whole(limit), nanos, wall);
        }
    }

    /** @return the highest percentage of the rule that is passed; 0 for none */
    int onTaken(ActiveRule rule, Counter counter, long taken, long whole, long nanos, long wall) {
        int percent = passed(rule, taken, whole);
        if (percent > 0) {
            tell(rule, counter, percent, taken, nanos, wall);
        }
        return percent;
    }

    /** Somebody was refused: that is all of it, also if a part too small for anybody is left. */
    void onSpent(ActiveRule rule, Counter counter, long limit, long nanos, long wall) {
        int percent = highest(rule, ALL);
        if (percent > 0) {
            tell(rule, counter, percent, counter.taken(limit, nanos, wall), nanos, wall);
        }
    }

    private static int passed(ActiveRule rule, long taken, long whole) {
        int[] percents = rule.warnPercent();
        int highest = 0;
        for (int percent : percents) {
            // Without a product: amounts of money times a hundred are no longs any more.
            if (taken >= whole / ALL * percent + (whole % ALL * percent + ALL - 1) / ALL) {
                highest = percent;
            }
        }
        return highest;
    }

    private static int highest(ActiveRule rule, int most) {
        int highest = 0;
        for (int percent : rule.warnPercent()) {
            if (percent <= most) {
                highest = percent;
            }
        }
        return highest;
    }

    private void tell(ActiveRule rule, Counter counter, int percent, long taken, long nanos, long wall) {
        int told = counter.noteWarned(counter.windowNumber(nanos, wall), percent);
        if (told >= percent) {
            return;
        }
        String subject = counter.key().subject();
        for (int passed : rule.warnPercent()) {
            if (passed > told && passed <= percent) {
                listener.onUsed(rule.rule(), subject, passed, taken, counter.endMillis(wall, nanos));
            }
        }
    }
}
