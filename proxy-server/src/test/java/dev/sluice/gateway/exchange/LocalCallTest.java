package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.net.InetAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class LocalCallTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final RecordingClient client = new RecordingClient(buffers);

    @AfterEach
    void everythingIsReleased() {
        engine.close();
    }

    private LocalCall with(@Nullable String key) {
        engine.alsoTell(client);
        return new LocalCall(
                engine.loop(),
                client,
                new CallHead(
                        Engine.dialect(),
                        "models",
                        "req_1",
                        new Caller(InetAddress.getLoopbackAddress(), InstantSource.system()),
                        key,
                        "HTTP/1.1",
                        new DefaultHttpHeaders(),
                        1));
    }

    @Test
    void theListHoldsWhatTheKeyMayUse() {
        with(Engine.KEY).list();
        assertThat(client.body()).contains("\"gpt-test\"", "\"other-test\"");
        assertThat(client.steps()).containsExactly("summary ok", "answer 200");
    }

    @Test
    void theListLeavesOutWhatTheKeyMayNotUse() {
        with(Engine.LIMITED_KEY).list();
        assertThat(client.body()).contains("\"gpt-test\"").doesNotContain("other-test");
    }

    @Test
    void aModelThatTheKeyMayNotUseIsNotThere() {
        with(Engine.LIMITED_KEY).describe("other-test");
        assertThat(client.steps()).containsExactly("summary refused", "answer 404");
    }

    @Test
    void aModelBehindProviderAndNameIsThere() {
        with(Engine.KEY).describe("alpha/whatever");
        assertThat(client.status()).isEqualTo(200);
        assertThat(client.body()).contains("\"owned_by\":\"alpha\"");
    }

    @Test
    void nobodyWithoutAKeyLearnsAnything() {
        with(null).list();
        with("wrong").describe("gpt-test");
        assertThat(client.steps()).containsExactly("summary refused", "answer 401", "summary refused", "answer 401");
        assertThat(client.body()).doesNotContain("gpt-test");
        assertThat(engine.summaries()).allMatch(summary -> summary.keyId() == null);
    }
}
