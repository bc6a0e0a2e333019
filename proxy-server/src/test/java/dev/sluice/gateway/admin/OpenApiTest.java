package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.sluice.gateway.account.Passwords;
import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.SecretBox;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.route.RouteMemory;
import dev.sluice.gateway.store.KeySettings;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The document of the interface against the routes it is about. */
class OpenApiTest {
    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    @TempDir
    private Path dataDir;

    private final Passwords passwords = new Passwords();
    private final List<AdminPart> parts = new ArrayList<>();
    private String document = "";

    @BeforeEach
    void write() throws IOException {
        Peppers peppers = Peppers.load(dataDir, Map.of());
        Changes changes = new Changes(
                () -> {
                    throw new SQLException("no database is asked for a document");
                },
                new SecretBox(peppers, "test"),
                new KeyPublisher(() -> null, key -> {}));
        GatewayConfig.Auth auth = new GatewayConfig.Auth(GatewayConfig.Auth.Mode.KEYS);
        parts.addAll(List.of(
                new HealthApi(List.of()),
                new MetricsPage(new Metrics()),
                new UsageApi(query -> Figures.answer(), () -> 0, InstantSource.fixed(NOW), (user, key) -> false),
                new ReloadApi(trigger -> null),
                new ProvidersApi(Map::of, RouteMemory.fresh().health(), () -> 0),
                new KeyApi(changes, new KeyChanges(peppers, auth::tiers, InstantSource.fixed(NOW))),
                new LitellmKeyApi(
                        changes,
                        new KeyChanges(peppers, auth::tiers, InstantSource.fixed(NOW)),
                        query -> Figures.answer()),
                new UserApi(changes, passwords, () -> auth),
                new TeamApi(changes, auth::tiers),
                new BudgetApi(changes, auth::tiers, new KnownStandings()),
                new LimitsApi(new KnownStandings()),
                new AuditApi(changes),
                new MeApi(),
                new ConfigApi(() -> null)));
        parts.add(new DocumentsApi(parts, "1.2.3"));
        AdminRoutes routes = new AdminRoutes(parts);
        document = OpenApi.of(routes.all(), "1.2.3");
    }

    @AfterEach
    void close() {
        passwords.close();
    }

    @Test
    void hasEveryRouteOfBothPlanes() throws Exception {
        Set<String> expected = new TreeSet<>();
        new AdminRoutes(parts).all().forEach(route -> expected.add(route.toString()));
        AccessTable.dataRows().forEach(row -> expected.addAll(row.routes()));

        assertThat(documented()).isEqualTo(expected);
    }

    @Test
    void everyReferenceLeadsSomewhere() throws Exception {
        Matcher references = Pattern.compile("#/components/schemas/(\\w+)").matcher(document);
        Set<String> wanted = new TreeSet<>();
        while (references.find()) {
            wanted.add(references.group(1));
        }

        assertThat(wanted)
                .contains(
                        "Key",
                        "KeyPage",
                        "IssuedKey",
                        "NewKey",
                        "User",
                        "Team",
                        "Budget",
                        "Limits",
                        "Audit",
                        "Error",
                        "Route");
        assertThat(namesAt("components", "schemas")).containsAll(wanted);
    }

    @Test
    void operationIdsAreThereOnce() {
        Matcher ids = Pattern.compile("\"operationId\":\"([^\"]+)\"").matcher(document);
        List<String> all = new ArrayList<>();
        while (ids.find()) {
            all.add(ids.group(1));
        }

        assertThat(all).hasSizeGreaterThan(60).doesNotHaveDuplicates();
    }

    @Test
    void saysWhatIsRequiredWhatMayBeNullAndWhoMay() {
        assertThat(document)
                .startsWith("{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Sluice\",\"version\":\"1.2.3\"")
                .contains("\"expires_at\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}")
                .contains("\"tags\":{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}")
                .contains("\"models\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}")
                .contains("\"name\":\"if-match\",\"in\":\"header\",\"required\":true")
                .contains("\"x-planes\":[\"admin\",\"data\"]")
                .contains("\"x-reach\":{\"owner\":\"all\",\"admin\":\"team\",\"auditor\":\"team\",\"member\":\"own\","
                        + "\"service\":\"none\"}");
    }

    @Test
    void theExamplesAreWhatTheRoutesTake() throws Exception {
        Set<Shape.Body> bodies = new HashSet<>();
        for (AdminRoute route : new AdminRoutes(parts).all()) {
            if (route.document().request() instanceof Shape.Body body) {
                bodies.add(body);
                Body.of(body.example(), body);
            }
        }
        assertThat(bodies).hasSizeGreaterThanOrEqualTo(7);
        Body key = Body.of(KeyWish.NEW.example(), KeyWish.NEW);
        KeySettings settings = KeyWish.create(key, "default", NOW);
        assertThat(settings.expiresAt()).isEqualTo(Instant.parse("2027-02-20T00:00:00Z"));
        assertThat(settings.metadata()).isEqualTo("{\"ticket\":17}");
        Body change = Body.of(KeyWish.CHANGE.example(), KeyWish.CHANGE);
        assertThat(KeyWish.change(change, settings, NOW).tier()).isNull();
        Budget budget = BudgetWish.create(Body.of(BudgetWish.NEW.example(), BudgetWish.NEW), "b", "default", List.of());
        assertThat(budget.limit()).isEqualTo(25_000_000_000L);
        assertThat(BudgetWish.change(Body.of(BudgetWish.CHANGE.example(), BudgetWish.CHANGE), budget)
                        .strict())
                .isTrue();
        assertThat(UserWish.settings(
                                Body.of(UserWish.NEW.example(), UserWish.NEW),
                                new dev.sluice.gateway.store.UserRow.Settings(
                                        "", "", "default", dev.sluice.gateway.auth.Role.MEMBER, "free", true))
                        .email())
                .isEqualTo("ada@example.org");
    }

    @Test
    void thePageLoadsNothingFromElsewhere() throws Exception {
        for (String file : List.of("docs.html", "docs.js", "docs.css")) {
            try (var in = DocumentsApi.class.getResourceAsStream("/admin/" + file)) {
                String text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
                assertThat(text).as(file).doesNotContain("http://", "https://", "//cdn", "innerHTML", " style=");
            }
        }
    }

    /** {@code METHOD path} of each operation. */
    private Set<String> documented() throws IOException {
        Set<String> found = new TreeSet<>();
        try (JsonParser json = at("paths")) {
            for (String path = json.nextFieldName(); path != null; path = json.nextFieldName()) {
                json.nextToken();
                for (String method = json.nextFieldName(); method != null; method = json.nextFieldName()) {
                    found.add(method.toUpperCase(Locale.ROOT) + " " + path);
                    json.nextToken();
                    json.skipChildren();
                }
            }
        }
        return found;
    }

    private Set<String> namesAt(String... path) throws IOException {
        Set<String> names = new TreeSet<>();
        try (JsonParser json = at(path)) {
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                names.add(name);
                json.nextToken();
                json.skipChildren();
            }
        }
        return names;
    }

    /** A parser at the beginning of the object that {@code path} leads to. */
    private JsonParser at(String... path) throws IOException {
        JsonParser json = new JsonFactory().createParser(document);
        json.nextToken();
        for (String step : path) {
            for (String name = json.nextFieldName(); !step.equals(name); name = json.nextFieldName()) {
                assertThat(name).as(step).isNotNull();
                json.nextToken();
                json.skipChildren();
            }
            assertThat(json.nextToken()).isEqualTo(JsonToken.START_OBJECT);
        }
        return json;
    }
}
