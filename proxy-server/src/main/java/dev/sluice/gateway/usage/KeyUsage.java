package dev.sluice.gateway.usage;

import dev.sluice.gateway.exchange.UsageLookup;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells callers what their key has used: {@code GET /v1/usage}. A {@link KeyReport} is made on a thread of its own.
 *
 * <p>The bounds keep callers out of the operators' way: {@link #MOST_AT_ONCE} questions, one for each key, on a pool of
 * four connections. Thread: {@link #find} any; the looking, a virtual one for each question.
 */
public final class KeyUsage implements UsageLookup {
    static final int MOST_AT_ONCE = 2;

    private static final Logger LOG = LoggerFactory.getLogger(KeyUsage.class);

    private final ConnectionSource connections;
    private final LongSupplier pending;
    private final InstantSource clock;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);
    private final Set<String> asking = ConcurrentHashMap.newKeySet();

    /** @param pending events not yet in PostgreSQL */
    public KeyUsage(ConnectionSource connections, LongSupplier pending, InstantSource clock) {
        this.connections = connections;
        this.pending = pending;
        this.clock = clock;
    }

    @Override
    public void find(Question question, Receiver receiver) {
        KeyReport report;
        try {
            report = KeyReport.about(question, clock.instant());
        } catch (UsagePeriod.InvalidException e) {
            receiver.onAnswer(new Invalid(e.parameter(), String.valueOf(e.getMessage())));
            return;
        }
        String keyId = question.keyId();
        if (!asking.add(keyId)) {
            receiver.onAnswer(Unanswered.KEY_BUSY);
            return;
        }
        if (!places.tryAcquire()) {
            asking.remove(keyId);
            receiver.onAnswer(Unanswered.BUSY);
            return;
        }
        Thread.ofVirtual().name("sluice-usage").start(() -> {
            Answer answer;
            try {
                answer = look(report);
            } finally {
                // Before anybody hears of the answer, and asks again.
                places.release();
                asking.remove(keyId);
            }
            receiver.onAnswer(answer);
        });
    }

    private Answer look(KeyReport report) {
        try (Connection connection = connections.open()) {
            return new Found(report.read(connection, pending.getAsLong()));
        } catch (SQLException e) {
            // Those who own the database say once that it is away; callers must not be able to fill the log.
            LOG.atDebug().setCause(e).log("a key's usage cannot be read from the database");
            return Unanswered.AWAY;
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a key's usage could not be looked up");
            return Unanswered.FAILED;
        }
    }
}
