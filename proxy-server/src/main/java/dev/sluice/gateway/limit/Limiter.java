package dev.sluice.gateway.limit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a call may go on, by all rules at once: it takes from all of them or from none.
 *
 * <pre>
 *   admit ──┬── REFUSED
 *           ├── LATER ──(called)──▶ admit again
 *           └── ADMITTED ──▶ extend* ──▶ settle
 *                              └── false: the stream is to be stopped, then settled
 * </pre>
 *
 * <p>What a call will take of tokens and money is known only at its end. Admission holds what the prompt takes, a twentieth
 * more for the estimate, and some tokens of the answer; {@link #extend} holds what has come, and a slice
 * ahead. Both shrink to what is needed where little is left for many: nobody is refused for the sake of what others might
 * still want, and what is overspent is at most the chunk with which a stream learns that it has to end.
 *
 * <p>HOT: no lock, and nothing allocated where nothing is refused. Thread: any.
 */
public final class Limiter implements AutoCloseable {
    private final LimitClock clock;
    private final Thresholds thresholds;
    private final Counters counters;
    private final long originNanos;
    private final Leases leases;
    private final SharedCounters shared;
    private final Decisions decisions = new Decisions();
    private volatile @Nullable FairQueue queue;
    private final AtomicReference<RuleBook> book = new AtomicReference<>(RuleBook.EMPTY);

    /** @param listener hears of percentages that are passed, once in each window */
    public Limiter(LimitClock clock, LimitListener listener) {
        this(clock, listener, Counters.MOST);
    }

    Limiter(LimitClock clock, LimitListener listener, int mostCounters) {
        this.clock = clock;
        this.thresholds = new Thresholds(listener);
        this.counters = new Counters(mostCounters);
        this.originNanos = clock.nanoTime();
        this.leases = new Leases(clock, originNanos);
        this.shared = new SharedCounters(leases);
    }

    /**
     * Puts {@code next} in force; counters of rules that stay are kept. Thread: any.
     *
     * @throws IllegalArgumentException when two rules have the same id
     */
    public void publish(LimitRules next) {
        RuleBook before;
        RuleBook now;
        do {
            before = book.get();
            now = before.with(next);
        } while (!book.compareAndSet(before, now));
        leases.nodes(next.nodes());
        counters.retain(now);
    }

    /** Whether there are no rules, so that nothing needs to be asked. */
    public boolean isIdle() {
        return book.get().entries().isEmpty();
    }

    /**
     * @param later called once, on any thread, if, and only if, the answer is {@link Verdict#LATER}
     * @param grant holds nothing
     */
    public Verdict admit(LimitCall call, Grant grant, Runnable later) {
        if (grant.isHeld()) {
            throw new IllegalStateException("this grant holds what an earlier call took: settle it first");
        }
        while (true) {
            long nanos = nanos();
            long wall = clock.wallMillis();
            grant.begin(call, nanos, wall);
            if (takeAll(call, grant, nanos, wall)) {
                keep(grant, call, nanos, wall);
                if (grant.place() != null && queue != null) {
                    queue.onAdmitted(grant);
                }
                return Verdict.ADMITTED;
            }
            letGo(grant, nanos);
            FairQueue waiting = queue;
            LeasePool pool = grant.lackingPool();
            if (pool == null) {
                return refusedOrWaiting(waiting, call, grant, later, nanos, wall);
            }
            // Nothing is held by now: the answer may come on another thread before this one is back.
            LeasePool.Waiter waiter = new LeasePool.Waiter(later);
            pool.ask(grant.lackingNeed(), waiter, nanos);
            if (waiter.waitForIt()) {
                return Verdict.LATER;
            }
        }
    }

    private Verdict refusedOrWaiting(
            @Nullable FairQueue waiting, LimitCall call, Grant grant, Runnable later, long nanos, long wall) {
        Refusal refusal = Objects.requireNonNull(grant.refusal(), "a rule has refused");
        if (waiting != null && refusal.rule().queueMillis() > 0 && waiting.join(grant, call, refusal, later)) {
            decisions.onWaiting(refusal.rule());
            return Verdict.LATER;
        }
        decisions.onRefused(refusal.rule());
        for (int i = 0; i < grant.count(); i++) {
            Hold hold = grant.hold(i);
            Counter counter = hold.counter;
            if (counter != null) {
                stand(hold, counter, counter.taken(hold.limit, nanos, wall), counter.whole(hold.limit));
            }
        }
        if (waiting != null) {
            waiting.leave(grant);
        }
        return Verdict.REFUSED;
    }

    /** @return false when a rule has refused, or when something has to be leased first */
    private boolean takeAll(LimitCall call, Grant grant, long nanos, long wall) {
        Matches matches = grant.matches();
        book.get().collect(call, matches);
        for (int i = 0; i < matches.count(); i++) {
            ActiveRule rule = matches.rule(i);
            if (rule.counts()) {
                if (!take(rule, call, grant, nanos, wall)) {
                    return false;
                }
            } else if (isTooLarge(rule, call, grant)) {
                return false;
            }
        }
        return true;
    }

    /**
     * The answer has come so far: holds what it has cost, and a slice ahead. Cheap below {@link Grant#coveredTokens}.
     *
     * @return false when there is nothing left: {@link Grant#refusal} says of which rule
     */
    public boolean extend(Grant grant, long inputTokens, long outputTokens) {
        if (outputTokens < grant.coveredTokens() || !grant.isHeld()) {
            return true;
        }
        long nanos = nanos();
        long wall = clock.wallMillis();
        long covered = Long.MAX_VALUE;
        for (int i = 0; i < grant.count(); i++) {
            Hold hold = grant.hold(i);
            Counter counter = hold.counter;
            ActiveRule rule = hold.rule;
            if (counter == null || rule == null || !hold.isOpen) {
                continue;
            }
            Measure measure = rule.rule().measure();
            if (!measure.isKnownLate()) {
                continue;
            }
            hold.limit = rule.limit(grant.sharePercent());
            long need = Amounts.of(measure, inputTokens, outputTokens, grant.rates());
            long extra = Reservation.ahead(measure, inputTokens, outputTokens, grant);
            LeasePool pool = hold.pool;
            long amount = pool == null
                    ? counter.extend(hold, nanos, need, extra)
                    : shared.extend(pool, counter, hold, nanos, need, extra);
            if (amount < 0) {
                refuse(amount, hold, need - hold.amount, grant, nanos, wall);
                decisions.onStopped(rule);
                return false;
            }
            thresholds.look(rule, counter, hold.limit, nanos, wall);
            covered = Math.min(covered, Reservation.covered(measure, hold.amount - need, outputTokens, grant));
        }
        grant.cover(covered);
        return true;
    }

    /**
     * The call is over: what it really took stays taken, the rest of what is held is let go. Does nothing when nothing is
     * held.
     *
     * @param costNano in nano-dollars; -1 when nobody knows
     */
    public void settle(Grant grant, long inputTokens, long outputTokens, long costNano) {
        if (!grant.isHeld()) {
            if (queue != null) {
                queue.leave(grant);
            }
            return;
        }
        grant.close();
        long nanos = nanos();
        long wall = clock.wallMillis();
        for (int i = 0; i < grant.count(); i++) {
            Hold hold = grant.hold(i);
            Counter counter = hold.counter;
            ActiveRule rule = hold.rule;
            if (counter == null || rule == null || !hold.isOpen) {
                continue;
            }
            Measure measure = rule.rule().measure();
            long actual = measure == Measure.CONCURRENT
                    ? 0
                    : measure == Measure.COST && costNano >= 0
                            ? costNano
                            : Amounts.of(measure, inputTokens, outputTokens, grant.rates());
            SharedCounters.settle(hold.pool, hold, actual, measure);
            counter.settle(hold, nanos, actual);
            onReleased(rule, counter);
            if (measure.isKnownLate()) {
                thresholds.look(rule, counter, hold.limit, nanos, wall);
            }
        }
    }

    /**
     * How one rule stands for one caller.
     *
     * @param used settled
     * @param held by open calls
     * @param resetMillis wall clock at which more is left; 0 when everything is, or never will be
     */
    public record Standing(LimitRule rule, String subject, long limit, long used, long held, long resetMillis) {}

    /** How all rules stand that are for calls like this one; those that ask for a model or provider as well. */
    public List<Standing> standings(LimitCall call) {
        return new Standings(counters, nanos(), clock.wallMillis()).of(book.get(), call);
    }

    /**
     * How one counter stands; at nothing where nobody has counted yet.
     *
     * @param subject the values of the rule's dimensions, as {@link Counted} has them
     * @return null when no such rule is in force, or it counts nothing
     */
    public @Nullable Standing standing(String ruleId, String subject) {
        ActiveRule rule = book.get().find(ruleId);
        return rule == null ? null : new Standings(counters, nanos(), clock.wallMillis()).of(rule, subject);
    }

    /** How those counters stand of which most is gone, those first; none that stands at nothing. */
    public List<Standing> nearest(int count) {
        return new Standings(counters, nanos(), clock.wallMillis()).nearest(count);
    }

    /**
     * What the ledger says was spent in a window: used rises to that, if it is less, and never falls. Makes the counter, if
     * nobody has asked for it yet.
     *
     * @param subject the values of the rule's dimensions, as {@link Counted} has them
     * @param windowStartMillis wall clock; ignored if another window of the calendar has begun since
     */
    public void raise(String ruleId, String subject, long windowStartMillis, long used) {
        ActiveRule rule = book.get().find(ruleId);
        if (rule == null || !rule.isKept()) {
            return;
        }
        long nanos = nanos();
        long wall = clock.wallMillis();
        CounterKey key = CounterKey.of(rule, subject);
        if (key == null) {
            return;
        }
        Counter counter = counters.of(key, nanos, wall);
        LeaseBroker broker = leases.broker();
        if (broker == null) {
            counter.raise(windowStartMillis, used, nanos, wall);
        } else if (!rule.rule().window().calendar() || counter.startMillis(wall, nanos) == windowStartMillis) {
            // The ledger knows of all nodes; the counter here of what this one has taken.
            broker.raise(counter.sharedWindow(rule.limit(100), nanos, wall), used);
        }
    }

    /** Every counter on tokens and cost that is in use, so that the ledger can be asked about it. */
    public List<Counted> counted() {
        return new Standings(counters, nanos(), clock.wallMillis()).counted(/* evenIfCompared= */ true);
    }

    /**
     * Those of them about whose window of now {@link #onCompared} has not heard. With many counters that stay this costs a
     * look at each, and no memory. Thread: that of {@link #onCompared}.
     */
    public List<Counted> notCompared() {
        return new Standings(counters, nanos(), clock.wallMillis()).counted(/* evenIfCompared= */ false);
    }

    /** The ledger has been asked about {@code counted}. Thread: one. */
    public void onCompared(Counted counted) {
        ActiveRule rule = book.get().find(counted.rule().id());
        Counter counter = rule == null ? null : counters.find(CounterKey.of(rule, counted.values()));
        if (counter != null) {
            counter.compared(counted.windowStartMillis());
        }
    }

    /** A counter of the ledger's kind. {@code values} are those of the rule's dimensions, in their order. */
    public record Counted(LimitRule rule, String subject, List<String> values, long windowStartMillis) {}

    /**
     * Writes what was settled in windows of an hour and longer, whole or not at all. Thread: any, one at a time; blocks on
     * the disk.
     */
    public void save(Path file) throws IOException {
        CounterSnapshot.write(file, new Standings(counters, nanos(), clock.wallMillis()).settled());
    }

    /**
     * Takes in what {@link #save} has written, for rules in force: to be called after {@link #publish} and before the first
     * call. Thread: any; blocks on the disk.
     *
     * @return why the file cannot be read, to be told of once; empty when it can, or when there is none
     */
    public String load(Path file) {
        long nanos = nanos();
        long wall = clock.wallMillis();
        CounterSnapshot.Content content = CounterSnapshot.read(file);
        for (CounterSnapshot.Entry entry : content.entries()) {
            ActiveRule rule = book.get().find(entry.ruleId());
            CounterKey key = rule == null || !rule.isKept() ? null : CounterKey.of(rule, entry.subject());
            if (key != null) {
                counters.of(key, nanos, wall).restore(entry.startMillis(), entry.used(), nanos, wall);
            }
        }
        return content.problem();
    }

    /** Where what nodes share is leased; null: nothing is shared. Thread: any. */
    public void shareThrough(@Nullable LeaseBroker broker) {
        leases.shareThrough(broker);
    }

    /**
     * Renews leases, reports what was spent of them, and gives back those that nobody asks for. To be called four times a
     * second while something is shared. Thread: any, one at a time.
     */
    public void tend() {
        leases.tend();
    }

    /** Gives all leases back. What comes afterwards takes new ones. */
    @Override
    public void close() {
        leases.giveBack();
    }

    /** What rules have decided, since the start. */
    public Decisions decisions() {
        return decisions;
    }

    /** Where calls wait whose rules let them; null: none does. Thread: any. */
    public void waitIn(@Nullable FairQueue line) {
        queue = line;
    }

    /** Whether others wait for the same, and it is not this one's turn. */
    private boolean standsBehind(LimitRule terms, CounterKey key, Grant grant) {
        FairQueue waiting = queue;
        return terms.queueMillis() > 0 && waiting != null && waiting.holdsBack(key, grant.place());
    }

    /** @return false when there is not so much, which {@code grant} knows why, or when it has to be leased first */
    private boolean take(ActiveRule rule, LimitCall call, Grant grant, long nanos, long wall) {
        LimitRule terms = rule.rule();
        Measure measure = terms.measure();
        long limit = rule.limit(call.sharePercent());
        if (measure == Measure.COST && call.rates() == null && terms.strict()) {
            grant.refuse(new Refusal(Refusal.Reason.UNAVAILABLE, terms, 0, 0, limit, 0));
            return false;
        }
        long need = Reservation.need(measure, call, grant);
        long extra = Reservation.ahead(measure, call.inputTokens(), call.expectedOutputTokens(), grant);
        CounterKey key = grant.key();
        key.fill(rule, call);
        Hold hold = grant.nextHold();
        LeaseBroker broker = leases.broker();
        while (true) {
            Counter counter = counters.of(key, nanos, wall);
            hold.begin(rule, counter, limit);
            long amount = limit == 0 || standsBehind(terms, key, grant)
                    ? Tally.REFUSED
                    : broker == null
                            ? counter.take(hold, nanos, wall, need, extra)
                            : shared.take(broker, counter, hold, nanos, wall, need, extra);
            if (amount >= 0) {
                return true;
            }
            if (amount == SharedCounters.LATER && broker != null) {
                grant.lack(counter.pool(broker, leases, rule.limit(100), nanos, wall), need);
                return false;
            }
            if (amount != Tally.GONE) {
                grant.standRefused(counter.whole(hold.limit));
                refuse(amount, hold, need, grant, nanos, wall);
                return false;
            }
        }
    }

    private static boolean isTooLarge(ActiveRule rule, LimitCall call, Grant grant) {
        LimitRule terms = rule.rule();
        long asked = terms.measure() == Measure.MAX_TOKENS ? call.maxTokens() : call.bodyBytes();
        if (asked <= terms.limit()) {
            return false;
        }
        grant.refuse(new Refusal(Refusal.Reason.TOO_LARGE, terms, 0, asked, terms.limit(), 0));
        return true;
    }

    /** All rules agree. */
    private void keep(Grant grant, LimitCall call, long nanos, long wall) {
        long covered = Long.MAX_VALUE;
        for (int i = 0; i < grant.count(); i++) {
            Hold hold = grant.hold(i);
            Counter counter = hold.counter;
            ActiveRule rule = hold.rule;
            if (counter == null || rule == null) {
                continue;
            }
            Measure measure = rule.rule().measure();
            if (measure == Measure.REQUESTS) {
                SharedCounters.settle(hold.pool, hold, 1, measure);
                counter.settle(hold, nanos, 1);
            } else if (measure.isKnownLate()) {
                long ahead = hold.amount - Reservation.need(measure, call, grant);
                covered = Math.min(covered, Reservation.covered(measure, ahead, call.expectedOutputTokens(), grant));
            }
            long taken = counter.taken(hold.limit, nanos, wall);
            long whole = counter.whole(hold.limit);
            int passed = thresholds.onTaken(rule, counter, taken, whole, nanos, wall);
            decisions.onAdmitted(rule);
            stand(hold, counter, taken, whole);
            grant.warn(passed, rule.rule().name());
        }
        grant.cover(covered);
        grant.open();
    }

    /** Notes what is left where {@code hold} is. */
    private static void stand(Hold hold, Counter counter, long taken, long whole) {
        LeasePool pool = counter.pool();
        long elsewhere = pool == null ? 0 : pool.usedByOthers(taken);
        hold.stand(whole, Math.max(0, whole - taken - elsewhere));
    }

    /** Not all rules agree: what was taken is given back, the last one first. */
    private void letGo(Grant grant, long nanos) {
        for (int i = grant.count() - 1; i >= 0; i--) {
            Hold hold = grant.hold(i);
            ActiveRule rule = hold.rule;
            if (hold.counter != null && rule != null && hold.isOpen) {
                SharedCounters.settle(hold.pool, hold, 0, rule.rule().measure());
                hold.counter.settle(hold, nanos, 0);
                onReleased(rule, hold.counter);
            }
        }
    }

    /** Somebody may be waiting for it. */
    private void onReleased(ActiveRule rule, Counter counter) {
        if (rule.rule().queueMillis() > 0 && queue != null) {
            queue.onReleased(counter.key());
        }
    }

    /** @param why what {@link Counter#take} or {@link SharedCounters} has answered */
    private void refuse(long why, Hold hold, long asked, Grant grant, long nanos, long wall) {
        Counter counter = Objects.requireNonNull(hold.counter, "asked before");
        ActiveRule rule = Objects.requireNonNull(hold.rule, "asked before");
        LimitRule terms = rule.rule();
        long limit = hold.limit;
        long whole = counter.whole(limit);
        long used = counter.taken(limit, nanos, wall);
        if (why == SharedCounters.AWAY) {
            grant.refuse(new Refusal(Refusal.Reason.UNAVAILABLE, terms, used, asked, whole, 0));
            return;
        }
        thresholds.onSpent(rule, counter, limit, nanos, wall);
        boolean isMoney = terms.measure() == Measure.COST;
        if (!isMoney && limit > 0 && asked > whole) {
            grant.refuse(new Refusal(Refusal.Reason.TOO_LARGE, terms, used, asked, whole, 0));
            return;
        }
        LeasePool pool = counter.pool();
        long retry = limit == 0 ? 0 : counter.retryMillis(limit, nanos, wall, asked);
        if (why == SharedCounters.EXHAUSTED && pool != null) {
            retry = pool.retryMillis(nanos);
            used += pool.usedByOthers(used);
        }
        grant.refuse(
                new Refusal(isMoney ? Refusal.Reason.BUDGET : Refusal.Reason.RATE, terms, used, asked, whole, retry));
    }

    /** How many counters there are. */
    int size() {
        return counters.size();
    }

    private long nanos() {
        return clock.nanoTime() - originNanos;
    }
}
