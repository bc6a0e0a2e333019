package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When the tables are as this version wants them, they are left alone; whenever that is not sure, they are looked after. */
final class MigrationsIT {
    private static EmbeddedPostgres server;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(
                        Path.of("target", "postgres-bin").toAbsolutePath().toFile())
                .setLocaleConfig("locale", "C")
                .start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
    }

    private static DataSource database() {
        return server.getPostgresDatabase();
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = database().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @BeforeEach
    void forget() throws SQLException {
        execute("DROP SCHEMA IF EXISTS sluice CASCADE");
    }

    /** Which also shows that it knows how many files there are. */
    @Test
    void isCurrentAfterwardsAndNotBefore() {
        assertThat(Migrations.isCurrent(database())).isFalse();

        assertThat(Migrations.apply(database())).isEqualTo(Migrations.NEWEST);

        assertThat(Migrations.isCurrent(database())).isTrue();
        assertThat(Migrations.apply(database())).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE sluice.schema_history SET success = false WHERE version = '5'",
                "DELETE FROM sluice.schema_history WHERE version = '5'",
                "UPDATE sluice.schema_history SET version = '6' WHERE version = '5'",
                "UPDATE sluice.schema_history SET version = '5.1' WHERE version = '5'",
                "DROP TABLE sluice.schema_history"
            })
    void isNotCurrentWhenSomethingIsOdd(String oddity) throws SQLException {
        Migrations.apply(database());

        execute(oddity);

        assertThat(Migrations.isCurrent(database())).isFalse();
    }
}
