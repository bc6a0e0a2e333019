package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.store.Database.Phase;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded database over the lives and deaths of gateways, and the operator's own. */
class DatabaseIT {
    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir
    Path dataDir;

    @Test
    void anEmbeddedDatabaseKeepsItsRowsOverARestartAndAsksForItsPassword() throws Exception {
        int firstPort;
        try (Database database = embedded()) {
            assertThat(database.state().phase()).isEqualTo(Phase.STARTING);
            assertThatThrownBy(database::connect)
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContaining("starting");
            database.start();
            OwnDatabase.awaitUp(database);
            firstPort = port();
            try (Connection connection = database.connect()) {
                assertThat(one(connection, "SHOW fsync")).isEqualTo("on");
                assertThat(one(connection, "SHOW synchronous_commit")).isEqualTo("on");
                assertThat(one(connection, "SHOW statement_timeout")).isEqualTo("10s");
                assertThat(one(connection, "SHOW lock_timeout")).isEqualTo("2s");
                assertThat(one(connection, "SHOW application_name")).isEqualTo("sluice-writer");
                assertThat(one(connection, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
                assertThat(one(connection, "SELECT max(version) FROM sluice.schema_history"))
                        .isEqualTo("5");
                deadLetter(connection, 1);
            }
            assertThat(Files.getPosixFilePermissions(dataDir.resolve("postgres.password")))
                    .isEqualTo(PosixFilePermissions.fromString("rw-------"));
            assertRefused(firstPort, "");
            assertRefused(firstPort, "&password=guess");
        }
        // The server is gone with its gateway.
        assertThat(Files.exists(dataDir.resolve("postgres/postmaster.pid"))).isFalse();

        try (Database database = embedded()) {
            database.start();
            OwnDatabase.awaitUp(database);
            try (Connection connection = database.pooled()) {
                assertThat(one(connection, "SELECT count(*) FROM sluice.usage_dead_letter"))
                        .isEqualTo("1");
                assertThat(one(connection, "SHOW application_name")).isEqualTo("sluice-admin");
            }
        }
    }

    @Test
    void theServerOfAKilledGatewayIsAdoptedAndStoppedInTheEnd() throws Exception {
        Process gateway = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName(),
                        dataDir.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader output = gateway.inputReader()) {
            await().atMost(LONG).until(() -> "up".equals(output.readLine()));
        } finally {
            gateway.destroyForcibly().waitFor();
        }
        ProcessHandle postmaster = postmaster();
        assertThat(postmaster.isAlive()).isTrue();
        int port = port();

        try (Database database = embedded()) {
            database.start();
            OwnDatabase.awaitUp(database);
            assertThat(port()).isEqualTo(port);
            assertThat(postmaster().pid()).isEqualTo(postmaster.pid());
            try (Connection connection = database.connect()) {
                deadLetter(connection, 1);
            }
        }
        assertThat(postmaster.isAlive()).isFalse();
        assertThat(Files.exists(dataDir.resolve("postgres/postmaster.pid"))).isFalse();
    }

    @Test
    void aStalePidFileThatNamesAnotherProgramDoesNotPreventTheStart() throws Exception {
        EmbeddedServer earlier = OwnDatabase.serverIn(dataDir);
        earlier.ensureRunning();
        earlier.stop();
        Files.writeString(
                dataDir.resolve("postgres/postmaster.pid"),
                ProcessHandle.current().pid() + "\n" + dataDir.resolve("postgres") + "\n1\n1\n\n127.0.0.1\n");
        try (Database database = embedded()) {
            database.start();
            OwnDatabase.awaitUp(database);
            assertThat(postmaster().pid()).isNotEqualTo(ProcessHandle.current().pid());
        }
    }

    @Test
    void aSecondGatewayOnTheSameDirectoryWaitsForTheFirst() throws Exception {
        try (Database second = embedded()) {
            try (Database first = embedded()) {
                first.start();
                OwnDatabase.awaitUp(first);
                second.start();
                await().atMost(LONG).until(() -> second.state().phase() == Phase.DOWN);
                assertThat(second.state().why())
                        .contains("another gateway uses")
                        .contains(dataDir.toString());
                assertThat(first.state().phase()).isEqualTo(Phase.UP);
            }
            OwnDatabase.awaitUp(second);
        }
    }

    @Test
    void anEmbeddedServerThatDiesIsStartedAgain() throws Exception {
        try (Database database = embedded()) {
            database.start();
            OwnDatabase.awaitUp(database);
            try (Connection connection = database.connect()) {
                deadLetter(connection, 1);
            }
            ProcessHandle postmaster = postmaster();
            postmaster.destroyForcibly();
            await().atMost(LONG).until(() -> !postmaster.isAlive());
            await().atMost(LONG).ignoreExceptions().until(() -> {
                try (Connection connection = database.pooled()) {
                    return one(connection, "SELECT count(*) FROM sluice.usage_dead_letter")
                            .equals("1");
                }
            });
            OwnDatabase.awaitUp(database);
        }
    }

    @Test
    void aFirstStartThatWasCutShortBeginsAnew() throws Exception {
        Files.createDirectories(dataDir.resolve("postgres"));
        Files.writeString(dataDir.resolve("postgres/postgresql.conf"), "# half a cluster");
        Files.createFile(dataDir.resolve("postgres.unfinished"));
        try (Database database = embedded()) {
            database.start();
            OwnDatabase.awaitUp(database);
            assertThat(Files.exists(dataDir.resolve("postgres.unfinished"))).isFalse();
        }
    }

    @Test
    void theOperatorsDatabaseIsReachedByEitherUrlAndLeftRunning() throws Exception {
        EmbeddedServer theirs = OwnDatabase.serverIn(dataDir);
        theirs.ensureRunning();
        try {
            String password = Files.readString(dataDir.resolve("postgres.password"));
            for (String url : new String[] {
                "postgres://postgres:" + password + "@127.0.0.1:" + port() + "/postgres?sslmode=disable",
                "jdbc:postgresql://127.0.0.1:" + port() + "/postgres?user=postgres&password=" + password
            }) {
                try (Database database = operators(url)) {
                    database.start();
                    OwnDatabase.awaitUp(database);
                    assertThat(database.isEmbedded()).isFalse();
                    try (Connection connection = database.connect()) {
                        assertThat(one(connection, "SHOW statement_timeout")).isEqualTo("10s");
                        deadLetter(connection, url.length());
                    }
                }
                assertThat(postmaster().isAlive()).isTrue();
            }
        } finally {
            theirs.stop();
        }
    }

    @Test
    void anUnreachableDatabaseIsDownWithAReasonAndWithoutThePassword() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        try (Database database = operators("postgres://u:hunter2@127.0.0.1:" + nobody + "/d")) {
            database.start();
            await().atMost(LONG).until(() -> database.state().phase() == Phase.DOWN);
            assertThat(database.state().why()).contains("127.0.0.1:" + nobody).doesNotContain("hunter2");
            assertThatThrownBy(database::connect).isInstanceOf(SQLTransientConnectionException.class);
            assertThatThrownBy(database::pooled).isInstanceOf(SQLTransientConnectionException.class);
        }
    }

    /** A gateway of its own, to be killed. */
    static final class Victim {
        private Victim() {}

        public static void main(String[] arguments) {
            Database database = OwnDatabase.in(Path.of(arguments[0]));
            database.start();
            OwnDatabase.awaitUp(database);
            System.out.println("up");
            while (true) {
                LockSupport.park();
            }
        }
    }

    private Database embedded() {
        return OwnDatabase.in(dataDir);
    }

    private Database operators(String url) {
        return Database.create(new GatewayConfig.Database(new Secret(url)), dataDir);
    }

    private ProcessHandle postmaster() throws IOException {
        return ProcessHandle.of(file().pid()).orElseThrow();
    }

    private int port() throws IOException {
        return file().port();
    }

    private PostmasterFile file() throws IOException {
        return Objects.requireNonNull(PostmasterFile.read(dataDir.resolve("postgres")), "postmaster.pid");
    }

    private static void assertRefused(int port, String credentials) {
        assertThatThrownBy(() -> DriverManager.getConnection(
                        "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres" + credentials))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("password");
    }

    private static void deadLetter(Connection connection, int number) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(
                    "INSERT INTO sluice.usage_dead_letter VALUES (gen_random_uuid(), 'e" + number + "', '{}')");
        }
    }

    private static String one(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getString(1);
        }
    }
}
