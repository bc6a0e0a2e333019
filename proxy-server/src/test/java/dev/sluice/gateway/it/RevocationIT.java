package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.Gateway;
import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.config.ConfigLoader;
import dev.sluice.gateway.config.ConfigSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * How long a key that has been taken back goes on working, on two gateways with one PostgreSQL. What the second one is told
 * by it passes a relay that can make the listening connection silent.
 */
final class RevocationIT {
    private static final Duration WITH_PUSH = Duration.ofSeconds(1);
    private static final Duration WITHOUT_PUSH = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int TIMES = 20;
    private static final int TIMES_WITHOUT = 4;

    @TempDir
    static Path directory;

    private static FreezingRelay relay;
    private static DatabaseKeys keys;
    private static Gateway near;
    private static Gateway far;

    @BeforeAll
    static void start() throws Exception {
        String databaseUrl = PostgresServer.shared().newDatabase();
        int port = Integer.parseInt(databaseUrl.replaceAll(".*:(\\d+)/.*", "$1"));
        relay = new FreezingRelay(port, "sluice-listener");
        Path nearData = Files.createDirectory(directory.resolve("near"));
        Path farData = Files.createDirectory(directory.resolve("far"));
        keys = new DatabaseKeys(databaseUrl, nearData);
        Files.copy(nearData.resolve("pepper"), farData.resolve("pepper"));
        near = gateway(databaseUrl, nearData);
        far = gateway(databaseUrl.replace(":" + port + "/", ":" + relay.port() + "/"), farData);
        awaitPush(near);
        awaitPush(far);
    }

    @AfterAll
    static void stop() throws IOException {
        near.close();
        far.close();
        relay.close();
    }

    private static Gateway gateway(String databaseUrl, Path data) throws Exception {
        Path file = Files.writeString(data.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: keys }
                # Whoever asks so often with what is not good any more is blocked, and this is not about that.
                limits: { threats: { enabled: false } }
                database: { url: "%s" }
                data_dir: "%s"
                """.formatted(databaseUrl, data));
        ConfigSource source = () -> ConfigLoader.load(file, Map.of(), data);
        return Gateway.start(source.load(), source);
    }

    private static double push(Gateway gateway) throws IOException {
        return Scrape.figure(gateway.adminAddress(), "sluice_key_feed_push");
    }

    private static void awaitPush(Gateway gateway) {
        await("changes are announced and everything is loaded")
                .atMost(SOON)
                .until(() ->
                        push(gateway) == 1 && Scrape.figure(gateway.adminAddress(), "sluice_key_feed_loads_total") > 0);
    }

    /** Asks once, on whatever connection. */
    private interface Asking {
        int status() throws Exception;
    }

    private static Call call(ApiKey key) {
        return Call.get("/v1/models").key(key.reveal());
    }

    /** Everything at once that could remember the key: connections that are kept, in both protocols, and new ones. */
    private static long longestMillis(Gateway gateway, ApiKey key, Revoking revoking) throws Exception {
        try (RawClient kept = new RawClient(gateway.dataAddress());
                Http2Client streams = new Http2Client(gateway.dataAddress())) {
            Asking[] ways = {
                () -> kept.send(call(key)).answer().status(),
                () -> streams.begin(call(key)).answer().status(),
                () -> RawClient.call(gateway.dataAddress(), call(key)).status()
            };
            for (Asking way : ways) {
                assertThat(way.status()).as("before it is revoked").isEqualTo(200);
            }
            long revoked = revoking.revoke(key);
            long longest = 0;
            for (Asking way : ways) {
                await("it is refused")
                        .atMost(SOON)
                        .pollInterval(Duration.ofMillis(2))
                        .until(() -> way.status() == 401);
                longest = Math.max(longest, System.nanoTime() - revoked);
            }
            for (Asking way : ways) {
                assertThat(way.status()).as("and stays refused").isEqualTo(401);
            }
            return TimeUnit.NANOSECONDS.toMillis(longest);
        }
    }

    private interface Revoking {
        long revoke(ApiKey key) throws Exception;
    }

    @Test
    void withThePushChannelARevocationIsThereWithinASecond() throws Exception {
        for (Gateway gateway : new Gateway[] {near, far}) {
            long longest = 0;
            long sum = 0;
            for (int i = 0; i < TIMES; i++) {
                long took = longestMillis(gateway, keys.insert(), keys::revoke);
                longest = Math.max(longest, took);
                sum += took;
            }
            System.out.printf(
                    "revocation with push, %s node: mean %d ms, longest %d ms of %d%n",
                    gateway == near ? "near" : "far", sum / TIMES, longest, TIMES);
            assertThat(Duration.ofMillis(longest)).isLessThanOrEqualTo(WITH_PUSH);
        }
    }

    @Test
    void withoutItWithinTenSeconds() throws Exception {
        int before = relay.silenced();
        relay.freeze();
        try {
            assertThat(push(far)).as("nobody has noticed").isEqualTo(1);
            long longest = 0;
            for (int i = 0; i < TIMES_WITHOUT; i++) {
                longest = Math.max(longest, longestMillis(far, keys.insert(), keys::revoke));
            }
            System.out.printf("revocation with a silent push channel: longest %d ms of %d%n", longest, TIMES_WITHOUT);
            assertThat(relay.silenced()).as("it has been silent").isGreaterThan(before);
            assertThat(Duration.ofMillis(longest)).isLessThanOrEqualTo(WITHOUT_PUSH);
            await("it is noticed in the end").atMost(SOON).until(() -> push(far) == 0);
            assertThat(longestMillis(far, keys.insert(), keys::revoke)).isLessThanOrEqualTo(WITHOUT_PUSH.toMillis());
        } finally {
            relay.thaw();
        }
        awaitPush(far);
        assertThat(Duration.ofMillis(longestMillis(far, keys.insert(), keys::revoke)))
                .isLessThanOrEqualTo(WITH_PUSH);
    }

    @Test
    void aKeyOfTheOneNodeWorksAtTheOtherAtOnce() throws Exception {
        relay.freeze();
        try {
            long longest = 0;
            for (int i = 0; i < TIMES; i++) {
                ApiKey key = keys.insert();
                long begun = System.nanoTime();
                assertThat(RawClient.call(far.dataAddress(), call(key)).status())
                        .as("the first call with it")
                        .isEqualTo(200);
                longest = Math.max(longest, System.nanoTime() - begun);
            }
            System.out.printf(
                    "first call with a key that has to be looked up: longest %d ms of %d%n",
                    TimeUnit.NANOSECONDS.toMillis(longest), TIMES);
        } finally {
            relay.thaw();
        }
        awaitPush(far);
    }
}
