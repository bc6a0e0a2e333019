package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose is what providers keep: written down once, found by every gateway. */
class KeptTableIT {
    private static final Duration SOON = Duration.ofSeconds(10);

    @TempDir
    static Path dataDir;

    private static Database database;

    private final KeptTable table = new KeptTable(database);

    @BeforeAll
    static void start() {
        database = OwnDatabase.startedIn(dataDir);
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @AfterEach
    void close() {
        table.close();
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private void awaitWritten(String id) {
        await(id).atMost(SOON).until(() -> table.find(id) != null);
    }

    @Test
    void whatIsNotedIsFoundAndTheFirstOneIsRight() throws Exception {
        table.start();
        table.note("file-1", "alpha", "blue");
        awaitWritten("file-1");
        table.note("file-1", "beta", "red");
        table.note("file-2", "beta", "red");
        awaitWritten("file-2");

        assertThat(table.find("file-1")).isEqualTo(new KeptTable.Kept("alpha", "blue"));
        assertThat(table.find("file-3")).isNull();
        assertThat(table.lost()).isZero();
    }

    @Test
    void whatIsNotedWhileNothingCanBeWrittenIsWrittenLater() throws Exception {
        table.start();
        execute("ALTER TABLE sluice.kept_object RENAME TO hidden");
        try {
            table.note("file-4", "alpha", "blue");
            assertThatThrownBy(() -> table.find("file-4")).isInstanceOf(IOException.class);
        } finally {
            execute("ALTER TABLE sluice.hidden RENAME TO kept_object");
        }

        awaitWritten("file-4");
    }

    @Test
    void textThatNoDatabaseTakesStopsNothing() throws Exception {
        table.start();
        table.note("file-\0", "alpha", "blue");
        await().atMost(SOON).until(() -> table.lost() == 1);
        table.note("file-5", "alpha", "blue");

        awaitWritten("file-5");
    }

    @Test
    void answersThatTheirProviderHasForgottenAreForgotten() throws Exception {
        execute("INSERT INTO sluice.kept_object VALUES ('resp_old', 'alpha', 'blue', now() - interval '61 days'),"
                + " ('file-old', 'alpha', 'blue', now() - interval '61 days')");
        table.start();
        table.note("resp_new", "alpha", "blue");
        awaitWritten("resp_new");
        await().atMost(SOON).until(() -> table.find("resp_old") == null);

        assertThat(table.find("file-old")).isNotNull();
    }

    @Test
    void whatWaitsWhenItIsClosedIsWritten() throws Exception {
        table.note("file-6", "alpha", "blue");
        table.start();
        table.close();

        assertThat(table.find("file-6")).isNotNull();
    }
}
