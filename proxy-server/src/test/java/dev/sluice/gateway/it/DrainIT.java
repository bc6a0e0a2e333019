package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stopping while streams run: they may finish within the deadline; what cannot is told so, and counted. */
final class DrainIT {
    private static Rig rigWithDrain(String drain) throws Exception {
        return rig(drain, "0s");
    }

    private static Rig rig(String drain, String delay) throws Exception {
        String yaml = Rig.STANDARD.replace("drain: 2s, drain_delay: 0s", "drain: " + drain + ", drain_delay: " + delay);
        assertThat(yaml).contains("drain: " + drain + ", drain_delay: " + delay);
        return Rig.start(yaml, Map.of());
    }

    /** Begins an answer, and ends it when {@code release} says so. */
    private static Script held(CountDownLatch release) {
        return Script.of(
                Script.sseHead(),
                Script.send(Words.ROLE + Words.text("Guten ")),
                Script.await(release),
                Script.send(Words.text("Tag") + Words.FINISH + Words.USAGE + Words.DONE),
                Script.end());
    }

    private static void awaitEnd(Thread stopping) throws InterruptedException {
        assertThat(stopping.join(Duration.ofSeconds(15))).as("stopped in time").isTrue();
    }

    @Test
    void whileLeavingItIsNotReadyAndServesWhoComes() throws Exception {
        try (Rig rig = rig("20s", "1h");
                RawClient asking = new RawClient(rig.address())) {
            Thread stopping = Thread.ofVirtual().start(rig::stop);
            await("readiness is denied")
                    .atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(5))
                    .until(() -> asking.send(Call.get("/readyz")).answer().status() == 503);

            assertThat(asking.endOfConnection()).isTrue();
            Call call = rig.keyed(Call.chat(Words.streamed(rig.model(Script.sse(Words.STREAM)))));
            try (RawClient late = new RawClient(rig.address())) {
                Answer answer = late.send(call).answer();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.complete()).isTrue();
                assertThat(answer.fields().first("connection")).isEqualTo("close");
                assertThat(late.endOfConnection()).isTrue();
            }
            assertThat(stopping.isAlive()).isTrue();

            rig.gateway().hurry();

            awaitEnd(stopping);
            assertThat(rig.row(call).status()).isEqualTo("ok");
            assertThatThrownBy(() -> rig.answer(Call.get("/readyz"))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void whoIsToldToHurryInterruptsAtOnce() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Rig rig = rig("1h", "1h");
                RawClient client = new RawClient(rig.address())) {
            Call call = rig.keyed(Call.chat(Words.streamed(rig.model(held(never)))));
            RawClient.Incoming incoming = client.send(call).begin();
            Thread stopping = Thread.ofVirtual().start(rig::stop);
            rig.gateway().hurry();

            assertThat(incoming.rest().text())
                    .contains("data: {\"error\":", "shutting down")
                    .doesNotContain("[DONE]");
            awaitEnd(stopping);
            assertThat(rig.row(call).status()).isEqualTo("interrupted");
        } finally {
            never.countDown();
        }
    }

    @Test
    void aRunningStreamOfHttp2FinishesAndTheConnectionEndsWithIt() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Rig rig = rigWithDrain("20s");
                Http2Client client = new Http2Client(rig.address())) {
            Call call = rig.keyed(Call.chat(Words.streamed(rig.model(held(release)))));
            Http2Client.Incoming incoming = client.begin(call);
            incoming.head();
            Thread stopping = Thread.ofVirtual().start(rig::stop);
            await("nothing new is accepted")
                    .atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> refuses(rig));
            assertThat(client.closed()).isFalse();
            release.countDown();

            assertThat(incoming.answer().complete()).isTrue();
            assertThat(incoming.answer().text()).endsWith(Words.FINISH + Words.DONE);
            awaitEnd(stopping);
            await().atMost(Duration.ofSeconds(5)).until(client::closed);
            assertThat(rig.row(call).status()).isEqualTo("ok");
        }
    }

    @Test
    void aChatOnAWebSocketFinishesAndTheSocketGoesAway() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        String id = "it-" + UUID.randomUUID();
        try (Rig rig = rigWithDrain("20s");
                SocketClient client = SocketClient.open(rig, "/v1/chat/ws", id)) {
            client.send(asked(rig.model(held(release))));
            client.awaitContaining("Guten ");
            Thread stopping = Thread.ofVirtual().start(rig::stop);
            await("nothing new is accepted")
                    .atMost(Duration.ofSeconds(5))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> refuses(rig));
            release.countDown();

            client.awaitContaining("{\"id\":\"a\",\"done\":true}");
            assertThat(client.awaitClosed()).isEqualTo(1001);
            awaitEnd(stopping);
            assertThat(rig.rows(id + "/a"))
                    .singleElement()
                    .satisfies(row -> assertThat(row.status()).isEqualTo("ok"));
        }
    }

    @Test
    void aChatOnAWebSocketThatCannotFinishIsToldSo() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        String id = "it-" + UUID.randomUUID();
        try (Rig rig = rigWithDrain("300ms");
                SocketClient client = SocketClient.open(rig, "/v1/chat/ws", id)) {
            client.send(asked(rig.model(held(never))));
            client.awaitContaining("Guten ");
            Thread stopping = Thread.ofVirtual().start(rig::stop);

            client.awaitContaining("shutting down");
            assertThat(client.awaitClosed()).isEqualTo(1001);
            awaitEnd(stopping);
            assertThat(client.messages()).noneMatch(message -> message.contains("\"done\":true"));
            assertThat(rig.rows(id + "/a"))
                    .singleElement()
                    .satisfies(row -> assertThat(row.status()).isEqualTo("interrupted"));
        } finally {
            never.countDown();
        }
    }

    private static String asked(String model) {
        return "{\"id\":\"a\"," + Words.streamed(model).substring(1);
    }

    @Test
    void aRunningStreamFinishesWhileNothingNewIsAccepted() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Rig rig = rigWithDrain("20s");
                RawClient client = new RawClient(rig.address());
                RawClient other = new RawClient(rig.address())) {
            assertThat(other.send(Call.get("/readyz")).answer().status()).isEqualTo(200);
            Call call = rig.keyed(Call.chat(Words.streamed(rig.model(held(release)))));
            RawClient.Incoming incoming = client.send(call).begin();
            assertThat(incoming.read(16)).isNotEmpty();
            Thread stopping = Thread.ofVirtual().start(rig::stop);

            await("nothing new is accepted")
                    .atMost(Duration.ofSeconds(2))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> refuses(rig));
            assertThat(stopping.isAlive()).isTrue();
            release.countDown();

            Answer answer = incoming.rest();
            assertThat(answer.complete()).isTrue();
            assertThat(answer.text()).endsWith(Words.FINISH + Words.DONE);
            awaitEnd(stopping);
            // Everything that was known has been written when close() returns.
            assertThat(rig.rows(Rig.requestId(call))).hasSize(1);
            assertThat(rig.row(call).status()).isEqualTo("ok");
        }
    }

    private static boolean refuses(Rig rig) {
        try {
            return rig.answer(Call.get("/readyz")).status() == 503;
        } catch (IOException refused) {
            return true;
        }
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void aStreamThatCannotFinishIsToldSo(Protocol protocol) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (Rig rig = rigWithDrain("300ms")) {
            Script script = Script.of(
                    Script.sseHead(),
                    Script.send(Words.ROLE + Words.text("Guten ")),
                    Script.tell(begun),
                    Script.stall());
            Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
            Thread stopping = Thread.ofVirtual().unstarted(rig::stop);
            Thread.ofVirtual().start(() -> {
                try {
                    begun.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                stopping.start();
            });

            Answer answer = protocol.call(rig.address(), call);

            assertThat(answer.text()).doesNotContain("[DONE]");
            assertThat(answer.text()).contains("data: {\"error\":");
            await().atMost(Duration.ofSeconds(10)).until(() -> stopping.getState() == Thread.State.TERMINATED);
            assertThat(rig.row(call).status()).isEqualTo("interrupted");
        }
    }

    @Test
    void stoppingIdleIsQuick() throws Exception {
        try (Rig rig = rigWithDrain("20s")) {
            assertThat(rig.answer(rig.keyed(Call.chat(Words.chat(rig.model(Script.json(200, Words.COMPLETION))))))
                            .status())
                    .isEqualTo(200);
            long start = System.nanoTime();
            rig.stop();

            assertThat(System.nanoTime() - start).isLessThan(5_000_000_000L);
        }
    }
}
