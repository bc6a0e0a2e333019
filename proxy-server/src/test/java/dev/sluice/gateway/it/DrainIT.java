package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Stopping while streams run: they may finish within the deadline; what cannot is told so, and counted. */
final class DrainIT {
    private static Rig rigWithDrain(String drain) throws Exception {
        return Rig.start(Rig.STANDARD.replace("drain: 2s", "drain: " + drain), Map.of());
    }

    @Test
    void aRunningStreamFinishesWhileNothingNewIsAccepted() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Rig rig = rigWithDrain("20s");
                RawClient client = new RawClient(rig.address());
                RawClient other = new RawClient(rig.address())) {
            assertThat(other.send(Call.get("/readyz")).answer().status()).isEqualTo(200);
            Script script = Script.of(
                    Script.sseHead(),
                    Script.send(Words.ROLE + Words.text("Guten ")),
                    Script.await(release),
                    Script.send(Words.text("Tag") + Words.FINISH + Words.USAGE + Words.DONE),
                    Script.end());
            Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
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
            assertThat(stopping.join(Duration.ofSeconds(10)))
                    .as("stopped in time")
                    .isTrue();
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
