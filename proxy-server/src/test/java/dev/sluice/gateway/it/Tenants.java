package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.ConfigSource;
import dev.sluice.gateway.store.SessionStore;
import dev.sluice.gateway.store.UserRow;
import dev.sluice.gateway.store.UserStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A gateway with three teams, people in them who have logged in, and keys. */
final class Tenants implements AutoCloseable {
    private static final String ADMIN_TOKEN = "admin-token-of-the-tenants";

    private final List<Socket> callers = new ArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private final SecureRandom random = new SecureRandom();
    private final Path directory;
    private final Connection connection;
    private final Gateway gateway;
    private final AccessTokens tokens;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** @param credential the token of a login */
    record Caller(String id, String credential) {}

    record Reply(int status, String body) {
        String field(String name) {
            Matcher matcher = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(body);
            assertThat(matcher.find()).as("%s in %s", name, body).isTrue();
            return matcher.group(1);
        }
    }

    Tenants() throws Exception {
        String databaseUrl = PostgresServer.shared().newDatabase();
        directory = Files.createTempDirectory("sluice-it-tenants");
        Path data = Files.createDirectory(directory.resolve("data"));
        Path file = Files.writeString(directory.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0", token: "%s" }
                auth: { mode: [ keys, jwt ], users: { register: true } }
                database: { url: "%s" }
                data_dir: "%s"
                providers:
                  away: { dialect: openai, base_url: "http://127.0.0.1:9/v1", api_key: "none", allow_private: true }
                """.formatted(ADMIN_TOKEN, databaseUrl, data));
        ConfigSource source = () -> ConfigLoader.load(file, Map.of(), directory);
        gateway = Gateway.start(source.load(), source);
        tokens = new AccessTokens(Peppers.load(data, Map.of()), InstantSource.system());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> admin(ADMIN_TOKEN, "GET", "/admin/api/teams", "").status() == 200);
        connection = PostgresServer.connectTo(databaseUrl);
        for (String team : List.of("blue", "red", "green")) {
            Reply made = admin(
                    ADMIN_TOKEN, "POST", "/admin/api/teams", "{\"id\":\"" + team + "\",\"name\":\"" + team + "\"}");
            assertThat(made.status()).isEqualTo(201);
        }
    }

    /** A number that nobody else has. */
    int next() {
        return numbers.incrementAndGet();
    }

    /** Somebody new who has just logged in. */
    Caller person(String team, Role role) throws Exception {
        Person person = new Person(Person.newId(random), "p" + next(), team, role, "free");
        UserRow.Settings settings =
                new UserRow.Settings(person.id() + "@example.org", person.name(), team, role, "free", true);
        new UserStore(connection).insert(person.id(), settings, null);
        SessionStore.Started session = new SessionStore(connection).start(person.id(), Duration.ofDays(1));
        return new Caller(person.id(), tokens.issue(person, session.id(), Duration.ofMinutes(10)));
    }

    /** A new key; returns its text. */
    String gatewayKey(String team, @Nullable String owner) throws Exception {
        return key(team, owner).field("key");
    }

    /** A new key; returns its id. */
    String storedKey(String team, @Nullable String owner) throws Exception {
        return key(team, owner).field("id");
    }

    String budget(String team) throws Exception {
        Reply made = admin(
                ADMIN_TOKEN,
                "POST",
                "/admin/api/budgets",
                "{\"name\":\"b" + next() + "\",\"team\":\"" + team
                        + "\",\"subject\":\"all\",\"measure\":\"cost\",\"amount\":\"1/day\"}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        return made.field("id");
    }

    private Reply key(String team, @Nullable String owner) throws Exception {
        Reply made = admin(
                ADMIN_TOKEN,
                "POST",
                "/admin/api/keys",
                "{\"name\":\"k" + next() + "\",\"team\":\"" + team + "\",\"owner\":"
                        + (owner == null ? "null" : "\"" + owner + "\"") + "}");
        assertThat(made.status()).as(made.body()).isEqualTo(201);
        return made;
    }

    /** The same from an address of its own, since those that send wrong credentials are made to wait. */
    Reply adminFromElsewhere(String credential, String method, String path, String body)
            throws IOException, InterruptedException {
        InetAddress elsewhere = InetAddress.getByAddress(new byte[] {127, 0, 1, (byte) (1 + next() % 250)});
        try (HttpClient other = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .localAddress(elsewhere)
                .build()) {
            return admin(other, credential, method, path, body);
        }
    }

    /** A call with a new key whose body never ends; returns its id. */
    String openCall(String team, @Nullable String owner) throws Exception {
        Reply key = key(team, owner);
        InetSocketAddress address = gateway.dataAddress();
        Socket caller = new Socket(address.getAddress(), address.getPort());
        callers.add(caller);
        caller.getOutputStream()
                .write(("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer "
                                + key.field("key")
                                + "\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
                        .getBytes(StandardCharsets.US_ASCII));
        return await().atMost(Duration.ofSeconds(10))
                .until(
                        () -> admin(ADMIN_TOKEN, "GET", "/admin/api/streams?key=" + key.field("id"), ""),
                        shown -> shown.body().contains("\"request_id\""))
                .field("id");
    }

    /** Asks the admin plane; changes are made for the first version. */
    Reply admin(@Nullable String credential, String method, String path, String body)
            throws IOException, InterruptedException {
        return admin(client, credential, method, path, body);
    }

    private Reply admin(HttpClient through, @Nullable String credential, String method, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (credential != null) {
            request.header("authorization", "Bearer " + credential);
        }
        if (method.equals("PATCH")) {
            request.header("if-match", "\"1\"");
        }
        HttpResponse<String> response = through.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Reply(response.statusCode(), response.body());
    }

    /** The status with which the data plane answers to an empty object, or a wish for a WebSocket. */
    int data(@Nullable String credential, String method, String path) throws IOException {
        boolean socket = path.equals("/v1/chat/ws") || path.equals("/v1/realtime");
        String body = switch (method) {
            case "POST", "PUT" -> "{}";
            case "PATCH" -> "{\"name\":\"x\"}";
            default -> "";
        };
        StringBuilder request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nhost: localhost\r\n");
        if (credential != null) {
            request.append("authorization: Bearer ").append(credential).append("\r\n");
        }
        if (socket) {
            request.append("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n")
                    .append("sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");
        } else {
            request.append("connection: close\r\n");
        }
        if (!body.isEmpty()) {
            request.append("content-type: application/json\r\ncontent-length: ")
                    .append(body.length())
                    .append("\r\n");
        }
        request.append("\r\n").append(body);
        InetSocketAddress address = gateway.dataAddress();
        try (Socket socketTo = new Socket(address.getAddress(), address.getPort())) {
            socketTo.setSoTimeout(20_000);
            socketTo.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            String first = new BufferedReader(
                            new InputStreamReader(socketTo.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine();
            assertThat(first).as(method + " " + path).startsWith("HTTP/1.1 ");
            return Integer.parseInt(first.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length()));
        }
    }

    /** Methods by path, of the operations that {@code /openapi.json} says are at {@code plane}. */
    Map<String, List<String>> documentedPaths(String plane) throws IOException, InterruptedException {
        Map<String, List<String>> found = new TreeMap<>();
        String document = admin(null, "GET", "/openapi.json", "").body();
        try (JsonParser json = new JsonFactory().createParser(document)) {
            json.nextToken();
            for (String name = json.nextFieldName(); !"paths".equals(name); name = json.nextFieldName()) {
                json.nextToken();
                json.skipChildren();
            }
            json.nextToken();
            for (String path = json.nextFieldName(); path != null; path = json.nextFieldName()) {
                json.nextToken();
                for (String method = json.nextFieldName(); method != null; method = json.nextFieldName()) {
                    if (planes(json).contains(plane)) {
                        found.computeIfAbsent(path, any -> new ArrayList<>()).add(method.toUpperCase(Locale.ROOT));
                    }
                }
            }
        }
        return found;
    }

    private static List<String> planes(JsonParser json) throws IOException {
        List<String> planes = new ArrayList<>();
        json.nextToken();
        for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
            json.nextToken();
            if (name.equals("x-planes")) {
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    planes.add(json.getText());
                }
            } else {
                json.skipChildren();
            }
        }
        return planes;
    }

    @Override
    public void close() throws IOException, SQLException {
        for (Socket caller : callers) {
            caller.close();
        }
        connection.close();
        client.close();
        gateway.close();
        PostgresServer.deleteTree(directory);
    }
}
