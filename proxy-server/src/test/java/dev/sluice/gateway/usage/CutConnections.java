package dev.sluice.gateway.usage;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Connections of which two in three break around their commit: one just before, one just after it has happened. Whoever
 * commits cannot tell which.
 */
final class CutConnections implements ConnectionSource {
    private final LivePostgres postgres;
    private int commits;
    private int before;
    private int after;

    CutConnections(LivePostgres postgres) {
        this.postgres = postgres;
    }

    int cutBefore() {
        return before;
    }

    int cutAfter() {
        return after;
    }

    @Override
    public Connection open() throws SQLException {
        Connection real = postgres.open();
        return (Connection) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("commit")) {
                        commit(real);
                        return null;
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private void commit(Connection real) throws SQLException {
        switch (commits++ % 3) {
            case 0 -> {
                real.commit();
                after++;
            }
            case 1 -> before++;
            default -> {
                real.commit();
                return;
            }
        }
        real.abort(Runnable::run);
        throw new SQLException("An I/O error occurred while sending to the backend.", "08006");
    }
}
