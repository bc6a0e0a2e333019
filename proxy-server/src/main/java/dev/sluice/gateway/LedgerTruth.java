package dev.sluice.gateway;

import dev.sluice.gateway.account.ConnectionSource;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.store.LedgerSums;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the {@link Limiter} what the ledger says: what other gateways have spent, and what this one had before it was started.
 *
 * <pre>
 *   each second  counters that are new ──┐
 *   each minute  all of them ────────────┼──▶ one statement for each rule ──▶ raise
 *   each 5 s     all of them, as long as ┘
 *                earlier lives' events are not stored
 * </pre>
 *
 * <p>What this gateway has spent in this life its counters know by themselves, so that events that are not in PostgreSQL yet are
 * missing only where a counter has been forgotten: of an earlier life, whose journal the usage writer is storing, or of
 * another gateway. Both are made good at the next look after they are stored, for counters only ever rise to what the ledger
 * says.
 *
 * <p>Thread: {@link #look} one; the rest any.
 */
final class LedgerTruth {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerTruth.class);
    private static final long MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long HURRY_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** An idle journal is soon stored; under load something always waits. */
    private static final long LONGEST_HURRY_NANOS = TimeUnit.MINUTES.toNanos(2);

    /** SQLSTATE of a statement that took longer than allowed. */
    private static final String GAVE_UP = "57014";

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(2);

    /** What one statement asks about. */
    private record Question(LimitRule rule, long windowStartMillis) {}

    private final Limiter limiter;
    private final ConnectionSource connections;
    private final LongSupplier pending;
    private final LongSupplier nanoTime;
    private final long startNanos;
    private final Set<String> slow = new HashSet<>();
    private long lookedNanos;
    private long retryNanos;
    private boolean looked;
    private boolean caughtUp;
    private volatile @Nullable String failure;

    /**
     * @param pending events that are not in PostgreSQL yet
     * @param nanoTime monotonic
     */
    LedgerTruth(Limiter limiter, ConnectionSource connections, LongSupplier pending, LongSupplier nanoTime) {
        this.limiter = limiter;
        this.connections = connections;
        this.pending = pending;
        this.nanoTime = nanoTime;
        this.startNanos = nanoTime.getAsLong();
    }

    /** Why the ledger could not be asked; null when it could. */
    @Nullable
    String failure() {
        return failure;
    }

    /** Asks what is to be asked now. To be called about once a second. */
    void look() {
        long now = nanoTime.getAsLong();
        if (failure != null && now - retryNanos < 0) {
            return;
        }
        boolean everything = isEverythingDue(now);
        boolean allWasStored = pending.getAsLong() == 0;
        List<Limiter.Counted> asked = everything ? limiter.counted() : limiter.notCompared();
        Map<Question, List<Limiter.Counted>> questions = new LinkedHashMap<>();
        for (Limiter.Counted counter : asked) {
            if (LedgerSums.canTell(counter.rule())) {
                questions
                        .computeIfAbsent(
                                new Question(counter.rule(), counter.windowStartMillis()),
                                question -> new ArrayList<>())
                        .add(counter);
            }
        }
        if (!ask(questions)) {
            retryNanos = now + RETRY_NANOS;
            return;
        }
        asked.forEach(limiter::onCompared);
        if (everything) {
            looked = true;
            lookedNanos = now;
            caughtUp = caughtUp || allWasStored || now - startNanos > LONGEST_HURRY_NANOS;
        }
    }

    private boolean isEverythingDue(long now) {
        return !looked || now - lookedNanos >= (caughtUp ? MINUTE_NANOS : HURRY_NANOS);
    }

    private boolean ask(Map<Question, List<Limiter.Counted>> questions) {
        if (questions.isEmpty() && failure == null) {
            return true;
        }
        try (Connection connection = connections.open()) {
            LedgerSums ledger = new LedgerSums(connection);
            for (Map.Entry<Question, List<Limiter.Counted>> question : questions.entrySet()) {
                List<Limiter.Counted> counters = question.getValue();
                for (int from = 0; from < counters.size(); from += LedgerSums.MOST_AT_ONCE) {
                    int to = Math.min(counters.size(), from + LedgerSums.MOST_AT_ONCE);
                    askPatiently(ledger, question.getKey(), counters.subList(from, to));
                }
            }
        } catch (SQLException e) {
            onFailure(String.valueOf(e.getMessage()));
            return false;
        }
        onSuccess();
        return true;
    }

    /** A question that takes too long does not keep the others from being answered; it is put again with the next look. */
    private void askPatiently(LedgerSums ledger, Question question, List<Limiter.Counted> counters)
            throws SQLException {
        try {
            ask(ledger, question, counters);
            slow.remove(question.rule().id());
        } catch (SQLException e) {
            if (!GAVE_UP.equals(e.getSQLState())) {
                throw e;
            }
            if (slow.add(question.rule().id())) {
                LOG.atWarn()
                        .addKeyValue("rule", question.rule().id())
                        .log("the ledger takes too long to tell what was spent under a rule of limits");
            }
        }
    }

    private void ask(LedgerSums ledger, Question question, List<Limiter.Counted> counters) throws SQLException {
        Map<List<String>, Limiter.Counted> byValues = new HashMap<>();
        counters.forEach(counter -> byValues.put(counter.values(), counter));
        Map<List<String>, Long> spent =
                ledger.spent(question.rule(), question.windowStartMillis(), List.copyOf(byValues.keySet()));
        spent.forEach((values, used) -> {
            Limiter.Counted counter = byValues.get(values);
            if (counter != null && used > 0) {
                limiter.raise(question.rule().id(), counter.subject(), question.windowStartMillis(), used);
            }
        });
    }

    private void onFailure(String why) {
        if (failure == null) {
            LOG.atWarn()
                    .addKeyValue("why", why)
                    .log("limits are not compared with the ledger; what is counted here goes on to hold");
        }
        failure = why;
    }

    private void onSuccess() {
        if (failure != null) {
            failure = null;
            LOG.atInfo().log("limits are compared with the ledger again");
        }
    }
}
