package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;

/** Databases of the embedded kind, for tests; all share one copy of its programs. */
final class OwnDatabase {
    private static final Path BINARIES = Path.of("target", "postgres-bin");
    private static final Duration LONG = Duration.ofSeconds(90);

    private OwnDatabase() {}

    /** Not started yet. */
    static Database in(Path dataDir) {
        return Database.create(null, dataDir, BINARIES);
    }

    /** Its server alone, not started yet. */
    static EmbeddedServer serverIn(Path dataDir) {
        return new EmbeddedServer(dataDir, BINARIES);
    }

    static Database startedIn(Path dataDir) {
        Database database = in(dataDir);
        database.start();
        awaitUp(database);
        return database;
    }

    static void awaitUp(Database database) {
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(database.state().phase())
                        .as(() -> String.valueOf(database.state().why()))
                        .isEqualTo(Database.Phase.UP));
    }
}
