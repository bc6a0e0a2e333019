package dev.sluice.gateway.store;

import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/**
 * Brings the schema {@code sluice} to this version's state. Several gateways may try at once: Flyway takes an advisory
 * lock, the first one works, the others find nothing to do. Thread: {@code sluice-database}, or a command's.
 */
public final class Migrations {
    private Migrations() {}

    /** @return how many migrations were applied */
    public static int apply(DataSource target) {
        return Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(target)
                .schemas("sluice")
                .table("schema_history")
                .locations("classpath:db/migration")
                .load()
                .migrate()
                .migrationsExecuted;
    }
}
