package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.auth.ApiKey;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** PostgreSQL is away: whoever was known is served, nobody is told that a key is wrong, and everything heals by itself. */
final class KeysOutageIT {
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final String CHAT = "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
    private static final int HEAP_MEGABYTES = 96;

    @TempDir
    Path directory;

    private PostgresServer postgres;
    private Path data;
    private Path config;
    private DatabaseKeys keys;
    private GatewayProcess gateway;
    private int lives;

    @BeforeEach
    void start() throws Exception {
        postgres = new PostgresServer();
        data = Files.createDirectory(directory.resolve("data"));
        String databaseUrl = postgres.newDatabase();
        config = Files.writeString(directory.resolve("sluice.yaml"), """
                server: { listen: "127.0.0.1:0", threads: 2, drain: 1s, drain_delay: 0s }
                admin: { listen: "127.0.0.1:0" }
                auth: { mode: keys }
                database: { url: "%s" }
                data_dir: "%s"
                """.formatted(databaseUrl, data));
        keys = new DatabaseKeys(databaseUrl, data);
        spawn();
        await("the feed").atMost(SOON).until(() -> figure("sluice_key_feed_push") == 1 && loads() > 0);
    }

    @AfterEach
    void stop() throws IOException {
        gateway.close();
        postgres.close();
    }

    private void spawn() throws IOException {
        lives++;
        gateway = GatewayProcess.spawn(config, directory.resolve("gateway-" + lives + ".log"), HEAP_MEGABYTES);
        gateway.awaitStarted();
    }

    private double figure(String name) throws IOException {
        return gateway.metric(name);
    }

    private double loads() throws IOException {
        return figure("sluice_key_feed_loads_total");
    }

    private Answer ask(ApiKey key) throws IOException {
        return ask(gateway.address(), key.reveal());
    }

    private static Answer ask(InetSocketAddress address, String key) throws IOException {
        return RawClient.call(address, Call.chat(CHAT).key(key));
    }

    private void assertServed(ApiKey key) throws IOException {
        Answer answer = ask(key);
        assertThat(answer.status()).as(answer::toString).isEqualTo(200);
    }

    private void assertCannotBeTold(ApiKey key) throws IOException {
        Answer answer = ask(key);
        assertThat(answer.status()).as(answer::toString).isEqualTo(503);
        assertThat(answer.text()).contains("\"code\":\"auth_unavailable\"");
        assertThat(Integer.parseInt(answer.field("retry-after"))).isPositive();
    }

    private void assertRefused(ApiKey key) throws IOException {
        Answer answer = ask(key);
        assertThat(answer.status()).as(answer::toString).isEqualTo(401);
        assertThat(answer.text()).contains("\"code\":\"invalid_api_key\"");
    }

    @Test
    void knownKeysWorkWithoutTheDatabaseAlsoAfterARestart() throws Exception {
        ApiKey used = keys.insert();
        ApiKey neverUsed = keys.insert();
        ApiKey revoked = keys.insert();
        assertServed(used);
        assertServed(revoked);
        assertRefused(DatabaseKeys.unknown());
        keys.revoke(revoked);
        await("everybody has heard of it").atMost(SOON).until(() -> ask(revoked).status() == 401);
        await("both keys").atMost(SOON).until(() -> figure("sluice_keys") == 2);
        await("the snapshot").atMost(SOON).until(() -> Files.exists(data.resolve("keys.snapshot")));

        PostgresServer.Killed killed = postgres.kill();
        try {
            assertServed(used);
            assertServed(neverUsed);
            assertCannotBeTold(DatabaseKeys.unknown());
            assertThat(ask(gateway.address(), "sk-slc-nothing").status()).isEqualTo(401);
            await("it is noticed").atMost(SOON).until(() -> gateway.text().contains("changes of keys are not seen"));

            gateway.kill();
            spawn();
            assertServed(used);
            assertServed(neverUsed);
            assertCannotBeTold(DatabaseKeys.unknown());
            // Whoever asks may be told that it is not known; never that it is good.
            assertCannotBeTold(revoked);
        } finally {
            killed.restart();
        }

        await("unknown keys are told apart again")
                .atMost(SOON)
                .until(() -> ask(DatabaseKeys.unknown()).status() == 401);
        ApiKey fresh = keys.insert();
        assertServed(fresh);
        assertServed(used);
        assertRefused(revoked);
        await("all is as it was").atMost(SOON).until(() -> figure("sluice_key_feed_push") == 1 && loads() > 0);
        keys.revoke(used);
        await("a revocation").atMost(SOON).until(() -> ask(used).status() == 401);
        assertServed(neverUsed);
    }

    @Test
    void anOutageOfTheDatabaseIsSurvivedWithoutARestartOfTheGateway() throws Exception {
        ApiKey used = keys.insert();
        assertServed(used);
        try (RawClient kept = new RawClient(gateway.address())) {
            assertThat(kept.send(Call.chat(CHAT).key(used.reveal())).answer().status())
                    .isEqualTo(200);
            postgres.whileFrozen(() -> {
                // Nothing answers, and nothing refuses either.
                assertThat(kept.send(Call.chat(CHAT).key(used.reveal()))
                                .answer()
                                .status())
                        .isEqualTo(200);
                assertCannotBeTold(DatabaseKeys.unknown());
            });
            postgres.whileKilled(() -> {
                assertThat(kept.send(Call.chat(CHAT).key(used.reveal()))
                                .answer()
                                .status())
                        .isEqualTo(200);
                assertCannotBeTold(DatabaseKeys.unknown());
            });
            ApiKey fresh = keys.insert();
            await("a new key works").atMost(SOON).until(() -> ask(fresh).status() == 200);
            keys.revoke(used);
            await("a revocation")
                    .atMost(SOON)
                    .until(() -> kept.send(Call.chat(CHAT).key(used.reveal()))
                                    .answer()
                                    .status()
                            == 401);
        }
    }
}
