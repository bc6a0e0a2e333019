package dev.sluice.gateway.usage;

import dev.sluice.gateway.store.Migrations;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A real PostgreSQL that a test may kill, stop in its tracks and start again on the same port. */
final class LivePostgres implements ConnectionSource, AutoCloseable {
    private final Path data;
    private EmbeddedPostgres server;

    LivePostgres(Path directory) throws IOException {
        data = directory.resolve("postgres");
        server = start(0);
        Migrations.apply(server.getPostgresDatabase());
    }

    private EmbeddedPostgres start(int port) throws IOException {
        return EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(
                        Path.of("target", "postgres-bin").toAbsolutePath().toFile())
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(port)
                .setLocaleConfig("locale", "C")
                // Both off in this library, which makes a killed server forget what it had committed.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("shared_buffers", "32MB")
                .setServerConfig("unix_socket_directories", "")
                .setPGStartupWait(Duration.ofSeconds(60))
                .start();
    }

    /** As the gateway connects, with a short read timeout so that tests of hung servers are short. */
    @Override
    public Connection open() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.getPort()
                + "/postgres?user=postgres&connectTimeout=2&socketTimeout=2"
                + "&options=-c%20statement_timeout=10000%20-c%20lock_timeout=2000");
    }

    /** Without the short read timeout. */
    Connection patient() throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + server.getPort() + "/postgres?user=postgres");
    }

    long count(String sql) throws SQLException {
        try (Connection connection = patient();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = patient();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** kill -9 of the server; its helpers notice and go. */
    void kill() throws IOException {
        ProcessHandle postmaster = postmaster();
        List<ProcessHandle> helpers = postmaster.descendants().toList();
        postmaster.destroyForcibly();
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .until(() -> !postmaster.isAlive() && helpers.stream().noneMatch(ProcessHandle::isAlive));
    }

    void restart() throws IOException {
        int port = server.getPort();
        // Only lets go of the lock file: there is no server any more.
        server.close();
        server = start(port);
    }

    /** Freezes the server with all its helpers: connections stay open, nothing is answered. */
    void freeze() throws IOException, InterruptedException {
        signal("STOP");
    }

    void thaw() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        ProcessHandle postmaster = postmaster();
        String pids = Stream.concat(Stream.of(postmaster), postmaster.descendants())
                .map(process -> String.valueOf(process.pid()))
                .collect(Collectors.joining(" "));
        new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + pids)
                .start()
                .waitFor(10, TimeUnit.SECONDS);
    }

    /** What the server's processes that are alive have used. */
    Duration cpu() throws IOException {
        return Stream.concat(Stream.of(postmaster()), postmaster().descendants())
                .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    private ProcessHandle postmaster() throws IOException {
        long pid = Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
        return ProcessHandle.of(pid).orElseThrow();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
