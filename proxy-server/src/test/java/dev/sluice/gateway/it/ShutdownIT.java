package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A gateway is told to stop under load, while another one listens on the same address: nobody may notice. Three ledgers
 * are compared as after a crash, but here every call must have been served.
 *
 * <p>{@code -Dsluice.drain.stream=20s} for streams of that length, {@code -Dsluice.drain.rate=50} for so many calls a
 * second.
 */
final class ShutdownIT {
    private static final long STREAM_MILLIS = streamMillis(System.getProperty("sluice.drain.stream", "3s"));
    private static final int RATE = Integer.getInteger("sluice.drain.rate", 60);
    private static final int EVENTS = 20;
    /** Long enough for streams that follow each other on one connection. */
    private static final long DRAIN_SECONDS = 20 + 3 * TimeUnit.MILLISECONDS.toSeconds(STREAM_MILLIS);

    private static long streamMillis(String seconds) {
        return TimeUnit.SECONDS.toMillis(
                Long.parseLong(seconds.toLowerCase(Locale.ROOT).replace("s", "")));
    }

    /** Mostly streams of one length, on kept and on new connections; some whole answers between them. */
    private static Plan plan(String id, Random random) {
        boolean stream = random.nextInt(5) > 0;
        int prompt = 20 + random.nextInt(2_000);
        return new Plan(
                id,
                stream,
                Plan.Ending.WELL,
                stream ? EVENTS * 3 : 1 + random.nextInt(60),
                3,
                stream ? (int) (STREAM_MILLIS / EVENTS) : random.nextInt(200),
                prompt,
                random.nextInt(prompt),
                0,
                random.nextBoolean(),
                -1);
    }

    @Test
    void nobodyNoticesThatAGatewayStopsWhenAnotherOneTakesOver() throws Exception {
        String server = "reuse_port: true, drain_delay: 1s, drain: " + DRAIN_SECONDS + "s";
        try (LedgerRig rig =
                new LedgerRig(PostgresServer.shared(), Files.createTempDirectory("sluice-ledger-data"), server)) {
            rig.start();
            Load load = new Load(rig.client(), "shutdown-", new Random(5), ShutdownIT::plan);
            rig.client().connectAnew(/* nth= */ 2, /* keeping= */ 16);
            load.start(RATE);
            load.goOn(STREAM_MILLIS);
            try (RawClient asking = new RawClient(rig.gateway().address());
                    GatewayProcess first = rig.startSuccessor()) {
                int before = rig.client().open();
                // A connection that has been idle for a while would be closed before it is asked.
                assertThat(isDenied(asking)).isFalse();
                long told = System.nanoTime();
                first.terminate();
                long unready = awaitUnready(asking, told);
                load.goOn(STREAM_MILLIS + 2_000);
                load.stop();
                int exit = first.awaitExit(Duration.ofSeconds(DRAIN_SECONDS + 20));
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - told);
                rig.awaitCallsOver();
                rig.awaitStored(Duration.ofSeconds(60));

                System.out.printf(
                        Locale.ROOT,
                        "shutdown: %d calls, %d open at SIGTERM, /readyz denied after %d ms, gone after %d s with %d%n",
                        load.begun(),
                        before,
                        unready,
                        seconds,
                        exit);
                assertThat(exit).as("exit code").isZero();
                assertThat(first.text())
                        .contains("gateway is stopping", "gateway stopped", "\"usageLeftBehind\":\"0\"");
                assertThat(rig.gateway().metric("sluice_usage_rows_written_total"))
                        .as("rows of the second gateway")
                        .isPositive();
            }
            Books books = rig.assertBooksAgree("shutdown");
            assertThat(books.count("served")).as("served to the last byte").isEqualTo(load.begun());
            assertThat(rig.count("SELECT count(*) FROM sluice.usage_event WHERE status = 'ok'"))
                    .as("rows that say so")
                    .isEqualTo(load.begun());
        }
    }

    @Test
    void theSecondSignalDoesNotLetItWait() throws Exception {
        try (LedgerRig rig =
                new LedgerRig(PostgresServer.shared(), Files.createTempDirectory("sluice-ledger-data"), "drain: 1h")) {
            GatewayProcess gateway = rig.start();
            Load load = new Load(rig.client(), "hurried-", new Random(6), ShutdownIT::plan);
            load.start(RATE);
            rig.awaitServed();
            load.stop();
            rig.provider().hold();
            int asked = rig.provider().entries().size();
            gateway.terminate();
            await("it has understood")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> gateway.text().contains("gateway is stopping"));
            gateway.terminate();

            assertThat(gateway.awaitExit(Duration.ofSeconds(30)))
                    .as("exit code")
                    .isZero();
            assertThat(rig.count("SELECT count(*) FROM sluice.usage_event WHERE status = 'interrupted'"))
                    .as("streams that were held")
                    .isPositive();
            assertThat(rig.count("SELECT count(*) FROM sluice.usage_event WHERE status IN ('ok', 'interrupted')"))
                    .as("rows of calls that had reached the provider")
                    .isGreaterThanOrEqualTo(asked);
        }
    }

    /** Asks again and again on one connection, which ends with the answer that is waited for. Returns milliseconds. */
    private static long awaitUnready(RawClient client, long sinceNanos) {
        await("readiness is denied")
                .atMost(Duration.ofSeconds(10))
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> isDenied(client));
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
    }

    private static boolean isDenied(RawClient client) throws IOException {
        return client.send(Call.get("/readyz")).answer().status() == 503;
    }
}
