package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Callers go away in the middle of answers, and it is known exactly what had reached them: the provider waits for each
 * event to have been read before it sends the next. {@code -Dsluice.abort.calls=5000} for the long form.
 */
final class CountedAbortIT {
    private static final int CALLS = Integer.getInteger("sluice.abort.calls", 63);
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final String DRAINED = """
              "drained-*":
                targets: [ { model: "scripted/*" } ]
                on_client_abort: drain
            """;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        System.out.println("aborts: -Dseed=" + SEED + " -Dsluice.abort.calls=" + CALLS);
        rig = Rig.start(Rig.with("", DRAINED), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    /** A call that was left, and what it had come to. */
    private record Left(Call call, SpokenAnswer.Kind kind, int events, long tokens) {}

    @Test
    void whatWasDeliveredIsCountedToTheToken() throws Exception {
        Random random = new Random(SEED);
        SpokenAnswer.Kind[] kinds = SpokenAnswer.Kind.values();
        List<Left> all = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            SpokenAnswer answer = new SpokenAnswer(kinds[i % kinds.length], random);
            int events = 1 + random.nextInt(answer.size());
            Call call = abortAfter(answer, events, random.nextBoolean());
            all.add(new Left(call, kinds[i % kinds.length], events, answer.tokens(events)));
        }
        for (Left left : all) {
            UsageRow row = rig.row(left.call());
            assertThat(row.status()).as("%s", left).isEqualTo("client_abort");
            assertThat(row.number("counted_output")).as("%s", left).isEqualTo(left.tokens());
            assertThat(row.number("output_tokens")).as("%s", left).isEqualTo(left.tokens());
            assertThat(row.text("usage_source")).as("%s", left).isEqualTo("counted");
            assertThat(row.number("http_status")).as("%s", left).isEqualTo(200);
        }
    }

    /** Makes the call, reads {@code events} events, and goes. */
    private static Call abortAfter(SpokenAnswer answer, int events, boolean reset) throws IOException {
        Semaphore read = new Semaphore(0);
        Script script = Script.of(Script.sseHead(), wire -> {
            for (int i = 0; i < events; i++) {
                wire.write(answer.event(i).getBytes(UTF_8));
                if (!read.tryAcquire(20, TimeUnit.SECONDS)) {
                    throw new IOException("event " + i + " was not read");
                }
            }
            wire.awaitGone();
        });
        Call call =
                rig.keyed(Call.chat(Words.streamed("scripted/" + rig.scripts().addAs("gpt-4o-mini-", script))));
        try (RawClient client = new RawClient(rig.address())) {
            RawClient.Incoming incoming = client.send(call).begin();
            StringBuilder received = new StringBuilder();
            int length = 0;
            for (int i = 0; i < events; i++) {
                length += answer.event(i).getBytes(UTF_8).length;
                while (received.length() < length) {
                    received.append(new String(incoming.read(4096), ISO_8859_1));
                }
                assertThat(received).as("bytes received").hasSize(length);
                if (i < events - 1) {
                    read.release();
                }
            }
            if (reset) {
                client.reset();
            }
        }
        read.release();
        return call;
    }

    @Test
    void aDrainedAnswerIsBilledByTheProvidersOwnWord() throws Exception {
        CountDownLatch gone = new CountDownLatch(1);
        String model = rig.scripts()
                .addAs(
                        "drained-",
                        Script.of(
                                Script.sseHead(),
                                Script.send(Words.ROLE + Words.text("Guten ")),
                                Script.await(gone),
                                Script.send(Words.text("Tag") + Words.FINISH + Words.USAGE + Words.DONE),
                                Script.end()));
        Call call = rig.keyed(Call.chat(Words.streamed(model)));
        try (RawClient client = new RawClient(rig.address())) {
            assertThat(client.send(call).begin().read(4096)).isNotEmpty();
        }
        await("the gateway has seen the caller go")
                .atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> Scrape.figure(rig.adminAddress(), "sluice_client_connections") == 0);
        gone.countDown();

        UsageRow row = rig.row(call);

        assertThat(row.status()).isEqualTo("client_abort");
        assertThat(row.text("usage_source")).isEqualTo("provider");
        assertThat(row.number("input_tokens")).isEqualTo(19);
        assertThat(row.number("cached_tokens")).isEqualTo(4);
        assertThat(row.number("output_tokens")).isEqualTo(7);
        assertThat(row.number("reasoning_tokens")).isEqualTo(3);
    }
}
