package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that wait for their limits instead of being refused, at a whole gateway. */
@Timeout(120)
final class FairQueueIT {
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private Rig rig;

    @BeforeEach
    void start() throws Exception {
        rig = Rig.start(Rig.STANDARD + """
                limits:
                  rules:
                    - { name: one at a time, per: all, for: { models: [ "single-*" ] }, concurrent: 1, queue: 20s }
                    - { name: five a second, per: all, for: { models: [ "paced-*" ] }, requests: 5/second, burst: 1, queue: 20s }
                    - { name: impatient, per: all, for: { models: [ "short-*" ] }, concurrent: 1, queue: 200ms }
                """, Map.of());
    }

    @AfterEach
    void stop() throws Exception {
        clients.close();
        rig.close();
    }

    private Call chat(String prefix, Script script) {
        return rig.keyed(Call.chat("{\"model\":\"" + rig.scripts().addAs(prefix, script) + "\",\"messages\":[]}"));
    }

    private void awaitWaiting(int calls) {
        await("calls that wait")
                .atMost(Duration.ofSeconds(20))
                .until(() -> Operator.get(rig.adminAddress(), "/metrics")
                        .body()
                        .contains("sluice_limit_waiting " + calls + ".0"));
    }

    /** Answers when the test says so. */
    private static Script held(CountDownLatch until) {
        return Script.of(
                wire -> assertThat(until.await(60, TimeUnit.SECONDS)).isTrue(), Script.json(200, Words.COMPLETION));
    }

    @Test
    void whatIsTooFastIsSlowedDownAndNotRefused() throws Exception {
        long begun = System.nanoTime();
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Call call = chat("paced-", Script.json(200, Words.COMPLETION));
            answers.add(clients.submit(() -> rig.answer(call)));
        }
        for (Future<Answer> answer : answers) {
            assertThat(answer.get().status()).isEqualTo(200);
        }

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThanOrEqualTo(Duration.ofMillis(1_400));
    }

    @Test
    void whoWaitsForOneThatIsRunningComesNext() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Call first = chat("single-", held(go));
        Call second = chat("single-", Script.json(200, Words.COMPLETION));
        Future<Answer> running = clients.submit(() -> rig.answer(first));
        await().until(() -> !rig.scripts().requests().isEmpty());
        Future<Answer> waiting = clients.submit(() -> rig.answer(second));
        awaitWaiting(1);
        assertThat(rig.scripts().requests()).hasSize(1);

        go.countDown();

        assertThat(running.get().status()).isEqualTo(200);
        assertThat(waiting.get().status()).isEqualTo(200);
        awaitWaiting(0);
    }

    @Test
    void whoGoesAwayWhileItWaitsLeavesItsPlace() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Call first = chat("single-", held(go));
        Future<Answer> running = clients.submit(() -> rig.answer(first));
        await().until(() -> !rig.scripts().requests().isEmpty());
        try (RawClient impatient = new RawClient(rig.address())) {
            impatient.send(chat("single-", Script.json(200, Words.COMPLETION)));
            awaitWaiting(1);
            impatient.reset();
        }
        awaitWaiting(0);

        go.countDown();
        assertThat(running.get().status()).isEqualTo(200);
        assertThat(rig.answer(chat("single-", Script.json(200, Words.COMPLETION)))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void whoHasWaitedLongEnoughIsRefused() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        Call first = chat("short-", held(go));
        Future<Answer> running = clients.submit(() -> rig.answer(first));
        await().until(() -> !rig.scripts().requests().isEmpty());

        Answer refused = rig.answer(chat("short-", Script.json(200, Words.COMPLETION)));

        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.text()).contains("impatient");
        go.countDown();
        assertThat(running.get().status()).isEqualTo(200);
    }
}
