package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.chat;
import static dev.sluice.gateway.edge.EdgeScene.get;
import static dev.sluice.gateway.wire.Answers.stream;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.AttemptStatus;
import dev.sluice.gateway.exchange.UsageLookup.Found;
import dev.sluice.gateway.exchange.UsageLookup.Question;
import dev.sluice.gateway.exchange.UsageLookup.Receiver;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code GET /v1/usage} on the wire: the only answer of the gateway's own that does not come at once. */
class EdgeUsageTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();
    private final List<Question> questions = new ArrayList<>();
    private final Deque<Receiver> receivers = new ArrayDeque<>();

    @BeforeEach
    void keepTheLookupWaiting() {
        engine.loop().lookUpUsageIn((question, receiver) -> {
            questions.add(question);
            receivers.add(receiver);
        });
    }

    @AfterEach
    void everythingIsReleased() {
        scene.close();
    }

    private void answer(String json) {
        receivers.remove().onAnswer(new Found(json));
        engine.settle();
    }

    @Test
    void theQueryReachesTheBooksAndTheAnswerTheCaller() {
        Peer client = scene.client().send(get("/v1/usage?from=2026-03-01&to=2026-03-02"));
        assertThat(client.received()).isEmpty();
        assertThat(questions).containsExactly(new Question("key_all", "team_a", "2026-03-01", "2026-03-02"));

        answer("{\"object\":\"usage\"}");

        assertThat(client.received())
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("content-type: application/json\r\n", "content-length: 18\r\n")
                .endsWith("\r\n\r\n{\"object\":\"usage\"}");
    }

    @Test
    void theOthersOnTheConnectionWaitForTheirTurn() {
        Peer client = scene.client().send(get("/v1/usage") + get("/healthz") + get("/v1/usage") + get("/readyz"));
        assertThat(questions).hasSize(1);
        answer("{\"first\":1}");
        assertThat(client.take())
                .containsSubsequence("{\"first\":1}", "{\"status\":\"ok\"}")
                .doesNotContain("ready");
        answer("{\"second\":2}");
        assertThat(client.take()).containsSubsequence("{\"second\":2}", "{\"status\":\"ready\"}");
    }

    @Test
    void othersAreServedWhileOneWaits() {
        Peer waiting = scene.client().send(get("/v1/usage"));
        Peer client = scene.client().send(chat(EdgeScene.STREAM));
        engine.provider().last().send(stream("hi"));

        assertThat(client.received()).contains("hi");
        assertThat(waiting.received()).isEmpty();
        answer("{}");
        assertThat(waiting.received()).endsWith("{}");
    }

    @Test
    void aHeadRequestHasTheLengthAndNoBody() {
        Peer client = scene.client().send(get("/v1/usage").replaceFirst("GET", "HEAD") + get("/healthz"));
        answer("{\"a\":1}");

        assertThat(client.received())
                .contains("content-length: 7\r\n")
                .doesNotContain("{\"a\":1}")
                .endsWith("{\"status\":\"ok\"}\n");
    }

    @Test
    void aClientThatLeavesMeanwhileLeavesNothingBehind() {
        Peer client = scene.client().send(get("/v1/usage"));
        client.close();
        answer("{}");

        assertThat(engine.summary().status()).isEqualTo(AttemptStatus.CLIENT_ABORT);
        assertThat(client.received()).isEmpty();
    }

    @Test
    void aDrainingGatewayAnswersFirstAndClosesThen() {
        Peer client = scene.client().send(get("/v1/usage"));
        engine.loop().drain();
        engine.advance(Duration.ofMillis(300));
        assertThat(client.isClosed()).isFalse();

        answer("{}");

        engine.advance(Duration.ofMillis(300));
        assertThat(client.received()).endsWith("{}");
        assertThat(client.isClosed()).isTrue();
    }

    @Test
    void isAnsweredOnAStreamOfHttp2() {
        Http2Client client = new Http2Client(engine, EdgeScene.PORT);
        Http2Client.Stream call = client.request("GET", "/v1/usage?from=2026-03-01", null);
        Http2Client.Stream other = client.request("GET", "/v1/usage", null);
        assertThat(questions).extracting(Question::from).containsExactly("2026-03-01", null);

        answer("{}");
        answer("{\"second\":2}");

        assertThat(call.status()).isEqualTo("200");
        assertThat(call.body()).isEqualTo("{}");
        assertThat(other.body()).isEqualTo("{\"second\":2}");
    }

    @Test
    void isReadAndNotPosted() {
        Peer client = scene.client().send("POST /v1/usage HTTP/1.1\r\nhost: gateway\r\ncontent-length: 0\r\n\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 405 ").contains("allow: GET, HEAD\r\n");
        assertThat(questions).isEmpty();
    }
}
