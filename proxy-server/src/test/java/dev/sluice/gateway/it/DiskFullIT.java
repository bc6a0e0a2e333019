package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The disk under the journal is full, and PostgreSQL is away, so that nothing can be released: what cannot be written
 * down is not begun, what has begun ends well, and service comes back by itself.
 */
final class DiskFullIT {
    /** Room for the segments that are kept ahead, for those of an outage, and for a few more when the filler is gone. */
    private static final int DISK_MEGABYTES = 64;

    private static final int OPEN_STREAMS = 12;
    private static final int RATE = 600;
    private static final Duration BACK_SOON = Duration.ofSeconds(10);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private static PostgresServer postgres;

    @BeforeAll
    static void start() throws IOException {
        String why = SmallDisk.whyNot();
        if (!why.isEmpty()) {
            System.out.println("skipped: " + why);
        }
        assumeTrue(why.isEmpty(), why);
        System.out.println("disk full: -Dseed=" + SEED);
        postgres = new PostgresServer();
    }

    @AfterAll
    static void stop() throws IOException {
        if (postgres != null) {
            postgres.close();
        }
    }

    @Test
    void whatCannotBeWrittenDownIsNotBegunUntilThereIsRoom() throws Exception {
        try (Scene scene = new Scene()) {
            postgres.whileKilled(() -> {
                List<ClientEntry> open = scene.openStreams();
                scene.disk.fill();
                scene.callUntilRefused();
                scene.assertOpenStreamsEndWell(open);

                scene.rig.kill();
                scene.rig.start();
                scene.callUntilRefused();
                scene.disk.free();
                scene.assertServedSoon("the disk has room");
            });
            scene.assertBooksAgree("disk full, then room");
        }
    }

    @Test
    void serviceReturnsWhenPostgresHasTakenWhatTheJournalHeld() throws Exception {
        try (Scene scene = new Scene()) {
            postgres.whileKilled(() -> {
                scene.disk.fill();
                scene.callUntilRefused();
            });
            scene.assertServedSoon("PostgreSQL is back, and the disk as full as before");
            scene.assertBooksAgree("disk full, then PostgreSQL");
        }
    }

    /** A gateway whose data directory is on a small disk. */
    private static final class Scene implements AutoCloseable {
        private final SmallDisk disk = new SmallDisk(DISK_MEGABYTES);
        private final LedgerRig rig = new LedgerRig(postgres, disk.directory("data"));
        private final Random random = new Random(SEED);
        private final Load load = new Load(rig.client(), "full-", random, Plan::brief);
        private int probes;

        Scene() throws Exception {
            // Large records fill the journal in seconds; what is in them does not matter.
            List<String> tags = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                tags.add("tag" + i + "=" + "x".repeat(250));
            }
            rig.client().tag(String.join(",", tags));
            rig.start();
            load.start(50);
            load.goOn(300);
            load.stop();
            rig.awaitCallsOver();
        }

        /** Streams that have begun to answer and are held there by the provider. */
        List<ClientEntry> openStreams() {
            List<ClientEntry> open = new ArrayList<>();
            for (int i = 0; i < OPEN_STREAMS; i++) {
                open.add(rig.client()
                        .begin(new Plan("open-" + i, true, Plan.Ending.WELL, 400, 4, 20, 90, 0, 0, false, -1)));
            }
            await("the streams have begun")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(10))
                    .until(() -> open.stream().allMatch(call -> call.received().total() > 0));
            rig.provider().hold();
            assertThat(open).noneMatch(ClientEntry::isOver);
            return open;
        }

        /** Calls until the gateway says that it can write nothing down. */
        void callUntilRefused() {
            int before = rig.client().entries().size();
            load.start(RATE);
            await("a refusal after " + before + " calls")
                    .atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> probe().status() == 503);
            load.stop();
            for (ClientEntry call : rig.client().entries().values()) {
                if (call.status() == 503) {
                    assertThat(call.refusal())
                            .as("an error in OpenAI's shape")
                            .matches("\\{\"error\":\\{.*\"message\":\".+\".*\"code\":\"metering_unavailable\".*}}\\s*");
                }
            }
        }

        void assertOpenStreamsEndWell(List<ClientEntry> open) {
            assertThat(open).as("streams that are held").noneMatch(ClientEntry::isOver);
            rig.provider().release();
            await("open streams end")
                    .atMost(Duration.ofSeconds(20))
                    .pollInterval(Duration.ofMillis(20))
                    .until(() -> open.stream().allMatch(ClientEntry::isOver));
            assertThat(open).as("streams served to their last byte").allMatch(ClientEntry::isServed);
            assertThat(open).as("[DONE]").allMatch(ClientEntry::doneMarker);
            rig.awaitCallsOver();
        }

        void assertServedSoon(String since) {
            long start = System.nanoTime();
            await("service, since " + since)
                    .atMost(BACK_SOON)
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> probe().isServed());
            System.out.printf(
                    "served again %d ms after %s%n", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start), since);
        }

        /** One call; returns when it is over. */
        private ClientEntry probe() {
            ClientEntry call = rig.client()
                    .begin(new Plan("probe-" + ++probes, false, Plan.Ending.WELL, 5, 5, 0, 9, 0, 0, false, -1));
            await("an answer to a probe")
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(2))
                    .until(call::isOver);
            return call;
        }

        void assertBooksAgree(String what) throws Exception {
            load.stop();
            rig.awaitCallsOver();
            rig.awaitStored(Duration.ofSeconds(60));
            Books books = rig.assertBooksAgree(what);
            assertThat(books.count("no row 503")).as("refused calls").isPositive();
        }

        @Override
        public void close() throws IOException {
            load.stop();
            try {
                rig.close();
            } finally {
                disk.close();
            }
        }
    }
}
