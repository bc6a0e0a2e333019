package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import dev.sluice.gateway.wire.Peer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A key for certain models, on every way that a model can be asked for. */
class EdgeModelsTest {
    private static final String FORM = "multipart/form-data; boundary=X";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);
    private final Engine engine = scene.engine();

    @BeforeEach
    void twoModels() {
        engine.publish(Configs.routes(
                List.of(Configs.provider("alpha", "http://127.0.0.1:" + Engine.PROVIDER_PORT + "/v1", null)),
                List.of(Configs.model("gpt-test", "alpha/m-1"), Configs.model("other", "alpha/m-2"))));
    }

    @AfterEach
    void everythingIsReleased() {
        scene.close();
        assertThat(engine.loop().openExchanges()).isZero();
    }

    private Peer post(String path, String type, String body) {
        return scene.client()
                .send("POST " + path + " HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer " + Engine.LIMITED_KEY
                        + "\r\ncontent-type: " + type + "\r\ncontent-length: " + body.length() + "\r\n\r\n" + body);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            /v1/chat/completions | {"model":"other","messages":[]}
            /v1/completions | {"model":"other","prompt":"x"}
            /v1/embeddings | {"model":"other","input":"x"}
            /v1/moderations | {"model":"other","input":"x"}
            /v1/responses | {"model":"other","input":"x"}
            /v1/messages | {"model":"other","max_tokens":1,"messages":[]}
            /v1/messages/count_tokens | {"model":"other","messages":[]}
            /v1beta/models/other:generateContent | {"contents":[]}
            /v1beta/models/other:countTokens | {"contents":[]}
            /v1/audio/speech | {"model":"other","input":"x"}
            /v1/images/generations | {"model":"other","prompt":"x"}
            /v1/images/generations | {"prompt":"no model"}
            /v1/batches | {"input_file_id":"file-1","endpoint":"/v1/chat/completions"}
            /v1/batches | {"input_file_id":"file-1","model":"other"}
            /v1/messages/batches | {"requests":[]}
            /passthrough/alpha/chat/completions | {"model":"gpt-test"}
            """)
    void anotherModelIsRefused(String path, String body) {
        Peer client = post(path, "application/json", body);

        assertThat(client.received()).startsWith("HTTP/1.1 403 Forbidden\r\n");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void anotherModelInAFormIsRefused() {
        Peer client = post(
                "/v1/audio/transcriptions",
                FORM,
                "--X\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nother\r\n--X--\r\n");

        assertThat(client.received()).startsWith("HTTP/1.1 403 Forbidden\r\n");
        assertThat(engine.provider().connections()).isZero();
    }

    @Test
    void anotherModelIsRefusedOnSocketsToo() {
        String key = "authorization: Bearer " + Engine.LIMITED_KEY + "\r\n";
        assertThat(SocketPeer.open(scene, "/v1/realtime?model=other", key).head())
                .startsWith("HTTP/1.1 403 ");
        SocketPeer chats = SocketPeer.open(scene, "/v1/chat/ws", key);
        chats.text("{\"id\":\"a\",\"model\":\"other\",\"messages\":[]}");

        assertThat(String.join("", chats.texts())).contains("model_not_allowed");
        assertThat(engine.provider().connections()).isZero();
        chats.peer().close();
    }

    @Test
    void onlyTheOwnOnesAreListed() {
        Peer client = scene.client().send(EdgeScene.get("/v1/models").replace(Engine.KEY, Engine.LIMITED_KEY));
        assertThat(client.take()).contains("gpt-test").doesNotContain("other");
        client.send(EdgeScene.get("/v1/models/other").replace(Engine.KEY, Engine.LIMITED_KEY));

        assertThat(client.received()).startsWith("HTTP/1.1 404 ");
    }
}
