package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.SQLException;

/** Where this room gets its connections to PostgreSQL. Thread: one that may block. */
@FunctionalInterface
public interface ConnectionSource {

    /** @return a connection that the caller closes */
    Connection open() throws SQLException;
}
