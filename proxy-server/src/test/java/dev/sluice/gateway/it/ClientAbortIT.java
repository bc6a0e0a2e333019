package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Callers who go away, and callers who are slow. */
final class ClientAbortIT {
    private static final long STREAM_BYTES = 100L << 20;
    private static final String LARGE_EVENT = Words.text("x".repeat(16_000));

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start();
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    enum Farewell {
        CLOSE,
        RESET;

        void say(RawClient client) throws IOException {
            switch (this) {
                case CLOSE -> client.close();
                case RESET -> client.reset();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Farewell.class)
    void theProviderSeesAtOnceThatTheCallerIsGone(Farewell farewell) throws Exception {
        long[] millis = new long[10];
        for (int i = 0; i < millis.length; i++) {
            millis[i] = millisUntilTheProviderSees(farewell);
        }
        Arrays.sort(millis);

        System.out.printf("caller gone (%s) to provider: median %d ms, worst %d ms%n", farewell, millis[5], millis[9]);
        assertThat(millis[9]).isLessThan(500);
        assertThat(millis[5]).as("median").isLessThan(50);
    }

    private static long millisUntilTheProviderSees(Farewell farewell) throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        Script script = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.stall(gone));
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
        long start;
        try (RawClient client = new RawClient(rig.address())) {
            RawClient.Incoming incoming = client.send(call).begin();
            assertThat(incoming.read(64)).isNotEmpty();
            start = System.nanoTime();
            farewell.say(client);
        }
        long seen = gone.get(5, TimeUnit.SECONDS);
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("client_abort");
        assertThat(row.number("http_status")).isEqualTo(200);
        assertThat(row.text("usage_source")).isNotEqualTo("provider");
        return TimeUnit.NANOSECONDS.toMillis(seen - start);
    }

    @Test
    void aCancelledHttp2StreamCancelsTheProviderAndLeavesTheConnectionOpen() throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        Script script = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.stall(gone));
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
        try (Http2Client client = new Http2Client(rig.address())) {
            Http2Client.Incoming incoming = client.begin(call);
            await().atMost(Duration.ofSeconds(5)).until(() -> incoming.received() > 0);

            incoming.cancel();

            assertThat(gone.get(500, TimeUnit.MILLISECONDS)).isPositive();
            assertThat(rig.row(call).status()).isEqualTo("client_abort");
            Call next = rig.keyed(Call.chat(Words.chat(rig.model(Script.json(200, Words.COMPLETION)))));
            assertThat(client.begin(next).answer().text()).isEqualTo(Words.COMPLETION);
        }
    }

    @Test
    void aCallerWhoLeavesBeforeTheHeadCancelsTheProvider() throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(1);
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(Script.of(Script.tell(asked), Script.stall(gone))))));
        try (RawClient client = new RawClient(rig.address())) {
            client.send(call);
            assertThat(asked.await(5, TimeUnit.SECONDS)).isTrue();
        }

        assertThat(gone.get(500, TimeUnit.MILLISECONDS)).isPositive();
        assertThat(rig.row(call).status()).isEqualTo("client_abort");
    }

    @Test
    void aCallerWhoLeavesWithinTheRequestCostsNothing() throws Exception {
        String model = rig.model(Script.json(200, Words.COMPLETION));
        Call call = rig.keyed(Call.chat(Words.chat(model)));
        byte[] bytes = RawClient.bytesOf(call);
        try (RawClient client = new RawClient(rig.address())) {
            client.send(Arrays.copyOf(bytes, bytes.length - 5));
        }

        Call after = rig.keyed(Call.chat(Words.chat(model)));
        assertThat(rig.answer(after).status()).isEqualTo(200);
        assertThat(rig.row(after).status()).isEqualTo("ok");
        assertThat(rig.rows(Rig.requestId(call))).isEmpty();
        assertThat(rig.scripts().requests(model.substring("scripted/".length())))
                .hasSize(1);
    }

    /** A closed socket and a half-closed one look alike until something is written; waiting to find out costs tokens. */
    @Test
    void aCallerWhoEndsItsOwnDirectionCountsAsGone() throws Exception {
        CompletableFuture<Long> gone = new CompletableFuture<>();
        Script script = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.stall(gone));
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(script))));
        try (RawClient client = new RawClient(rig.address())) {
            assertThat(client.send(call).begin().read(64)).isNotEmpty();
            client.halfClose();

            assertThat(gone.get(500, TimeUnit.MILLISECONDS)).isPositive();
        }
        assertThat(rig.row(call).status()).isEqualTo("client_abort");
    }

    @Test
    void aCallerWhoStopsReadingStopsTheProviderAndFillsNoMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        long events = STREAM_BYTES / LARGE_EVENT.length();
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(large(events, written)))));
        long before = Memory.usedBytes();
        try (RawClient client = new RawClient(rig.address(), 65_536)) {
            RawClient.Incoming incoming = client.send(call).begin();
            long received = incoming.read(1024).length;
            awaitStandstill(written);
            long growth = Memory.usedBytes() - before;
            System.out.printf(
                    "caller stopped: provider got rid of %d KiB, memory grew by %d KiB%n",
                    written.get() >> 10, growth >> 10);
            assertThat(written.get()).as("bytes taken from the provider").isLessThan(32L << 20);
            assertThat(growth).as("growth of heap and direct memory").isLessThan(32L << 20);

            for (byte[] bytes = incoming.read(65_536); bytes.length > 0; bytes = incoming.read(65_536)) {
                received += bytes.length;
            }

            String ends = Words.ROLE + Words.FINISH + Words.DONE;
            assertThat(received).isEqualTo(events * LARGE_EVENT.length() + ends.length());
        }
        assertThat(rig.row(call).status()).isEqualTo("ok");
    }

    @Test
    void anHttp2CallerWithoutWindowStopsTheProviderAndFillsNoMemory() throws Exception {
        AtomicLong written = new AtomicLong();
        long events = STREAM_BYTES / LARGE_EVENT.length();
        Call call = rig.keyed(Call.chat(Words.streamed(rig.model(large(events, written)))));
        long before = Memory.usedBytes();
        try (Http2Client client = new Http2Client(rig.address())) {
            Http2Client.Incoming incoming = client.begin(call).countOnly();
            await().atMost(Duration.ofSeconds(5)).until(() -> incoming.received() > 0);
            incoming.reading(false);
            awaitStandstill(written);
            long growth = Memory.usedBytes() - before;
            System.out.printf(
                    "HTTP/2 caller stopped: provider got rid of %d KiB, memory grew by %d KiB%n",
                    written.get() >> 10, growth >> 10);
            assertThat(written.get()).isLessThan(32L << 20);
            assertThat(growth).isLessThan(32L << 20);

            incoming.reading(true);

            assertThat(incoming.answer().complete()).isTrue();
            String ends = Words.ROLE + Words.FINISH + Words.DONE;
            assertThat(incoming.received()).isEqualTo(events * LARGE_EVENT.length() + ends.length());
        }
        assertThat(rig.row(call).status()).isEqualTo("ok");
    }

    private static Script large(long events, AtomicLong written) {
        return Script.of(
                Script.sseHead(),
                Script.send(Words.ROLE),
                Script.repeat(LARGE_EVENT, events, written),
                Script.send(Words.FINISH + Words.USAGE + Words.DONE),
                Script.end());
    }

    /** Waits until the provider has not got rid of a byte for a while. */
    private static void awaitStandstill(AtomicLong written) {
        long[] last = {-1, System.nanoTime()};
        await("the provider stands still")
                .atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> {
                    if (written.get() != last[0]) {
                        last[0] = written.get();
                        last[1] = System.nanoTime();
                    }
                    return last[0] > 0 && System.nanoTime() - last[1] > 700_000_000L;
                });
    }
}
