package dev.sluice.gateway.edge;

import static dev.sluice.gateway.wire.Answers.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.exchange.KeptObjects;
import dev.sluice.gateway.exchange.ProviderAffinity;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a provider keeps is there for the team that made it, whatever the route, and for nobody else. */
class EdgeTenantTest {
    private static final String COLLEAGUES_KEY = "sk-slc-of-team-a-too";
    private static final String DEFAULT_KEY = "sk-slc-of-no-team";
    private static final String JSON = "content-type: application/json\r\n";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();
    private final Table table = new Table();

    /** As the database would, but answers when the test says so. */
    private static final class Table implements KeptObjects {
        private final List<String> noted = new ArrayList<>();
        private final List<String> asked = new ArrayList<>();
        private final List<Consumer<Answer>> open = new ArrayList<>();

        @Override
        public void note(String id, String provider, String tenant) {
            noted.add(id + " " + provider + " " + tenant);
        }

        @Override
        public void find(String id, Consumer<Answer> answer) {
            asked.add(id);
            open.add(answer);
        }
    }

    @BeforeEach
    void keep() {
        engine.loop().rememberIn(new ProviderAffinity(), table);
        engine.callers().know(COLLEAGUES_KEY, new Principal("key_a2", "a2", "team_a", List.of()));
        engine.callers().know(DEFAULT_KEY, new Principal("key_d", "d", null, List.of()));
    }

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private static String call(String method, String path, String key, String headers, String body) {
        return method + " " + path + " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + key + "\r\n" + headers
                + "content-length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String get(String path, String key) {
        return call("GET", path, key, "", "");
    }

    private void tell(KeptObjects.Answer answer) {
        table.open.removeFirst().accept(answer);
        engine.settle();
    }

    /** Team A makes something at {@code path} that is called {@code id}. */
    private Peer make(String path, String id) {
        Peer client = scene.client().send(call("POST", path, Engine.KEY, "", "x"));
        engine.provider().last().send(json(200, "{\"id\":\"" + id + "\"}"));
        assertThat(client.take()).contains(id);
        return client;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/files/file-1",
                "GET /v1/files/file-1/content",
                "DELETE /v1/files/file-1",
                "POST /v1/uploads/file-1/parts",
                "POST /v1/uploads/file-1/complete",
                "POST /v1/uploads/file-1/cancel",
                "GET /v1/batches/file-1",
                "POST /v1/batches/file-1/cancel",
                "GET /v1/responses/file-1",
                "DELETE /v1/responses/file-1",
                "GET /v1/responses/file-1/input_items",
                "POST /v1/responses/file-1/cancel",
                "GET /v1/messages/batches/file-1",
                "GET /v1/messages/batches/file-1/results",
                "POST /v1/messages/batches/file-1/cancel",
                "DELETE /v1/messages/batches/file-1"
            })
    void anotherTeamsDoesNotExistOnAnyRoute(String route) {
        make("/v1/files", "file-1");
        String[] parts = route.split(" ");
        int before = engine.provider().connections();
        Peer stranger = scene.client().send(call(parts[0], parts[1], Engine.OTHER_TEAMS_KEY, "", ""));

        assertThat(stranger.received())
                .startsWith("HTTP/1.1 404 Not Found\r\n")
                .contains("No such object: 'file-1'.")
                .doesNotContain("team_a", "x-sluice-provider");
        assertThat(engine.provider().connections()).isEqualTo(before);
        assertThat(table.asked).isEmpty();
    }

    @Test
    void aHeaderThatNamesTheProviderDoesNotHelp() {
        make("/v1/files", "file-1");
        Peer stranger = scene.client()
                .send(call("GET", "/v1/files/file-1", Engine.OTHER_TEAMS_KEY, "x-sluice-provider: alpha\r\n", ""));

        assertThat(stranger.received()).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void aBatchOfAnotherTeamsFileIsNotMade() {
        make("/v1/files", "file-1");
        String body = "{\"input_file_id\":\"file-1\",\"endpoint\":\"/v1/chat/completions\"}";
        Peer stranger = scene.client().send(call("POST", "/v1/batches", Engine.OTHER_TEAMS_KEY, JSON, body));
        assertThat(stranger.received()).startsWith("HTTP/1.1 404 ");

        Peer own = scene.client().send(call("POST", "/v1/batches", Engine.KEY, JSON, body));
        engine.provider().last().send(json(200, "{\"id\":\"batch_1\",\"input_file_id\":\"file-1\"}"));
        assertThat(own.received()).contains("batch_1");
        assertThat(table.noted).containsExactly("file-1 alpha team_a", "batch_1 alpha team_a");
    }

    @Test
    void theWholeTeamMayAskForIt() {
        make("/v1/files", "file-1");
        for (String key : List.of(Engine.KEY, COLLEAGUES_KEY)) {
            Peer client = scene.client().send(get("/v1/files/file-1", key));
            engine.provider().last().send(json(200, "{\"id\":\"file-1\",\"key\":1}"));
            assertThat(client.received()).contains("\"key\":1");
        }
    }

    @Test
    void whatAnObjectLeadsToIsTheSameTeams() {
        Peer client = make("/v1/batches", "batch_1");
        client.send(get("/v1/batches/batch_1", COLLEAGUES_KEY));
        engine.provider().last().send(json(200, "{\"id\":\"batch_1\",\"output_file_id\":\"file-2\"}"));
        client.take();

        Peer stranger = scene.client().send(get("/v1/files/file-2/content", Engine.OTHER_TEAMS_KEY));
        assertThat(stranger.received()).startsWith("HTTP/1.1 404 ");
        assertThat(table.noted).containsExactly("batch_1 alpha team_a", "file-2 alpha team_a");
    }

    @Test
    void whatIsNotInMemoryIsLookedUpOnce() {
        Peer stranger = scene.client().send(get("/v1/files/file-3", Engine.OTHER_TEAMS_KEY));
        assertThat(stranger.received()).isEmpty();
        assertThat(engine.provider().connections()).isZero();
        tell(new KeptObjects.Answer(true, "alpha", "team_a"));
        assertThat(stranger.take()).startsWith("HTTP/1.1 404 ");
        Peer own = scene.client().send(get("/v1/files/file-3", Engine.KEY));
        engine.provider().last().send(json(200, "{\"id\":\"file-3\"}"));

        assertThat(own.received()).contains("file-3");
        assertThat(table.asked).containsExactly("file-3");
    }

    @Test
    void whatNobodyHasNotedIsAskedForAndBecomesNobodys() {
        Peer client = scene.client().send(get("/v1/files/file-4", Engine.OTHER_TEAMS_KEY));
        tell(new KeptObjects.Answer(true, null, null));
        engine.provider().last().send(json(200, "{\"id\":\"file-4\"}"));
        assertThat(client.received()).contains("file-4");
        Peer other = scene.client().send(get("/v1/files/file-4", Engine.KEY));
        engine.provider().last().send(json(200, "{\"id\":\"file-4\"}"));

        assertThat(other.received()).contains("file-4");
        assertThat(table.asked).containsExactly("file-4");
        assertThat(table.noted).isEmpty();
    }

    @Test
    void whoseItIsMayNotBeKnownNow() {
        Peer client = scene.client().send(get("/v1/files/file-5", Engine.KEY));
        tell(KeptObjects.Answer.AWAY);
        assertThat(client.take()).startsWith("HTTP/1.1 503 ").contains("auth_unavailable");
        client.send(get("/v1/files/file-5", Engine.KEY));
        engine.advance(Duration.ofMillis(5_100));

        assertThat(client.received()).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void anAnswerOfAnotherTeamIsNotGoneOnFrom() {
        String body = "{\"model\":\"gpt-test\",\"input\":\"and?\",\"previous_response_id\":\"resp_1\"}";
        Peer stranger = scene.client().send(call("POST", "/v1/responses", Engine.OTHER_TEAMS_KEY, JSON, body));
        assertThat(table.asked).containsExactly("resp_1");
        assertThat(engine.provider().connections()).isZero();
        tell(new KeptObjects.Answer(true, "alpha", "team_a"));
        assertThat(stranger.received())
                .startsWith("HTTP/1.1 400 ")
                .contains("Previous response with id 'resp_1' not found.", "previous_response_id");

        scene.client().send(call("POST", "/v1/responses", Engine.KEY, JSON, body));
        assertThat(engine.provider().last().received()).contains("POST ");
        assertThat(table.asked).containsExactly("resp_1");
    }

    @Test
    void whoLeavesWhileTheEarlierAnswerIsLookedUpIsNotServed() {
        String body = "{\"model\":\"gpt-test\",\"input\":\"and?\",\"previous_response_id\":\"resp_2\"}";
        scene.client()
                .send(call("POST", "/v1/responses", Engine.KEY, JSON, body))
                .close();
        tell(new KeptObjects.Answer(true, null, null));

        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aBodyWaitsWhileItIsLookedUp() {
        String body = "y".repeat(3_000);
        String request = call("POST", "/v1/uploads/upload_1/parts", Engine.KEY, "", body);
        Peer client = scene.client().send(request.substring(0, request.length() - 2_000));
        assertThat(scene.accepted().config().isAutoRead()).isFalse();
        client.send(request.substring(request.length() - 2_000));
        tell(new KeptObjects.Answer(true, "alpha", "team_a"));
        assertThat(engine.provider().last().received()).endsWith(body);
        engine.provider().last().send(json(200, "{\"id\":\"part_1\"}"));

        assertThat(client.received()).contains("part_1");
    }

    @Test
    void aClientThatLeavesMeanwhileLeavesNothingBehind() {
        Peer client = scene.client().send(call("POST", "/v1/uploads/upload_1/parts", Engine.KEY, "", "y".repeat(500)));
        client.close();
        tell(new KeptObjects.Answer(true, "alpha", "team_a"));

        assertThat(engine.provider().connections()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/files", "/v1/batches", "/v1/messages/batches", "/v1/files/"})
    void aListOfWhatEverybodyKeepsIsNotForATeam(String path) {
        Peer client = scene.client().send(get(path, Engine.KEY));
        assertThat(client.received()).startsWith("HTTP/1.1 403 ").contains("by its id");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void aListIsThereWhereThereAreNoTeams() {
        Peer client = scene.client().send(get("/v1/files", DEFAULT_KEY));
        engine.provider().last().send(json(200, "{\"object\":\"list\",\"data\":[]}"));

        assertThat(client.received()).contains("\"list\"");
    }
}
