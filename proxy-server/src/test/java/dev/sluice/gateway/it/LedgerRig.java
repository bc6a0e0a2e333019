package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Three ledgers and a gateway that may die between them: a gateway process on a data directory of its own, an outer
 * PostgreSQL, a provider and callers that keep books.
 */
final class LedgerRig implements AutoCloseable {
    private static final int HEAP_MEGABYTES = 80;

    private final BookkeepingProvider provider = new BookkeepingProvider();
    private final LoadClient client;
    private final Map<Integer, Long> kills = new HashMap<>();
    private final Path directory;
    private final List<Path> data = new ArrayList<>();
    private final String server;
    private final Path prices;
    private final TestKeys.Made key;
    private final String databaseUrl;
    private Path config;
    private @Nullable GatewayProcess gateway;
    private int life = -1;
    private boolean agreed;

    LedgerRig(PostgresServer postgres) throws IOException, SQLException {
        this(postgres, Files.createTempDirectory("sluice-ledger-data"));
    }

    /** @param first the gateway's data directory; deleted at the end */
    LedgerRig(PostgresServer postgres, Path first) throws IOException, SQLException {
        this(postgres, first, "drain: 5s, drain_delay: 0s");
    }

    /** @param server of the configuration's section what is not about listening */
    LedgerRig(PostgresServer postgres, Path first, String server) throws IOException, SQLException {
        this.server = server;
        data.add(first);
        directory = Files.createTempDirectory("sluice-ledger");
        key = new TestKeys(first).make();
        client = new LoadClient(key.key());
        databaseUrl = postgres.newDatabase();
        prices = Files.writeString(directory.resolve("prices.yaml"), InvoicePrices.FILE);
        config = writeConfig(0);
    }

    private Path writeConfig(int port) throws IOException {
        return Files.writeString(directory.resolve("sluice-" + data.size() + ".yaml"), """
                server: { listen: "127.0.0.1:%d", threads: 2, %s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: keys }
                database: { url: "%s" }
                data_dir: "%s"
                providers:
                  books: { dialect: openai, base_url: "%s", api_key: "sk-books", allow_private: true }
                models:
                  gpt-4o-mini: books/gpt-4o-mini
                usage: { prices: "%s", on_client_abort: cancel }
                keys:
                  - { name: load, hash: "%s" }
                """.formatted(
                        port, server, databaseUrl, data.getLast(), provider.baseUrl(), prices, key.hash()));
    }

    BookkeepingProvider provider() {
        return provider;
    }

    LoadClient client() {
        return client;
    }

    GatewayProcess gateway() {
        return Objects.requireNonNull(gateway, "no gateway was started");
    }

    /** A new life of the gateway, which may still be starting. */
    GatewayProcess spawn() throws IOException {
        if (gateway != null) {
            gateway.close();
        }
        life++;
        gateway = GatewayProcess.spawn(config, log(life), HEAP_MEGABYTES);
        return gateway;
    }

    /**
     * Another gateway, which listens where the one there is listens, with a data directory of its own.
     *
     * @return the one there was; the caller closes it
     */
    GatewayProcess startSuccessor() throws IOException {
        GatewayProcess before = gateway();
        Path pepper = data.getLast().resolve("pepper");
        data.add(Files.createTempDirectory("sluice-ledger-data"));
        Files.copy(pepper, data.getLast().resolve("pepper"));
        config = writeConfig(before.address().getPort());
        life++;
        gateway = GatewayProcess.spawn(config, log(life), HEAP_MEGABYTES);
        gateway.awaitStarted();
        return before;
    }

    /** A new life of the gateway; calls go to it from now on. */
    GatewayProcess start() throws IOException {
        GatewayProcess started = spawn().awaitStarted();
        client.aim(started.address(), life);
        return started;
    }

    /** {@code kill -9}; calls that are open are cut. */
    void kill() throws InterruptedException {
        kills.put(life, gateway().kill());
    }

    /** Waits until this life of the gateway has served a call. */
    void awaitServed() {
        await("an answer")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(() ->
                        client.entries().values().stream().anyMatch(call -> call.epoch() == life && call.isServed()));
    }

    /** Waits until no call is open. */
    void awaitCallsOver() {
        await("all calls are over")
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> client.open() == 0);
    }

    /**
     * Waits until the gateway has stored all it knows; gives up, for {@link #books} to say what is missing, when nothing
     * has come for a while.
     */
    void awaitStored(Duration atMost) {
        long[] last = {-1, System.nanoTime()};
        long calm = TimeUnit.SECONDS.toNanos(40);
        await("rows come in")
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(100))
                .ignoreExceptionsInstanceOf(SQLException.class)
                .until(() -> {
                    long rows = count("SELECT count(*) FROM sluice.usage_event");
                    if (rows != last[0]) {
                        last[0] = rows;
                        last[1] = System.nanoTime();
                    }
                    boolean all = rows >= provider.entries().size() && gateway().metric("sluice_usage_queued") == 0;
                    return all || System.nanoTime() - last[1] > calm;
                });
    }

    /** The three ledgers, compared; and the hourly sums with them. */
    Books books() throws SQLException {
        List<LedgerRow> rows;
        try (Connection connection = PostgresServer.connectTo(databaseUrl)) {
            rows = LedgerRow.all(connection);
        }
        return new Books(client.entries(), provider.entries(), rows, kills);
    }

    /** Fails where the ledgers differ; prints what was compared. */
    Books assertBooksAgree(String what) throws SQLException {
        Books books = books();
        Discrepancies discrepancies = books.compare();
        System.out.println(what + ": " + books.summary());
        assertThat(discrepancies.toString()).as("%s, discrepancies", what).isEmpty();
        assertThat(count("SELECT sum(cost_nano) FROM sluice.usage_event WHERE status = 'ok'"))
                .as("nano-dollars of all answers that ended well, and on the invoice")
                .isEqualTo(books.invoiceNano());
        assertThat(count("SELECT count(*) FROM sluice.usage_dead_letter"))
                .as("dead letters")
                .isZero();
        assertHoursAgree();
        agreed = true;
        return books;
    }

    /** What all lives of the gateway warned of, a few lines each: shown when the ledgers were not found to agree. */
    private String complaints() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i <= life; i++) {
            text.append("life ").append(i).append('\n');
            Files.readString(log(i))
                    .lines()
                    .filter(line ->
                            line.contains("\"WARN\"") || line.contains("\"ERROR\"") || line.contains("Exception"))
                    .limit(8)
                    .forEach(line -> text.append("    ")
                            .append(line, 0, Math.min(line.length(), 600))
                            .append('\n'));
        }
        return text.toString();
    }

    private Path log(int of) {
        return directory.resolve("gateway-" + of + ".log");
    }

    /** A row that is stored twice shows in the table; one that is summed twice shows here only. */
    private void assertHoursAgree() throws SQLException {
        for (String column : List.of("count(*)", "sum(cost_nano)", "sum(output_tokens)", "sum(input_tokens)")) {
            String sum = column.equals("count(*)") ? "sum(requests)" : column;
            assertThat(count("SELECT " + sum + " FROM sluice.usage_hourly"))
                    .as("%s of the hours and of the rows", sum)
                    .isEqualTo(count("SELECT " + column + " FROM sluice.usage_event"));
        }
    }

    /** A sum over nothing is 0. */
    long count(String sql) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        provider.close();
        if (gateway != null) {
            gateway.close();
        }
        if (!agreed) {
            System.out.println(complaints());
        }
        PostgresServer.deleteTree(directory);
        for (Path each : data) {
            PostgresServer.deleteTree(each);
        }
    }
}
