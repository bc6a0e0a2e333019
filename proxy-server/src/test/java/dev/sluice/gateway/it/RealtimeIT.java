package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Realtime sessions on real sockets: frames, usage, ends. */
final class RealtimeIT {
    private static final String PATH = "/v1/realtime?model=voice/echo";
    private static RealtimeProvider provider;
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        provider = new RealtimeProvider();
        rig = Rig.start(
                Rig.with(
                        "  voice: { dialect: openai, base_url: \"${VOICE_URL}\", api_key: \"${PROVIDER_KEY}\","
                                + " allow_private: true }\n",
                        ""),
                Map.of("VOICE_URL", provider.baseUrl().toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
        provider.close();
    }

    @BeforeEach
    void forget() {
        provider.heads().clear();
        provider.closeCodes().clear();
    }

    private static String newId() {
        return "it-" + UUID.randomUUID();
    }

    private static UsageRow row(String requestId) {
        List<UsageRow> rows = await("the row of " + requestId)
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> rig.rows(requestId), found -> !found.isEmpty());
        assertThat(rows).hasSize(1);
        return rows.getFirst();
    }

    private static void awaitCode(int code) {
        await("close frames " + provider.closeCodes())
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> provider.closeCodes().equals(List.of(code)));
    }

    @Test
    void aSessionPassesItsFramesAndIsBilledForAllItsResponses() throws Exception {
        String id = newId();
        try (SocketClient client = SocketClient.open(rig, PATH, id)) {
            client.send("{\"type\":\"session.update\"}")
                    .sendBytes("\u0001\u00fe")
                    .send("respond")
                    .send("respond");
            client.awaitContaining("session.update");
            client.awaitMessage("\u0001\u00fe"::equals);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> client.messages().stream()
                                    .filter(RealtimeProvider.RESPONSE_DONE::equals)
                                    .count()
                            == 2);
            client.close(1000);
            assertThat(client.awaitClosed()).isEqualTo(1000);
        }
        awaitCode(1000);
        assertThat(provider.heads())
                .singleElement()
                .asString()
                .startsWith("/v1/realtime?model=echo ")
                .contains(Rig.PROVIDER_KEY)
                .doesNotContain(rig.key());
        UsageRow row = row(id);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.text("endpoint")).isEqualTo("realtime");
        assertThat(row.text("usage_source")).isEqualTo("provider");
        assertThat(row.number("input_tokens")).isEqualTo(200);
        assertThat(row.number("cached_tokens")).isEqualTo(20);
        assertThat(row.number("output_tokens")).isEqualTo(40);
        assertThat(row.number("http_status")).isEqualTo(101);
    }

    @Test
    void closeCodesPassFromTheProviderToTheClient() throws Exception {
        String id = newId();
        try (SocketClient client = SocketClient.open(rig, PATH, id)) {
            client.send("close 4008");
            assertThat(client.awaitClosed()).isEqualTo(4008);
        }
        assertThat(row(id).status()).isEqualTo("upstream_error");
    }

    @Test
    void closeCodesPassFromTheClientToTheProvider() throws Exception {
        try (SocketClient client = SocketClient.open(rig, PATH, newId())) {
            client.close(4001);
            awaitCode(4001);
        }
    }

    @Test
    void aProviderThatRefusesIsAnHttpAnswer() {
        assertThatThrownBy(() -> SocketClient.open(rig, "/v1/realtime?model=voice/refused", newId()))
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refused ->
                                assertThat(refused.getResponse().statusCode()).isEqualTo(400));
    }

    @Test
    void aProviderThatDiesEndsTheSessionWithAnError() throws Exception {
        String id = newId();
        try (SocketClient client = SocketClient.open(rig, PATH, id)) {
            client.send("respond");
            client.awaitContaining("response.done");
            client.send("kill");
            assertThat(client.awaitClosed()).isEqualTo(1011);
        }
        UsageRow row = row(id);
        assertThat(row.status()).isEqualTo("truncated");
        assertThat(row.number("input_tokens")).isEqualTo(100);
    }

    @Test
    void aClientThatDiesEndsTheProvidersSession() throws Exception {
        String id = newId();
        SocketClient client = SocketClient.open(rig, PATH, id);
        client.send("respond");
        client.awaitContaining("response.done");
        client.abort();

        awaitCode(1001);
        UsageRow row = row(id);
        assertThat(row.status()).isEqualTo("client_abort");
        assertThat(row.number("output_tokens")).isEqualTo(20);
        client.close();
    }

    @Test
    void aSlowReaderLosesNothing() throws Exception {
        try (SocketClient client = new SocketClient(
                rig.address(), PATH, false, "authorization", "Bearer " + rig.key(), "x-request-id", newId())) {
            client.send("flood");
            client.request(1);
            client.awaitContaining("0 x");
            client.request(Long.MAX_VALUE);
            client.awaitMessage(text -> text.startsWith(RealtimeProvider.FLOOD_FRAMES - 1 + " x"));
            assertThat(client.messages()).hasSize(RealtimeProvider.FLOOD_FRAMES);
        }
    }
}
