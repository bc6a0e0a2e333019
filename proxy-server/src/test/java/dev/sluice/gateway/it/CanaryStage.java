package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in a process of its own that says all it has to say, with a different secret for everything that can have one,
 * a provider of every wire format behind it, and everything that leaves it written down.
 */
final class CanaryStage implements AutoCloseable {
    static final String ADMIN = "admin token";
    static final String KEY = "gateway key";
    static final String PASSWORD = "password";
    static final String PROMPT = "prompt";
    static final String COMPLETION = "completion";
    static final String PEPPER = "pepper";
    static final String PREVIOUS = "previous pepper";

    /** More than the gateway's own configuration lets through at any level: libraries, too. */
    private static final String EVERYTHING = """
            <configuration>
              <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
                <encoder class="ch.qos.logback.classic.encoder.JsonEncoder"><withFormattedMessage>true</withFormattedMessage></encoder>
              </appender>
              <root level="TRACE"><appender-ref ref="OUT"/></root>
            </configuration>
            """;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What comes back from the admin plane. */
    record Told(int status, String text) {
        String member(String name) throws IOException {
            JsonNode member = JSON.readTree(text).path(name);
            if (member.isMissingNode()) {
                throw new AssertionError("no '" + name + "' in " + this);
            }
            return member.asText();
        }
    }

    final Canaries canaries = new Canaries();
    final String prompt = secret(PROMPT);
    final String completion = secret(COMPLETION);
    final String password = secret(PASSWORD);
    final String admin = secret(ADMIN);
    final ScriptedProvider provider;
    final TestKeys.Made key;
    private final Map<String, String> environment = new HashMap<>();
    private final Path directory;
    private final Path data;
    private final Path log;
    private final String databaseUrl;
    private final GatewayProcess gateway;
    private final HttpClient client = HttpClient.newHttpClient();

    CanaryStage(Path directory) throws Exception {
        this.directory = directory;
        this.data = Files.createDirectory(directory.resolve("data"));
        this.log = directory.resolve("gateway.log");
        this.provider = ScriptedProvider.start();
        this.databaseUrl = PostgresServer.shared().newDatabase();
        for (String file : List.of("pepper", "pepper.previous")) {
            byte[] pepper = new byte[32];
            RANDOM.nextBytes(pepper);
            Files.write(data.resolve(file), pepper);
            canaries.add(file.equals("pepper") ? PEPPER : PREVIOUS, pepper);
        }
        this.key = new TestKeys(data).make();
        canaries.add(KEY, key.key());
        Path config = Files.writeString(directory.resolve("sluice.yaml"), configuration());
        Path logging = Files.writeString(directory.resolve("logback.xml"), EVERYTHING);
        Map<String, String> talkative = new HashMap<>(environment);
        talkative.put("JDK_JAVA_OPTIONS", "-Dlogback.configurationFile=" + logging);
        this.gateway = GatewayProcess.spawn(config, log, 256, talkative).awaitStarted();
        await("the schema")
                .atMost(PATIENCE)
                .until(() -> ask("GET", "/admin/api/keys", null).status() == 200);
    }

    /** Something that has been known to nobody until now. */
    String secret(String name) {
        byte[] random = new byte[15];
        RANDOM.nextBytes(random);
        String word = name.replace(' ', '-') + "-" + HexFormat.of().formatHex(random);
        return canaries.add(name, "canary-" + word);
    }

    /** A variable of the gateway's environment that holds a secret. */
    private String variable(String name) {
        String variable = "CANARY_" + name.toUpperCase(Locale.ROOT).replace(' ', '_');
        environment.put(variable, secret(name));
        return "${" + variable + "}";
    }

    private String configuration() throws IOException, SQLException {
        environment.put("CANARY_ADMIN", admin);
        environment.put("CANARY_HASH", key.hash());
        StringBuilder providers = new StringBuilder();
        for (ProviderFormat format : ProviderFormat.values()) {
            String reference = switch (format) {
                case ANTHROPIC -> "${db:anthropic}";
                case GEMINI -> file("key of gemini");
                case OPENAI, RESPONSES, BEDROCK, OLLAMA -> variable("key of " + format.provider());
            };
            providers.append(format.entry("", provider.baseUrl().toString()).replace("${PROVIDER_KEY}", reference));
        }
        return """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 2s, drain_delay: 0s, cors: { origins: ["https://app.example"] } }
                admin:
                  listen: "127.0.0.1:0"
                  token: "${CANARY_ADMIN}"
                  oidc: { issuer: corp, client_id: sluice, client_secret: "%s", redirect_url: "http://127.0.0.1:8081/auth/oidc/callback" }
                auth:
                  mode: [keys, jwt]
                  users: { register: true }
                  issuers: { corp: { issuer: "http://127.0.0.1:1", audiences: [sluice], allow_private: true } }
                database: { url: "%s" }
                data_dir: "%s"
                providers:
                %s
                  amazon: { dialect: bedrock, base_url: "%s/amazon", allow_private: true, aws: { region: us-east-1,
                    access_key_id: "%s", secret_access_key: "%s", session_token: "%s" } }
                  gone: { dialect: openai, base_url: "http://127.0.0.1:1/v1", api_key: "%s", allow_private: true }
                keys:
                  - { name: all, hash: "${CANARY_HASH}" }
                """.formatted(
                        variable("client secret"),
                        database(),
                        data,
                        providers,
                        provider.baseUrl(),
                        variable("access key id"),
                        variable("secret access key"),
                        variable("session token"),
                        variable("key of a provider that is gone"));
    }

    private String file(String name) throws IOException {
        Path file = Files.writeString(directory.resolve(name.replace(' ', '-')), secret(name) + "\n");
        return "${file:" + file + "}";
    }

    /** Somebody who may do everything there and has a password. */
    private String database() throws SQLException {
        String secret = secret("database password");
        String role = "canary_" + Long.toHexString(RANDOM.nextLong());
        try (Connection connection = PostgresServer.connectTo(databaseUrl);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE ROLE " + role + " LOGIN SUPERUSER PASSWORD '" + secret + "'");
        }
        environment.put("CANARY_DATABASE", databaseUrl.replace("postgres:postgres@", role + ":" + secret + "@"));
        return "${CANARY_DATABASE}";
    }

    // ---- callers --------------------------------------------------------------------------------------------------

    /** Nothing of a caller's own answer is kept from it but the secrets of others. */
    Answer call(Call call, String... known) throws IOException {
        Answer answer = RawClient.call(gateway.address(), call);
        canaries.search("the answer to " + call.method() + " " + call.path(), answer.toString(), known);
        return answer;
    }

    SocketClient socket(String... headers) throws Exception {
        return new SocketClient(gateway.address(), "/v1/chat/ws", true, headers);
    }

    /** As the operator. */
    Told ask(String method, String path, @Nullable String body, String... known) throws Exception {
        return askWith(admin, method, path, body, known);
    }

    Told askWith(String token, String method, String path, @Nullable String body, String... known) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + path))
                .header("authorization", "Bearer " + token)
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        canaries.search(
                "the operator's answer to " + method + " " + path, response.headers() + "\n" + response.body(), known);
        return new Told(response.statusCode(), response.body());
    }

    /** What a command prints, on either stream. */
    String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.sluice.gateway.cli.Main"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.environment().put("SLUICE_ADMIN_TOKEN", admin);
        builder.environment()
                .put(
                        "SLUICE_ADMIN",
                        "http://127.0.0.1:" + gateway.adminAddress().getPort());
        Process process = builder.start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return printed;
    }

    String adminUrl() {
        return "http://127.0.0.1:" + gateway.adminAddress().getPort();
    }

    Path configFile() {
        return directory.resolve("sluice.yaml");
    }

    Path journal() {
        return data.resolve("journal");
    }

    // ---- what is left behind --------------------------------------------------------------------------------------

    void stop() throws InterruptedException {
        gateway.stop();
    }

    String log() throws IOException {
        return Files.readString(log, ISO_8859_1);
    }

    Map<String, String> tables() throws SQLException {
        return Remains.tables(databaseUrl);
    }

    Map<String, byte[]> files() throws IOException {
        return Remains.files(data);
    }

    @Override
    public void close() throws IOException {
        gateway.close();
        provider.close();
        client.close();
    }
}
