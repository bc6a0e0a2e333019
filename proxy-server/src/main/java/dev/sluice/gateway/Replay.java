package dev.sluice.gateway;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.store.Database;
import dev.sluice.gateway.usage.JournalReplay;
import dev.sluice.gateway.usage.Keeping;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Stores the journal of a gateway that will not come back. Joins the parts that this takes, as {@link Gateway} does for a
 * running one.
 *
 * <p>Thread: the caller's, which it blocks.
 */
public final class Replay {
    /** An embedded database has to start first. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Replay() {}

    /**
     * @param config says which database, prices and retention
     * @param journal the folder with the segments
     * @throws IOException when that is no journal, is in use, or cannot be emptied
     * @throws SQLException when PostgreSQL does not take everything; the journal is then as it was
     */
    public static JournalReplay.Report run(GatewayConfig config, Path journal) throws IOException, SQLException {
        BookPricing pricing = new BookPricing(PriceBook.load(config.usage().prices(), config.providers()));
        try (Database database = Database.create(config.database(), config.dataDir())) {
            database.start();
            return new JournalReplay(
                            database::connect,
                            new Keeping(config.usage().retention(), pricing),
                            pricing,
                            InstantSource.system(),
                            PATIENCE)
                    .run(journal);
        }
    }
}
