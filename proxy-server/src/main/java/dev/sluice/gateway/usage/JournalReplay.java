package dev.sluice.gateway.usage;

import dev.sluice.gateway.journal.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Brings the journal of a gateway that no longer runs into PostgreSQL, from any machine, as that gateway's next start
 * would: the same merge, so that it may be done any number of times. Nothing is deleted before everything is committed.
 *
 * <p>Thread: the caller's, which it blocks.
 */
public final class JournalReplay {
    private static final int BATCH = 4_000;

    private final ConnectionSource connections;
    private final Keeping keeping;
    private final Pricing pricing;
    private final InstantSource clock;
    private final Duration patience;

    /** @param patience how long after the beginning it is tried again when PostgreSQL is away */
    public JournalReplay(
            ConnectionSource connections, Keeping keeping, Pricing pricing, InstantSource clock, Duration patience) {
        this.connections = connections;
        this.keeping = keeping;
        this.pricing = pricing;
        this.clock = clock;
        this.patience = patience;
    }

    /**
     * What was found and stored; what was there already counts.
     *
     * @param recovered attempts that had ended
     * @param interrupted attempts that a crash cut
     * @param deadLetters events and records that have no row, and are kept as dead letters
     * @param undecodable of these: records that this program cannot read
     * @param damagedSegments files with places that cannot be read; they are set aside and not deleted
     */
    public record Report(
            int segments, long recovered, long interrupted, long deadLetters, long undecodable, int damagedSegments) {}

    /**
     * @throws IOException when the directory is no journal, is in use, or cannot be emptied
     * @throws SQLException when PostgreSQL does not take everything; the journal is then as it was
     */
    public Report run(Path directory) throws IOException, SQLException {
        Delivery delivery = new Delivery(connections, keeping, clock, Pace.DEFAULT);
        try (JournalReader journal = JournalReader.ofDirectory(directory)) {
            delivery.stop(System.nanoTime() + patience.toNanos());
            JournalRecovery recovery = new JournalRecovery(journal, delivery, pricing, BATCH);
            JournalReader.Recovery found = recovery.run(() -> true);
            if (found == null) {
                throw new SQLException("PostgreSQL did not take what is in " + directory + ": " + delivery.lastError());
            }
            return new Report(
                    found.segments(),
                    recovery.recovered(),
                    recovery.interrupted(),
                    delivery.deadLettered(),
                    recovery.undecodable(),
                    found.damagedSegments());
        } finally {
            delivery.close();
        }
    }
}
