package dev.sluice.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's PostgreSQL: the operator's, or the one that comes with it.
 *
 * <p>{@link #start} returns at once. A thread of its own starts the embedded server, applies the migrations, and from then
 * on looks every other second whether the database answers; an embedded server that died is started again. Until the
 * migrations are through, connections are refused with {@link SQLTransientConnectionException}, so that nobody ever sees
 * a half-made schema.
 *
 * <p>Thread: {@code sluice-database}; {@link #state} from any; the connections from any that may block.
 */
public final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final String MIGRATIONS = "sluice-migrations";
    private static final long LOOK_MILLIS = 2_000;
    private static final long RETRY_FIRST_MILLIS = 200;
    private static final long RETRY_LAST_MILLIS = 5_000;

    /** How the database is. */
    public enum Phase {
        STARTING,
        UP,
        DOWN
    }

    /**
     * @param since when it came to be so
     * @param why what is wrong, when it is {@link Phase#DOWN}; holds no secret
     */
    public record State(
            Phase phase, Instant since, @Nullable String why) {}

    private final @Nullable EmbeddedServer embedded;
    private final Thread thread = new Thread(this::run, "sluice-database");
    private final CountDownLatch closing = new CountDownLatch(1);
    private final HikariDataSource pool;
    private volatile State state = new State(Phase.STARTING, Instant.now(), null);
    /** Where to connect; null as long as the embedded server has not said. */
    private volatile @Nullable Properties target;

    private volatile boolean migrated;

    private Database(@Nullable Properties target, @Nullable EmbeddedServer embedded) {
        this.target = target;
        this.embedded = embedded;
        thread.setDaemon(true);
        pool = new HikariDataSource(poolConfig());
    }

    /**
     * @param config the operator's PostgreSQL; null: the embedded one
     * @param dataDir where the embedded one lives
     * @throws IllegalArgumentException when the operator's URL is malformed; the message does not repeat it
     */
    public static Database create(GatewayConfig.@Nullable Database config, Path dataDir) {
        return create(config, dataDir, dataDir.resolve("postgres-bin"));
    }

    static Database create(GatewayConfig.@Nullable Database config, Path dataDir, Path binaries) {
        return config == null
                ? new Database(null, new EmbeddedServer(dataDir, binaries))
                : new Database(DatabaseUrl.parse(config.url().reveal()), null);
    }

    /** Begins in the background. */
    public void start() {
        thread.start();
    }

    public State state() {
        return state;
    }

    /** Whether the embedded server is used. */
    public boolean isEmbedded() {
        return embedded != null;
    }

    /** A connection of the caller's own, for work that must not compete with the pool's: the usage writer's. */
    public Connection connect() throws SQLException {
        return open("sluice-writer");
    }

    /**
     * Another such connection.
     *
     * @param application the name that PostgreSQL shows for it
     */
    Connection connect(String application) throws SQLException {
        return open(application);
    }

    /** A connection of the pool, for the operators' queries; closing it gives it back. */
    public Connection pooled() throws SQLException {
        refuseUntilMigrated();
        return pool.getConnection();
    }

    private Connection open(String application) throws SQLException {
        refuseUntilMigrated();
        return connect(properties(application));
    }

    /**
     * The driver takes the database's name from the URL, where no name means the empty one and wins over the property; the
     * server would then open the database that is called like the user.
     */
    private static Connection connect(Properties properties) throws SQLException {
        String name = properties.getProperty(PGProperty.PG_DBNAME.getName(), "");
        return DriverManager.getConnection("jdbc:postgresql:" + URLEncoder.encode(name, UTF_8), properties);
    }

    private void refuseUntilMigrated() throws SQLTransientConnectionException {
        if (!migrated) {
            String why = state.why();
            throw new SQLTransientConnectionException(
                    why == null ? "the database is starting" : "the database is not ready: " + why);
        }
    }

    private Properties properties(String application) throws SQLTransientConnectionException {
        Properties given = target;
        if (given == null) {
            throw new SQLTransientConnectionException("the embedded database is starting");
        }
        Properties properties = new Properties();
        properties.setProperty(PGProperty.APPLICATION_NAME.getName(), application);
        properties.setProperty(PGProperty.CONNECT_TIMEOUT.getName(), "3");
        properties.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), "15");
        properties.setProperty(PGProperty.TCP_KEEP_ALIVE.getName(), "true");
        // The driver would quote row values in its messages, and those are logged.
        properties.setProperty(PGProperty.LOG_SERVER_ERROR_DETAIL.getName(), "false");
        for (String name : given.stringPropertyNames()) {
            properties.setProperty(name, given.getProperty(name));
        }
        boolean migrations = application.equals(MIGRATIONS);
        if (migrations) {
            // Changing a large table takes its time.
            properties.setProperty(PGProperty.SOCKET_TIMEOUT.getName(), "600");
        }
        String own = migrations
                ? "-c lock_timeout=10000"
                : "-c statement_timeout=10000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000";
        String operators = given.getProperty(PGProperty.OPTIONS.getName(), "");
        properties.setProperty(PGProperty.OPTIONS.getName(), (own + " " + operators).strip());
        return properties;
    }

    private HikariConfig poolConfig() {
        HikariConfig config = new HikariConfig();
        config.setPoolName("sluice-admin");
        config.setDataSource(new Source("sluice-admin"));
        config.setMaximumPoolSize(4);
        config.setMinimumIdle(0);
        config.setConnectionTimeout(3_000);
        config.setValidationTimeout(2_000);
        config.setInitializationFailTimeout(-1);
        return config;
    }

    private void run() {
        long retryMillis = RETRY_FIRST_MILLIS;
        try (Probe probe = new Probe()) {
            while (closing.getCount() > 0) {
                long waitMillis;
                try {
                    look(probe);
                    become(Phase.UP, null);
                    waitMillis = LOOK_MILLIS;
                    retryMillis = RETRY_FIRST_MILLIS;
                } catch (IOException | SQLException | RuntimeException e) {
                    become(Phase.DOWN, String.valueOf(e.getMessage()));
                    waitMillis = retryMillis / 2 + ThreadLocalRandom.current().nextLong(retryMillis / 2 + 1);
                    retryMillis = Math.min(RETRY_LAST_MILLIS, retryMillis * 2);
                }
                if (closing.await(waitMillis, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look(Probe probe) throws IOException, SQLException {
        if (probe.answers()) {
            return;
        }
        if (embedded != null) {
            target = embedded.ensureRunning();
        }
        if (!migrated) {
            int applied = Migrations.apply(new Source(MIGRATIONS));
            migrated = true;
            LOG.atInfo()
                    .addKeyValue("embedded", isEmbedded())
                    .addKeyValue("migrationsApplied", applied)
                    .log("the database is ready");
        }
        probe.reopen();
    }

    private void become(Phase phase, @Nullable String why) {
        State before = state;
        if (before.phase() == phase) {
            if (why != null && !why.equals(before.why())) {
                state = new State(phase, before.since(), why);
            }
            return;
        }
        state = new State(phase, Instant.now(), why);
        if (phase == Phase.DOWN) {
            LOG.atWarn().addKeyValue("why", why).log("the database does not answer; requests go on, usage is queued");
        } else if (before.phase() == Phase.DOWN) {
            LOG.atInfo()
                    .addKeyValue(
                            "downSeconds",
                            Duration.between(before.since(), Instant.now()).toSeconds())
                    .log("the database answers again");
        }
    }

    /**
     * Ends the background thread, closes the pool and, with the embedded database, stops the server. Whoever uses
     * connections has to be stopped before.
     */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(Duration.ofSeconds(70));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.close();
        if (embedded != null) {
            try {
                embedded.stop();
            } catch (IOException e) {
                LOG.atWarn().setCause(e).log("the embedded PostgreSQL was not stopped");
            }
        }
    }

    /** The held connection by which the thread sees whether the database answers. */
    private final class Probe implements AutoCloseable {
        private @Nullable Connection connection;

        boolean answers() throws SQLException {
            if (connection == null) {
                return false;
            }
            if (connection.isValid(2)) {
                return true;
            }
            close();
            return false;
        }

        void reopen() throws SQLException {
            connection = open("sluice-probe");
        }

        @Override
        public void close() {
            if (connection != null) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    LOG.atTrace().setCause(e).log("closing a connection that had failed");
                }
                connection = null;
            }
        }
    }

    /** Gives connections to whatever {@link #target} is at the moment: the migrations', and the pool's. */
    private final class Source implements DataSource {
        private final String application;

        Source(String application) {
            this.application = application;
        }

        @Override
        public Connection getConnection() throws SQLException {
            return connect(properties(application));
        }

        @Override
        public Connection getConnection(String user, String password) throws SQLException {
            throw new SQLFeatureNotSupportedException("the user is the one of database.url");
        }

        @Override
        public @Nullable PrintWriter getLogWriter() {
            return null;
        }

        @Override
        public void setLogWriter(@Nullable PrintWriter out) {}

        @Override
        public void setLoginTimeout(int seconds) {}

        @Override
        public int getLoginTimeout() {
            return 0;
        }

        @Override
        public java.util.logging.Logger getParentLogger() throws SQLFeatureNotSupportedException {
            throw new SQLFeatureNotSupportedException();
        }

        @Override
        public <T> T unwrap(Class<T> type) throws SQLException {
            throw new SQLException("wraps nothing");
        }

        @Override
        public boolean isWrapperFor(Class<?> type) {
            return false;
        }
    }
}
