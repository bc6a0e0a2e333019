package dev.sluice.gateway.store;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import io.zonky.test.db.postgres.embedded.PgBinaryResolver;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL that comes with the gateway, for those who bring none. Its data are in {@code <data_dir>/postgres} and
 * outlive the gateway.
 *
 * <p>A gateway that is killed leaves its server running: the next one finds it through {@code postmaster.pid} and adopts
 * it. A lock file keeps two gateways from sharing one. The server listens on the loopback address alone and asks for a
 * password that only this user can read; there is no moment without it, for it is set before the first start.
 *
 * <p>Thread: {@code sluice-database}.
 */
final class EmbeddedServer {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedServer.class);
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(10);

    private final Path dataDir;
    private final Path cluster;
    private final Path binaries;
    private final Path unfinished;
    private @Nullable FileChannel lockChannel;
    private @Nullable EmbeddedPostgres own;
    private int port;

    EmbeddedServer(Path dataDir, Path binaries) {
        this.dataDir = dataDir.toAbsolutePath().normalize();
        this.cluster = this.dataDir.resolve("postgres");
        this.binaries = binaries.toAbsolutePath().normalize();
        this.unfinished = this.dataDir.resolve("postgres.unfinished");
    }

    /**
     * Starts the server, or adopts the one that already runs on this directory; does nothing when it runs already.
     *
     * @return what the driver needs to connect
     */
    Properties ensureRunning() throws IOException, SQLException {
        Files.createDirectories(dataDir);
        lock();
        PostmasterFile file = PostmasterFile.read(cluster);
        ProcessHandle process = file == null ? null : file.process();
        if (file != null && process != null) {
            if (!PostmasterFile.isAnotherProgram(process)) {
                Properties connection = adopt(file);
                Files.deleteIfExists(unfinished);
                return connection;
            }
            // PostgreSQL itself would take the living process for its own and refuse to start.
            LOG.atInfo()
                    .addKeyValue("pid", file.pid())
                    .log("removing a stale postmaster.pid: the process is another program's");
            Files.delete(cluster.resolve(PostmasterFile.NAME));
        }
        start();
        // Only now, and before anybody can store a row: from here on the directory is never thrown away.
        Files.deleteIfExists(unfinished);
        return connection(port);
    }

    private Properties adopt(PostmasterFile file) throws IOException, SQLException {
        Properties connection = connection(file.port());
        Properties impatient = connection(file.port());
        impatient.setProperty(PGProperty.CONNECT_TIMEOUT.getName(), "3");
        impatient.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), "5");
        try (Connection probe = DriverManager.getConnection("jdbc:postgresql:", impatient);
                Statement statement = probe.createStatement();
                ResultSet answer = statement.executeQuery("SHOW data_directory")) {
            answer.next();
            Path served = Path.of(answer.getString(1));
            if (!Files.isSameFile(served, cluster)) {
                throw new IOException("the server on port " + file.port() + " serves " + served + ", not " + cluster);
            }
        }
        if (own == null && port != file.port()) {
            LOG.atInfo()
                    .addKeyValue("pid", file.pid())
                    .addKeyValue("port", file.port())
                    .log("adopted the embedded PostgreSQL of an earlier run");
        }
        port = file.port();
        return connection;
    }

    private void start() throws IOException {
        forget();
        boolean first = prepareDirectory();
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(binaries.toFile())
                .setPgBinaryResolver(new Unpacked(binaries))
                .setDataDirectory(cluster)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setLocaleConfig("locale", "C")
                .setConnectConfig("password", password())
                .setDataDirectoryCustomizer(directory -> secure(directory, first))
                // Beside its log's file the server has no use for ours: a pipe would break when we are killed.
                .setErrorRedirector(log())
                .setOutputRedirector(log());
        serverSettings(builder);
        try {
            own = builder.start();
            port = own.getPort();
        } catch (IOException | RuntimeException e) {
            // Somebody may have taken the port meanwhile: the next attempt chooses another one.
            port = 0;
            throw new IOException("the embedded PostgreSQL did not start; see " + logFile(), e);
        }
    }

    private static void serverSettings(EmbeddedPostgres.Builder builder) {
        builder.setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("max_connections", "20")
                .setServerConfig("shared_buffers", "32MB")
                .setServerConfig("timezone", "UTC")
                .setServerConfig("log_timezone", "UTC")
                // The library is made for tests: it turns both off, and then a commit survives neither a power loss nor
                // even the server's own death.
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                // Statements and the values in them stay out of the server's log.
                .setServerConfig("log_min_error_statement", "panic")
                .setServerConfig("log_error_verbosity", "terse");
    }

    /** A first initialisation that was cut short leaves half a cluster that holds nobody's data: begin anew. */
    private boolean prepareDirectory() throws IOException {
        if (Files.exists(unfinished)) {
            deleteTree(cluster);
        }
        boolean first = !Files.exists(cluster.resolve("PG_VERSION"));
        if (first) {
            Files.write(unfinished, new byte[0]);
        }
        return first;
    }

    /** Called between the cluster's creation and the server's start. */
    private void secure(File directory, boolean first) {
        if (!first) {
            return;
        }
        try {
            run(
                    "ALTER ROLE postgres PASSWORD '" + password() + "'\n",
                    binary("postgres"),
                    "--single",
                    "-D",
                    directory.getPath(),
                    "postgres");
            Files.writeString(directory.toPath().resolve("pg_hba.conf"), """
                    # Written by Sluice: this machine only, and never without the password.
                    host all all 127.0.0.1/32 scram-sha-256
                    """);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void run(String input, String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(command));
        if ("root".equals(System.getProperty("user.name")) && Files.isExecutable(Path.of("/usr/bin/unshare"))) {
            // PostgreSQL refuses to run as root; in a user namespace of its own it does not see that it does.
            line.addAll(0, List.of("/usr/bin/unshare", "-U"));
        }
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log())
                .start();
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(command[0] + " failed; see " + logFile());
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command[0] + " ran", e);
        }
    }

    private String binary(String name) throws IOException {
        try (Stream<Path> found = Files.find(binaries, 3, (path, attributes) -> path.endsWith("bin/" + name))) {
            return found.findFirst()
                    .orElseThrow(() -> new IOException("no " + name + " under " + binaries))
                    .toString();
        }
    }

    /** Stops the server, whoever started it. Clients are disconnected, what was committed is on the disk. */
    void stop() throws IOException {
        try {
            if (own != null) {
                own.close();
                own = null;
            }
            PostmasterFile file = lockChannel == null ? null : PostmasterFile.read(cluster);
            ProcessHandle process = file == null ? null : file.process();
            if (process != null && !PostmasterFile.isAnotherProgram(process)) {
                // SIGINT is PostgreSQL's "fast" shutdown, SIGQUIT its "immediate" one.
                if (!signal(process, "INT", STOP_PATIENCE) && !signal(process, "QUIT", STOP_PATIENCE)) {
                    LOG.atWarn().addKeyValue("pid", process.pid()).log("the embedded PostgreSQL does not stop");
                }
            }
        } finally {
            unlock();
        }
    }

    private static boolean signal(ProcessHandle process, String name, Duration patience) throws IOException {
        new ProcessBuilder("/bin/sh", "-c", "kill -" + name + " " + process.pid()).start();
        try {
            process.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            return false;
        }
    }

    /** Lets go of a server of ours that died, so that a new one can be started in its place. */
    private void forget() throws IOException {
        if (own != null) {
            LOG.atWarn().addKeyValue("port", port).log("the embedded PostgreSQL died; starting it again");
            own.close();
            own = null;
        }
    }

    private Properties connection(int serverPort) throws IOException {
        Properties properties = new Properties();
        properties.setProperty(PGProperty.PG_HOST.getName(), "127.0.0.1");
        properties.setProperty(PGProperty.PG_PORT.getName(), String.valueOf(serverPort));
        properties.setProperty(PGProperty.PG_DBNAME.getName(), "postgres");
        properties.setProperty(PGProperty.USER.getName(), "postgres");
        properties.setProperty(PGProperty.PASSWORD.getName(), password());
        return properties;
    }

    private String password() throws IOException {
        Path file = dataDir.resolve("postgres.password");
        if (!Files.exists(file)) {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            Path draft = dataDir.resolve("postgres.password.new");
            Files.deleteIfExists(draft);
            Files.createFile(draft, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Files.writeString(draft, HexFormat.of().formatHex(random));
            Files.move(draft, file);
        }
        return Files.readString(file).strip();
    }

    private void lock() throws IOException {
        if (lockChannel != null) {
            return;
        }
        Path file = dataDir.resolve("postgres.lock");
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new IOException("another gateway uses the embedded PostgreSQL in " + dataDir
                    + "; give each its own data_dir, or one PostgreSQL to all by database.url");
        }
        lockChannel = channel;
    }

    private void unlock() throws IOException {
        if (lockChannel != null) {
            lockChannel.close();
            lockChannel = null;
        }
    }

    private Path logFile() {
        return dataDir.resolve("postgres.log");
    }

    private ProcessBuilder.Redirect log() {
        return ProcessBuilder.Redirect.appendTo(logFile().toFile());
    }

    /**
     * The library's programs, unpacked once into each directory. It remembers by the resolver alone where it unpacked them,
     * so that with its own one it would start them from wherever the first server of this process did.
     */
    private record Unpacked(Path directory) implements PgBinaryResolver {
        @Override
        public InputStream getPgBinary(String system, String architecture) throws IOException {
            return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, architecture);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
    }
}
