package dev.sluice.gateway.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Brings the schema {@code sluice} to this version's state. Several gateways may try at once: Flyway takes an advisory
 * lock, the first one works, the others find nothing to do. Thread: {@code sluice-database}, or a command's.
 */
public final class Migrations {
    /** The last of {@code db/migration}. */
    static final int NEWEST = 5;

    /** Counts the migrations that went well, and tells the newest of all. */
    private static final String STATE =
            "SELECT count(*) FILTER (WHERE success), count(*), max(version::int) FROM sluice.schema_history WHERE version IS NOT NULL";

    private Migrations() {}

    /** @return how many migrations were applied */
    public static int apply(DataSource target) {
        // Nearly every start: and four hundred classes are neither loaded nor kept.
        if (isCurrent(target)) {
            return 0;
        }
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(target)
                .schemas("sluice")
                .table("schema_history")
                .locations("classpath:db/migration")
                .load()
                .migrate()
                .migrationsExecuted;
    }

    /** Whether all migrations of this version are applied and none else; whenever it is not sure, it is not so. */
    static boolean isCurrent(DataSource target) {
        try (Connection connection = target.getConnection();
                Statement statement = connection.createStatement()) {
            if (!isThere(statement)) {
                return false;
            }
            try (ResultSet state = statement.executeQuery(STATE)) {
                state.next();
                return state.getInt(1) == NEWEST && state.getInt(2) == NEWEST && state.getInt(3) == NEWEST;
            }
        } catch (SQLException e) {
            // Flyway will say what is wrong.
            return false;
        }
    }

    private static boolean isThere(Statement statement) throws SQLException {
        try (ResultSet table = statement.executeQuery("SELECT to_regclass('sluice.schema_history') IS NOT NULL")) {
            table.next();
            return table.getBoolean(1);
        }
    }
}
