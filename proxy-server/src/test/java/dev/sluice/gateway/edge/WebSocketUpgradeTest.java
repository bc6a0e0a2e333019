package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What must be true before a connection becomes a WebSocket, and what is answered when it is not. */
class WebSocketUpgradeTest {
    private static final String PATH = "/v1/chat/ws";
    private static final String ASK = "{\"id\":\"a\",\"model\":\"gpt-test\",\"stream\":true,\"messages\":[]}";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    @Test
    void theKeyOfTheHandshakeIsAnsweredAsTheProtocolSays() {
        SocketPeer client = SocketPeer.open(scene, PATH);

        // The example of RFC 6455, section 1.3.
        assertThat(client.head())
                .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                .containsIgnoringCase("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
                .containsIgnoringCase("x-request-id: req_")
                .doesNotContainIgnoringCase("sec-websocket-extensions")
                .doesNotContainIgnoringCase("sec-websocket-protocol");
    }

    @Test
    void aCallerWithoutAGoodKeyGetsAnHttpAnswer() {
        String head = SocketPeer.open(scene, PATH, "authorization: Bearer sk-slc-wrong\r\n")
                .head();

        assertThat(head)
                .startsWith("HTTP/1.1 401 Unauthorized\r\n")
                .contains("{\"error\":{\"message\":\"The API key is not valid here.", "\"code\":\"invalid_api_key\"");
        assertThat(SocketPeer.open(scene, PATH, "").head()).startsWith("HTTP/1.1 401 ");
        assertThat(engine.summaries()).hasSize(2).allMatch(summary -> summary.httpStatus() == 401);
    }

    @Test
    void aConnectionThatWasRefusedGoesOnInHttp() {
        Peer peer = SocketPeer.open(scene, PATH, "").peer();
        peer.take();
        peer.send(EdgeScene.get("/healthz"));

        assertThat(peer.received()).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aBrowserBringsItsKeyAsASubprotocolAndNeverGetsItBack() {
        SocketPeer client = SocketPeer.open(
                scene,
                PATH,
                "sec-websocket-protocol: realtime, openai-insecure-api-key." + Engine.KEY
                        + "\r\norigin: https://somewhere.example\r\n");

        assertThat(client.head())
                .startsWith("HTTP/1.1 101 ")
                .containsIgnoringCase("sec-websocket-protocol: realtime\r\n")
                .doesNotContain(Engine.KEY);
        client.text(ASK);
        String asked = engine.provider().last().received();
        assertThat(asked).startsWith("POST /v1/chat/completions").doesNotContain(Engine.KEY);
        engine.provider().last().send(Answers.stream("hi"));
        assertThat(client.texts()).last().isEqualTo("{\"id\":\"a\",\"done\":true}");
    }

    @Test
    void aHeaderCountsMoreThanASubprotocol() {
        SocketPeer client = SocketPeer.open(
                scene,
                PATH,
                "authorization: Bearer sk-slc-wrong\r\nsec-websocket-protocol: openai-insecure-api-key." + Engine.KEY
                        + "\r\n");

        assertThat(client.head()).startsWith("HTTP/1.1 401 ").doesNotContain(Engine.KEY);
    }

    @Test
    void headersOfTheUpgradeHoldForItsChatsButForThoseOfOneRequest() {
        SocketPeer client = SocketPeer.open(
                scene,
                PATH,
                "authorization: Bearer " + Engine.KEY + "\r\nx-request-id: mine\r\nx-sluice-tags: team=search\r\n"
                        + "idempotency-key: once\r\nopenai-beta: x=1\r\n");
        client.text(ASK);

        assertThat(engine.provider().last().received())
                .contains("openai-beta: x=1\r\n")
                .doesNotContain("idempotency-key", "sec-websocket", "upgrade");
        engine.provider().last().send(Answers.stream("hi"));
        assertThat(engine.summary().requestId()).isEqualTo("mine/a");
        assertThat(engine.summary().tags()).containsEntry("team", "search");
    }

    @Test
    void whatIsNoUpgradeIsToldWhatToDo() {
        Peer plain = scene.client().send(EdgeScene.get(PATH));
        Peer old = scene.client()
                .send(EdgeScene.get(
                        PATH,
                        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 8\r\n"
                                + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
        Peer post = scene.client().send("POST " + PATH + " HTTP/1.1\r\nhost: gateway\r\ncontent-length: 2\r\n\r\n{}");

        assertThat(plain.received()).startsWith("HTTP/1.1 400 ").contains("This path speaks WebSocket");
        assertThat(old.received()).startsWith("HTTP/1.1 400 ").contains("version 13");
        assertThat(post.received()).startsWith("HTTP/1.1 405 ");
    }

    @Test
    void framesThatDoNotWaitForTheAnswerEndTheConnection() {
        SocketPeer early = SocketPeer.open(
                scene,
                PATH,
                "authorization: Bearer " + Engine.KEY + "\r\n\r\nGET /healthz HTTP/1.1\r\nhost: gateway\r\n");

        assertThat(early.peer().isClosed()).isTrue();
        assertThat(engine.provider().connections()).isZero();
    }
}
