package dev.sluice.gateway.it;

import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL of the tests' own. {@link #shared} starts once for all classes of a run; one can also be killed. */
public final class PostgresServer implements AutoCloseable {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final EmbeddedPostgres postgres;
    private final Path directory;
    /** The process after a kill; before, the embedded server has its own. */
    private @Nullable Process restarted;

    PostgresServer() throws IOException {
        directory = Files.createTempDirectory("sluice-it-postgres");
        postgres = EmbeddedPostgres.builder()
                .setDataDirectory(directory)
                .setServerConfig("fsync", "off")
                // Off by default in the embedded server: a commit that was acknowledged would not survive the kill.
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_connections", "60")
                .setOutputRedirector(ProcessBuilder.Redirect.DISCARD)
                .setErrorRedirector(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    public static PostgresServer shared() {
        return Shared.INSTANCE;
    }

    /** A new empty database; returns its URL in the operator's form. */
    public String newDatabase() throws SQLException {
        String name = "it_" + DATABASES.incrementAndGet();
        try (Connection connection = connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        return "postgres://postgres:postgres@localhost:" + postgres.getPort() + "/" + name;
    }

    /** A connection to the database of an URL that {@link #newDatabase} gave. */
    public static Connection connectTo(String url) throws SQLException {
        return DriverManager.getConnection(
                "jdbc:postgresql:" + url.substring(url.indexOf("//")).replace("postgres:postgres@", ""),
                "postgres",
                "postgres");
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(postgres.getJdbcUrl("postgres", database));
    }

    /** Kills the server as {@code kill -9} does, children included; returns how to start it again. */
    Killed kill() throws IOException {
        ProcessHandle postmaster = postmaster();
        List<ProcessHandle> all = new ArrayList<>(postmaster.descendants().toList());
        String program = postmaster.info().command().orElseThrow();
        all.add(postmaster);
        all.forEach(ProcessHandle::destroyForcibly);
        await("the server is gone")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
        return new Killed(program);
    }

    /** What a test does while the server is away. */
    interface Meanwhile {
        void run() throws Exception;
    }

    /** The server is killed, and started again afterwards, come what may. */
    void whileKilled(Meanwhile meanwhile) throws Exception {
        Killed killed = kill();
        try {
            meanwhile.run();
        } finally {
            killed.restart();
        }
    }

    /** The server stands still: connections stay, new ones are accepted by the system, nothing is answered. */
    void whileFrozen(Meanwhile meanwhile) throws Exception {
        ProcessHandle postmaster = postmaster();
        List<String> pids = Stream.concat(Stream.of(postmaster), postmaster.descendants())
                .map(process -> String.valueOf(process.pid()))
                .toList();
        signal("-STOP", pids);
        try {
            meanwhile.run();
        } finally {
            signal("-CONT", pids);
        }
    }

    private static void signal(String signal, List<String> pids) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kill", signal));
        command.addAll(pids);
        // One that ended meanwhile makes kill complain, and has been told nothing all the same.
        new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor(10, TimeUnit.SECONDS);
    }

    private ProcessHandle postmaster() throws IOException {
        long pid = Long.parseLong(Files.readAllLines(directory.resolve("postmaster.pid"))
                .getFirst()
                .strip());
        return ProcessHandle.of(pid).orElseThrow();
    }

    /** A server that has been killed. */
    final class Killed {
        private final String program;

        private Killed(String program) {
            this.program = program;
        }

        /** Starts it on the same port and data; returns when it answers. */
        void restart() throws IOException {
            Files.deleteIfExists(directory.resolve("postmaster.pid"));
            List<String> command = new ArrayList<>();
            if ("root".equals(System.getProperty("user.name"))) {
                // PostgreSQL refuses to run as root; a user namespace is the way the embedded server goes as well.
                command.addAll(List.of("unshare", "-U"));
            }
            command.addAll(List.of(
                    program, "-D", directory.toString(), "-p", String.valueOf(postgres.getPort()), "-c", "fsync=off"));
            restarted = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(new File("/dev/null"))
                    .start();
            await("the server answers")
                    .atMost(Duration.ofSeconds(30))
                    .pollInterval(Duration.ofMillis(50))
                    .until(PostgresServer.this::answers);
        }
    }

    private boolean answers() {
        try (Connection connection = connect("postgres")) {
            return connection.isValid(1);
        } catch (SQLException notYet) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        if (restarted == null) {
            postgres.close();
        } else {
            restarted.destroy();
            restarted.onExit().orTimeout(20, TimeUnit.SECONDS).join();
            deleteTree(directory);
        }
    }

    /** Deletes a folder with all that is in it. */
    static void deleteTree(Path root) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(root)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    /** The holder idiom: started by the first class that needs it, stopped by the embedded server's own hook. */
    private static final class Shared {
        private static final PostgresServer INSTANCE = start();

        private static PostgresServer start() {
            try {
                return new PostgresServer();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }
}
