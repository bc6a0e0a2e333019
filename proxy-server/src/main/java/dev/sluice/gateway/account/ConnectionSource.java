package dev.sluice.gateway.account;

import java.sql.Connection;
import java.sql.SQLException;

/** Gives connections to the database; closing one gives it back. Thread: any that may block. */
@FunctionalInterface
public interface ConnectionSource {
    Connection open() throws SQLException;
}
