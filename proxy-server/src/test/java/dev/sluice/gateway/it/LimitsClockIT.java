package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole gateway over a midnight in Jerusalem, and its machine's clock set back by an hour in the middle of a run. */
@Timeout(180)
final class LimitsClockIT {
    private static final ZoneId JERUSALEM = ZoneId.of("Asia/Jerusalem");
    private static final int HEAP_MEGABYTES = 96;
    private static final String CHAT =
            "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"What day is it?\"}]}";

    @TempDir
    Path directory;

    private GatewayProcess gateway;

    @Test
    void midnightGivesANewDayAndAClockSetBackGivesNothing() throws Exception {
        FakeTime clock = FakeTime.find(directory);
        assumeTrue(clock != null, "libfaketime is neither installed nor to be had");
        Instant midnight =
                LocalDate.now(JERUSALEM).plusDays(2).atStartOfDay(JERUSALEM).toInstant();
        Path data = Files.createDirectory(directory.resolve("data"));
        TestKeys keys = new TestKeys(data);
        TestKeys.Made ada = keys.make();
        TestKeys.Made bob = keys.make();
        Path config = Files.writeString(directory.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                database: { url: "%s" }
                data_dir: "%s"
                limits:
                  time_zone: Asia/Jerusalem
                  rules:
                    - { name: messages, requests: 10/day }
                keys:
                  - { name: ada, hash: "%s" }
                  - { name: bob, hash: "%s" }
                """.formatted(
                        PostgresServer.shared().newDatabase(), data, ada.hash(), bob.hash()));
        Objects.requireNonNull(clock).set(midnight.minusSeconds(600));
        gateway = GatewayProcess.spawn(config, directory.resolve("gateway.log"), HEAP_MEGABYTES, clock.environment());
        try {
            gateway.awaitStarted();
            assertThat(admitted(ada)).as("before midnight").isEqualTo(10);
            assertThat(admitted(ada)).as("the same day").isZero();

            clock.set(midnight.plusSeconds(300));
            await("a new day").atMost(Duration.ofSeconds(10)).until(() -> ask(ada) == 200);
            assertThat(admitted(ada)).as("of ten, with the one before").isEqualTo(9);

            clock.set(midnight.minusSeconds(3_300));
            assertThat(admitted(ada)).as("no free pass").isZero();
            assertThat(admitted(bob)).as("no lock-out").isEqualTo(10);
            clock.set(midnight.plusSeconds(900));
            assertThat(admitted(ada)).as("it was spent before").isZero();
        } finally {
            gateway.close();
        }
    }

    private int ask(TestKeys.Made key) throws IOException {
        return RawClient.call(gateway.address(), Call.chat(CHAT).key(key.key())).status();
    }

    /** Of twelve. */
    private int admitted(TestKeys.Made key) throws IOException {
        int admitted = 0;
        for (int i = 0; i < 12; i++) {
            int status = ask(key);
            assertThat(status).isIn(200, 429);
            admitted += status == 200 ? 1 : 0;
        }
        return admitted;
    }
}
