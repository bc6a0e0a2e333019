package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL is away for a long time under a steady load: no call fails, nothing grows, and afterwards three ledgers
 * agree. {@code -Dsluice.outage.seconds=600 -Dsluice.outage.rate=500} for the long form.
 */
final class LedgerOutageIT {
    private static final int SECONDS = Integer.getInteger("sluice.outage.seconds", 6);
    private static final int RATE = Integer.getInteger("sluice.outage.rate", 100);
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int LONG_FORM_SECONDS = 60;
    private static final long AROUND_MILLIS = 600;

    private static PostgresServer postgres;

    @BeforeAll
    static void start() throws IOException {
        System.out.println(
                "outages: -Dseed=" + SEED + " -Dsluice.outage.seconds=" + SECONDS + " -Dsluice.outage.rate=" + RATE);
        postgres = new PostgresServer();
    }

    @AfterAll
    static void stop() throws IOException {
        postgres.close();
    }

    @Test
    void aStoppedPostgresCostsNothingButTime() throws Exception {
        try (Scene scene = new Scene("stopped")) {
            postgres.whileKilled(scene::watch);
            scene.assertAllWell();
            scene.assertNothingFailed();
        }
    }

    @Test
    void aFrozenPostgresCostsNothingButTime() throws Exception {
        try (Scene scene = new Scene("frozen")) {
            postgres.whileFrozen(scene::watch);
            scene.assertAllWell();
            scene.assertNothingFailed();
        }
    }

    /** Both kinds of outage in the long form; in the short one the seed chooses. */
    @Test
    void aGatewayThatIsKilledMeanwhileCostsNothingEither() throws Exception {
        boolean both = SECONDS >= LONG_FORM_SECONDS;
        if (both || SEED % 2 == 0) {
            try (Scene scene = new Scene("stopped, gateway killed")) {
                postgres.whileKilled(scene::killInTheMiddle);
                scene.assertAllWell();
            }
        }
        if (both || SEED % 2 != 0) {
            try (Scene scene = new Scene("frozen, gateway killed")) {
                postgres.whileFrozen(scene::killInTheMiddle);
                scene.assertAllWell();
            }
        }
    }

    /** What is measured of a gateway that stores nothing: its heap after a collection, and its threads. */
    private record Sample(long liveHeapBytes, int threads) {
        static Sample of(GatewayProcess gateway) throws IOException, InterruptedException {
            return new Sample(gateway.liveHeapBytes(), (int) gateway.metric("jvm_threads_current"));
        }
    }

    /** One gateway under load, before, during and after an outage. */
    private static final class Scene implements AutoCloseable {
        private static final int SAMPLES = 3;
        private static final long SMALL_CHANGE_BYTES = 2 << 20;

        private final LedgerRig rig = new LedgerRig(postgres);
        private final Load load = new Load(rig.client(), "outage-", new Random(SEED), Plan::brief);
        private final String name;

        Scene(String name) throws Exception {
            this.name = name;
            rig.start();
            load.start(RATE);
            load.goOn(AROUND_MILLIS);
        }

        /** Lets the outage last, and looks at the gateway now and then. */
        void watch() throws Exception {
            List<Sample> samples = new ArrayList<>();
            for (int i = 0; i < SAMPLES; i++) {
                load.goOn(SECONDS * 1_000L / (SAMPLES + 1));
                samples.add(Sample.of(rig.gateway()));
            }
            load.goOn(SECONDS * 1_000L / (SAMPLES + 1));
            System.out.println(name + ": " + rig.gateway().metric("sluice_usage_queued") + " rows wait, " + samples);
            Sample first = samples.getFirst();
            Sample last = samples.getLast();
            assertThat(last.liveHeapBytes())
                    .as("live heap at the end of the outage, %s", samples)
                    .isLessThan(first.liveHeapBytes() * 13 / 10 + SMALL_CHANGE_BYTES);
            assertThat(last.threads()).as("threads, %s", samples).isLessThanOrEqualTo(first.threads() + 2);
        }

        /** The outage goes on, the gateway does not: another life of it serves the second half. */
        void killInTheMiddle() throws Exception {
            load.goOn(SECONDS * 500L);
            rig.kill();
            load.stop();
            rig.awaitCallsOver();
            rig.start();
            load.start(RATE);
            load.goOn(SECONDS * 500L);
        }

        void assertAllWell() throws Exception {
            load.goOn(AROUND_MILLIS);
            load.stop();
            rig.awaitCallsOver();
            rig.awaitStored(Duration.ofSeconds(60).plusSeconds(SECONDS));
            Books books = rig.assertBooksAgree(name);
            assertThat(books.count("served"))
                    .as("answers, or nothing was tried")
                    .isGreaterThan(RATE * SECONDS / 2);
            for (ClientEntry call : rig.client().entries().values()) {
                boolean byTheKill =
                        call.outcome() == ClientEntry.Outcome.CUT || call.outcome() == ClientEntry.Outcome.UNREACHABLE;
                assertThat(call.isServed() || byTheKill)
                        .as("%s: %s %s %s", call.plan().id(), call.outcome(), call.status(), call.refusal())
                        .isTrue();
            }
        }

        void assertNothingFailed() {
            assertThat(rig.client().entries().values()).allMatch(ClientEntry::isServed);
        }

        @Override
        public void close() throws IOException {
            load.stop();
            rig.close();
        }
    }
}
