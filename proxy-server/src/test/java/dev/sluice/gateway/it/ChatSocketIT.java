package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Chats over a WebSocket, as the JDK's client sees them, and the rows they leave. */
final class ChatSocketIT {
    private static final String PATH = "/v1/chat/ws";
    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static String newId() {
        return "it-" + UUID.randomUUID();
    }

    private static String ask(String id, String model) {
        return "{\"id\":\"" + id + "\"," + Words.streamed(model).substring(1);
    }

    private static String data(String id, String event) {
        return "{\"id\":\"" + id + "\",\"data\":"
                + event.substring("data: ".length()).strip() + "}";
    }

    private static String done(String id) {
        return "{\"id\":\"" + id + "\",\"done\":true}";
    }

    private static UsageRow row(String requestId) {
        List<UsageRow> rows = await("the row of " + requestId)
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> rig.rows(requestId), found -> !found.isEmpty());
        assertThat(rows).hasSize(1);
        return rows.getFirst();
    }

    @Test
    void severalChatsAtOnceEachWithARowOfItsOwn() throws Exception {
        String upgrade = newId();
        CountDownLatch second = new CountDownLatch(1);
        Script slow = Script.of(
                Script.sseHead(),
                Script.send(Words.ROLE + Words.text("Guten ")),
                Script.await(second),
                Script.send(Words.text("Tag") + Words.FINISH + Words.USAGE + Words.DONE),
                Script.end());
        try (SocketClient client = SocketClient.open(rig, PATH, upgrade)) {
            client.send(ask("slow", rig.model(slow)));
            client.awaitContaining("Guten ");
            client.send(ask("quick", rig.model(Script.sse(Words.STREAM))));
            client.awaitContaining(done("quick"));
            assertThat(client.messages()).doesNotContain(done("slow"));
            second.countDown();
            client.awaitContaining(done("slow"));

            assertThat(client.messages().stream().filter(text -> text.contains("\"id\":\"quick\"")))
                    .containsExactly(
                            data("quick", Words.ROLE),
                            data("quick", Words.text("Guten ")),
                            data("quick", Words.text("Tag")),
                            data("quick", Words.FINISH),
                            done("quick"));
            client.send("{\"id\":\"whole\","
                    + Words.chat(rig.model(Script.json(200, Words.COMPLETION))).substring(1));
            client.awaitContaining(done("whole"));
            assertThat(client.messages()).contains("{\"id\":\"whole\",\"data\":" + Words.COMPLETION + "}");
        }
        for (String id : List.of("slow", "quick")) {
            UsageRow row = row(upgrade + "/" + id);
            assertThat(row.status()).isEqualTo("ok");
            assertThat(row.number("output_tokens")).isEqualTo(7);
            assertThat(row.text("endpoint")).isEqualTo("chat.completions");
            assertThat(row.value("stream")).isEqualTo(true);
        }
        assertThat(row(upgrade + "/whole").number("output_tokens")).isEqualTo(5);
    }

    @Test
    void aCancelledChatIsBookedAsTheClientsAndTheRestGoesOn() throws Exception {
        String upgrade = newId();
        Script endless = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Guten ")), Script.stall());
        try (SocketClient client = SocketClient.open(rig, PATH, upgrade)) {
            client.send(ask("a", rig.model(endless)));
            client.awaitContaining("Guten ");
            client.send("{\"cancel\":\"a\"}");
            client.awaitContaining("{\"id\":\"a\",\"done\":true,\"cancelled\":true}");
            client.send(ask("b", rig.model(Script.sse(Words.STREAM))));
            client.awaitContaining(done("b"));
        }
        assertThat(row(upgrade + "/a").status()).isEqualTo("client_abort");
        assertThat(row(upgrade + "/b").status()).isEqualTo("ok");
    }

    @Test
    void aProviderThatResetsIsAnErrorAndNeverDone() throws Exception {
        String upgrade = newId();
        Script broken = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Guten ")), Script.reset());
        try (SocketClient client = SocketClient.open(rig, PATH, upgrade)) {
            client.send(ask("a", rig.model(broken)));
            client.awaitContaining("{\"id\":\"a\",\"error\":{");
            // Behind the error nothing comes: a later chat's end shows that it would have come by now.
            client.send(ask("b", rig.model(Script.sse(Words.STREAM))));
            client.awaitContaining(done("b"));
            assertThat(client.messages()).doesNotContain(done("a"));
        }
        assertThat(row(upgrade + "/a").status()).isEqualTo("truncated");
    }

    @Test
    void aConnectionThatIsLostAbortsItsChats() throws Exception {
        String upgrade = newId();
        Script endless = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Guten ")), Script.stall());
        SocketClient client = SocketClient.open(rig, PATH, upgrade);
        client.send(ask("a", rig.model(endless))).send(ask("b", rig.model(endless)));
        client.awaitMessage(text -> text.contains("\"id\":\"a\"") && text.contains("Guten "));
        client.awaitMessage(text -> text.contains("\"id\":\"b\"") && text.contains("Guten "));
        client.close();

        assertThat(row(upgrade + "/a").status()).isEqualTo("client_abort");
        assertThat(row(upgrade + "/b").status()).isEqualTo("client_abort");
    }

    @Test
    void aSlowReaderSlowsItsProviderAndLosesNothing() throws Exception {
        String upgrade = newId();
        AtomicLong written = new AtomicLong();
        String event = Words.text("x".repeat(8_000));
        long all = 4_000L * event.length();
        Script flood = Script.of(
                Script.sseHead(),
                Script.repeat(event, 4_000, written),
                Script.send(Words.FINISH + Words.USAGE + Words.DONE),
                Script.end());
        try (SocketClient client = new SocketClient(
                rig.address(), PATH, false, "authorization", "Bearer " + rig.key(), "x-request-id", upgrade)) {
            client.send(ask("a", rig.model(flood)));
            client.request(1);
            client.awaitContaining("xxx");
            await("the provider is held up")
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(300))
                    .until(() -> {
                        long before = written.get();
                        return before > 0 && before < all && before == settled(written);
                    });
            client.request(Long.MAX_VALUE);
            client.awaitContaining(done("a"));
            assertThat(client.messages()).hasSize(4_000 + 2);
        }
        assertThat(row(upgrade + "/a").status()).isEqualTo("ok");
    }

    /** What it is when it has not moved for a while. */
    private static long settled(AtomicLong written) {
        long[] last = {written.get(), System.nanoTime()};
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(20))
                .until(() -> {
                    if (written.get() != last[0]) {
                        last[0] = written.get();
                        last[1] = System.nanoTime();
                    }
                    return System.nanoTime() - last[1] > 300_000_000L;
                });
        return last[0];
    }

    @Test
    void aWrongKeyIsAnHttpAnswer() {
        assertThatThrownBy(() -> new SocketClient(rig.address(), PATH, true, "authorization", "Bearer sk-slc-wrong"))
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        refused ->
                                assertThat(refused.getResponse().statusCode()).isEqualTo(401));
    }

    @Test
    void aGatewayThatStopsClosesItsSockets() throws Exception {
        try (Rig own = Rig.start();
                SocketClient idle = SocketClient.open(own, PATH, newId());
                SocketClient busy = SocketClient.open(own, PATH, newId())) {
            Script endless =
                    Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Guten ")), Script.stall());
            busy.send(ask("a", own.model(endless)));
            busy.awaitContaining("Guten ");
            Thread stopping = Thread.ofVirtual().start(own::stop);

            assertThat(idle.awaitClosed()).isEqualTo(1001);
            busy.awaitContaining("{\"id\":\"a\",\"error\":{");
            assertThat(busy.awaitClosed()).isEqualTo(1001);
            assertThat(stopping.join(Duration.ofSeconds(20))).isTrue();
        }
    }
}
