package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The gateway is killed at random moments under a mixed load, again and again on the same data directory; then three
 * ledgers are compared. {@code -Dsluice.crash.rounds=200} for the long form, {@code -Dseed=} for the same one again.
 */
final class CrashIT {
    private static final int ROUNDS = Integer.getInteger("sluice.crash.rounds", 6);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @Test
    void killingTheGatewayLosesNothingAndCountsNothingTwice() throws Exception {
        System.out.println("crash: -Dseed=" + SEED + " -Dsluice.crash.rounds=" + ROUNDS);
        Random random = new Random(SEED);
        try (LedgerRig rig = new LedgerRig(PostgresServer.shared())) {
            Load load = new Load(rig.client(), "crash-", new Random(SEED + 1), Plan::random);
            for (int round = 0; round < ROUNDS; round++) {
                if (random.nextInt(8) == 0) {
                    rig.spawn();
                    load.goOn(random.nextInt(900));
                    rig.kill();
                }
                rig.start();
                load.start(40 + random.nextInt(100));
                if (random.nextInt(5) > 0) {
                    // In the middle of things; otherwise perhaps before recovery is over.
                    rig.awaitServed();
                    load.goOn(random.nextInt(2_200));
                }
                load.goOn(random.nextInt(200));
                rig.kill();
                load.stop();
                rig.awaitCallsOver();
            }
            rig.start();
            rig.awaitStored(Duration.ofSeconds(60));
            Books books = rig.assertBooksAgree(ROUNDS + " kills");
            assertThat(books.count("served"))
                    .as("answers served, or nothing was tried")
                    .isGreaterThan(ROUNDS);
            assertThat(books.count("interrupted streams"))
                    .as("streams cut in the middle")
                    .isGreaterThan(ROUNDS / 2);
        }
    }
}
