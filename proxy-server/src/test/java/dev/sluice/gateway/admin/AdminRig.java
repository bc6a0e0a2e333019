package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.account.Passwords;
import dev.sluice.gateway.auth.AccessTokens;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.Person;
import dev.sluice.gateway.auth.Revocations;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.auth.SecretBox;
import dev.sluice.gateway.auth.TokenAuthenticator;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Secret;
import dev.sluice.gateway.it.PostgresServer;
import dev.sluice.gateway.store.Database;
import dev.sluice.gateway.store.UserRow;
import dev.sluice.gateway.store.UserStore;
import dev.sluice.gateway.usage.UsageReports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The parts of the admin plane that keep things in the database, over HTTP, with a database and tokens of their own. */
final class AdminRig implements AutoCloseable {
    static final String TOKEN = "admin-token-of-the-rig";
    private static final Duration LONG = Duration.ofSeconds(60);

    final List<KeyRecord> published = new CopyOnWriteArrayList<>();
    final KnownStandings standings = new KnownStandings();
    final Peppers peppers;
    final Database database;
    final Changes changes;
    final KeyChanges keyChanges;
    private final String url;
    private final Path dataDir;
    private final AccessTokens tokens;
    private final AdminServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Passwords passwords = new Passwords();
    private final SecureRandom random = new SecureRandom();
    private volatile Duration ahead = Duration.ZERO;

    /** What came back. */
    record Answer(int status, String body, Map<String, List<String>> headers) {
        /** The value of a text, number or flag of that name; the first one there is. */
        String field(String name) {
            Matcher matcher = Pattern.compile("\"" + name + "\":(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^,}\\]]+))")
                    .matcher(body);
            assertThat(matcher.find()).as("%s in %s", name, body).isTrue();
            return matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
        }

        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of(""))
                    .get(0);
        }
    }

    AdminRig() throws IOException, SQLException {
        url = PostgresServer.shared().newDatabase();
        dataDir = Files.createTempDirectory("sluice-admin-it");
        peppers = Peppers.load(dataDir, Map.of());
        InstantSource clock = () -> Instant.now().plus(ahead);
        tokens = new AccessTokens(peppers, InstantSource.system());
        database = Database.create(new GatewayConfig.Database(new Secret(url)), dataDir);
        database.start();
        await().atMost(LONG).until(() -> database.state().phase() == Database.Phase.UP);
        changes = new Changes(
                database::pooled,
                new SecretBox(peppers, "idempotent answers"),
                new KeyPublisher(database::pooled, published::add));
        List<String> tiers = List.of("free", "premium");
        keyChanges = new KeyChanges(peppers, () -> tiers, clock);
        GatewayConfig.Auth auth = new GatewayConfig.Auth(GatewayConfig.Auth.Mode.KEYS);
        List<AdminPart> parts = new ArrayList<>(List.of(
                new KeyApi(changes, keyChanges),
                new LitellmKeyApi(changes, keyChanges, new UsageReports(database::pooled)::report),
                new UserApi(changes, passwords, () -> auth),
                new TeamApi(changes, auth::tiers),
                new BudgetApi(changes, auth::tiers, standings),
                new LimitsApi(standings),
                new AuditApi(changes),
                new MeApi()));
        parts.add(new DocumentsApi(parts, "1.2.3"));
        TokenAuthenticator gate = new TokenAuthenticator(List.of(tokens), new Revocations(), InstantSource.system());
        server = AdminServer.start(
                new GatewayConfig.Admin(new GatewayConfig.Address("127.0.0.1", 0), new Secret(TOKEN), null),
                gate,
                parts);
    }

    /** From now on it is later. */
    void pass(Duration time) {
        ahead = ahead.plus(time);
    }

    /** A team that is called like its id. */
    String team(String id) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(url);
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO sluice.team (id, name) VALUES (?, ?)")) {
            insert.setString(1, id);
            insert.setString(2, id);
            insert.executeUpdate();
        }
        return id;
    }

    /** Somebody who can log in, and has. */
    Person person(String team, Role role) throws SQLException {
        Person person = new Person(Person.newId(random), role.label() + " of " + team, team, role, "free");
        try (Connection connection = PostgresServer.connectTo(url)) {
            new UserStore(connection)
                    .insert(
                            person.id(),
                            new UserRow.Settings(person.id() + "@example.org", person.name(), team, role, "free", true),
                            null);
        }
        return person;
    }

    String tokenOf(Person person) {
        return tokens.issue(person, "session of " + person.id(), Duration.ofMinutes(10));
    }

    Answer get(@Nullable String token, String path) throws IOException, InterruptedException {
        return send(token, "GET", path, null);
    }

    Answer post(@Nullable String token, String path, String body, String... headers)
            throws IOException, InterruptedException {
        return send(token, "POST", path, body, headers);
    }

    Answer send(@Nullable String token, String method, String path, @Nullable String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        if (token != null) {
            request.header("authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(
                response.statusCode(), response.body(), response.headers().map());
    }

    int port() {
        return server.address().getPort();
    }

    /** The first column of every row, as text. */
    List<String> query(String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (Connection connection = PostgresServer.connectTo(url);
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(String.valueOf(rows.getString(1)));
            }
        }
        return values;
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = PostgresServer.connectTo(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    Connection connect() throws SQLException {
        return PostgresServer.connectTo(url);
    }

    @Override
    public void close() {
        client.close();
        server.close();
        database.close();
        passwords.close();
    }
}
