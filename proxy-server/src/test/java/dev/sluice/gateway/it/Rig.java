package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.ConfigSource;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What a class of integration tests stands on: a gateway with a database of its own in front of a scripted provider. Its
 * end is a test too: no request has two rows, no secret has leaked, no buffer is lost.
 */
public final class Rig implements AutoCloseable {
    static final String PROVIDER_KEY = "sk-canary-of-the-provider-3f9b";

    /** The usual configuration. Models that begin with {@code quick-} have short timeouts. */
    static final String STANDARD = with("", "");

    private static final String PROVIDERS = "#providers#";
    private static final String MODELS = "#models#";

    private static String template() {
        return """
            server: { listen: "127.0.0.1:0", threads: 2, drain: 2s, drain_delay: 0s }
            admin: { listen: "127.0.0.1:0" }
            auth: { mode: keys }
            database: { url: "${DATABASE_URL}" }
            data_dir: "${DATA_DIR}"
            providers:
              scripted:
                dialect: openai
                base_url: "${PROVIDER_URL}"
                api_key: "${PROVIDER_KEY}"
                allow_private: true
            #providers#
            models:
              "quick-*":
                targets: [ { model: "scripted/*" } ]
                timeouts: { connect: 500ms, first_token: 500ms, idle: 500ms, total: 3s }
            #models#
            keys:
              - { name: all, hash: "${KEY_HASH}" }
              - { name: few, hash: "${FEW_HASH}", models: [ "allowed-*" ] }
            """;
    }

    /** The usual configuration with lines for more providers and models, each indented by two. */
    public static String with(String providers, String models) {
        return template().replace(PROVIDERS, providers.stripTrailing()).replace(MODELS, models.stripTrailing());
    }

    private final TestKeys.Made key;
    private final TestKeys.Made few;
    private final Path directory;
    private final Path configuration;
    private final ScriptedProvider provider;
    private final String databaseUrl;
    private final Gateway gateway;
    private final LogTap log = new LogTap();
    private boolean closed;

    private Rig(String yaml, Map<String, String> variables, PostgresServer postgres) throws Exception {
        LeakGuard.listen();
        provider = ScriptedProvider.start();
        databaseUrl = postgres.newDatabase();
        directory = Files.createTempDirectory("sluice-it");
        Path data = Files.createDirectory(directory.resolve("data"));
        TestKeys keys = new TestKeys(data);
        key = keys.make();
        few = keys.make();
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("DATABASE_URL", databaseUrl);
        environment.put("DATA_DIR", data.toString());
        environment.put("PROVIDER_URL", provider.baseUrl().toString());
        environment.put("PROVIDER_KEY", PROVIDER_KEY);
        environment.put("KEY_HASH", key.hash());
        environment.put("FEW_HASH", few.hash());
        configuration = Files.writeString(directory.resolve("sluice.yaml"), yaml);
        ConfigSource source = () -> ConfigLoader.load(configuration, environment, directory);
        gateway = Gateway.start(source.load(), source);
        awaitSchema();
    }

    /** Calls are served before; rows can be asked for only now. */
    private void awaitSchema() {
        await("the schema")
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> !query(
                                "SELECT 1 FROM pg_tables WHERE schemaname = ? AND tablename = ?",
                                "sluice",
                                "usage_event")
                        .isEmpty());
    }

    static Rig start() throws Exception {
        return start(STANDARD, Map.of());
    }

    /** @param variables values for further <code>${…}</code> in the configuration */
    public static Rig start(String yaml, Map<String, String> variables) throws Exception {
        return start(yaml, variables, PostgresServer.shared());
    }

    static Rig start(String yaml, Map<String, String> variables, PostgresServer postgres) throws Exception {
        return new Rig(yaml, variables, postgres);
    }

    public InetSocketAddress address() {
        return gateway.dataAddress();
    }

    InetSocketAddress adminAddress() {
        return gateway.adminAddress();
    }

    /** Where the gateway keeps what is its own. */
    Path dataDirectory() {
        return directory.resolve("data");
    }

    /** The file that the gateway was started with, and that it watches. */
    Path configuration() {
        return configuration;
    }

    Gateway gateway() {
        return gateway;
    }

    /** A key that may use every model. */
    public String key() {
        return key.key();
    }

    /** The public id of that key, as rows carry it. */
    String keyId() {
        return key.keyId();
    }

    /** A key that may use {@code allowed-*} only. */
    String fewKey() {
        return few.key();
    }

    ScriptedProvider provider() {
        return provider;
    }

    ScriptedProvider.Scripts scripts() {
        return provider.scripts();
    }

    /** The name to ask the gateway for, to be answered by {@code script}. */
    String model(Script script) {
        return "scripted/" + scripts().add(script);
    }

    /** The same with short timeouts. */
    String quickModel(Script script) {
        return scripts().addAs("quick-", script);
    }

    /** A call with the key and a request id of its own, to be made once. */
    Call keyed(Call call) {
        return call.key(key()).with("x-request-id", "it-" + UUID.randomUUID());
    }

    static String requestId(Call call) {
        return call.fields().stream()
                .filter(field -> field.getKey().equals("x-request-id"))
                .findFirst()
                .orElseThrow()
                .getValue();
    }

    Answer answer(Call call) throws IOException {
        return RawClient.call(address(), call);
    }

    /** The only row of a request, when it has come. That none comes later is seen to at the end of the class. */
    UsageRow row(Call call) {
        return row(call, Duration.ofSeconds(5));
    }

    UsageRow row(Call call, Duration atMost) {
        List<UsageRow> rows = await("the row of " + requestId(call))
                .atMost(atMost)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> rows(requestId(call)), found -> !found.isEmpty());
        assertThat(rows).as("rows of one request").hasSize(1);
        return rows.getFirst();
    }

    List<UsageRow> rows(String requestId) throws SQLException {
        return query("SELECT * FROM sluice.usage_event WHERE request_id = ?", requestId);
    }

    List<UsageRow> query(String sql, String... parameters) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            List<UsageRow> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(UsageRow.read(result));
                }
            }
            return rows;
        }
    }

    /** Stops the gateway, once. */
    void stop() {
        if (!closed) {
            closed = true;
            gateway.close();
        }
    }

    @Override
    public void close() throws IOException, SQLException {
        stop();
        provider.close();
        assertThat(query("SELECT request_id, attempt, count(*) FROM sluice.usage_event"
                        + " WHERE request_id LIKE 'it-%' GROUP BY request_id, attempt HAVING count(*) > 1"))
                .as("rows counted twice")
                .isEmpty();
        assertThat(scripts().everything())
                .as("bytes that the provider received")
                .doesNotContain(key.key())
                .doesNotContain(few.key());
        assertNoSecretIsLeftBehind();
        PostgresServer.deleteTree(directory);
        LeakGuard.assertNoLeak();
    }

    /** Neither in the log, nor in the database, nor on the disk. {@link CanaryIT} looks for more, and further. */
    private void assertNoSecretIsLeftBehind() throws IOException, SQLException {
        Canaries canaries = new Canaries();
        canaries.add("a provider's key", PROVIDER_KEY);
        canaries.add("a caller's key", key.key());
        canaries.add("another caller's key", few.key());
        canaries.add("the pepper", Files.readAllBytes(dataDirectory().resolve("pepper")));
        canaries.search("the log", log.heard());
        log.close();
        Remains.tables(databaseUrl).forEach((table, rows) -> canaries.search("table " + table, rows));
        Remains.files(dataDirectory()).forEach((file, content) -> {
            if (!file.equals("pepper")) {
                canaries.search("file " + file, content);
            }
        });
        assertThat(canaries.found()).isEmpty();
    }
}
