package dev.sluice.gateway.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sluice.gateway.auth.ApiKey;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.auth.KeyDirectory;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Revocations;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the database says about keys is known here: soon, all of it, and whoever is away meanwhile. */
class KeyFeedIT {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();
    /** Announced, and not found by looking. */
    private static final Duration AT_ONCE = Duration.ofSeconds(1);

    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String PEPPER = "11".repeat(32);
    private static final String NEW_PEPPER = "22".repeat(32);

    @TempDir
    static Path dataDir;

    private static Database database;

    private final KeyDirectory directory = new KeyDirectory(peppers(PEPPER), InstantSource.system());
    private final Revocations revocations = new Revocations();
    private final StoredKeys keys = new StoredKeys(database, peppers(PEPPER));
    private final KeyFeed feed = new KeyFeed(database, directory, revocations, keys, InstantSource.system());

    @BeforeAll
    static void start() {
        database = OwnDatabase.startedIn(dataDir);
    }

    @AfterAll
    static void stop() {
        database.close();
    }

    @BeforeEach
    void empty() throws SQLException {
        execute("DELETE FROM sluice.api_key");
        execute("DELETE FROM sluice.token_revocation");
        execute("UPDATE sluice.team SET enabled = true");
    }

    @AfterEach
    void close() {
        feed.close();
    }

    private static Peppers peppers(String current) {
        return peppers(Map.of("SLUICE_PEPPER", current));
    }

    private static Peppers peppers(Map<String, String> environment) {
        try {
            return Peppers.load(dataDir, environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void execute(String sql) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static @Nullable String one(String sql) throws SQLException {
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static ApiKey insert() throws SQLException {
        try (Connection connection = database.connect("test")) {
            return insert(connection);
        }
    }

    private static ApiKey insert(Connection connection) throws SQLException {
        ApiKey key = ApiKey.generate(new SecureRandom());
        Peppers peppers = peppers(PEPPER);
        try (PreparedStatement statement = connection.prepareStatement(
                "INSERT INTO sluice.api_key (id, name, digest, pepper_id) VALUES (?, 'it', ?, ?)")) {
            statement.setString(1, key.id());
            statement.setBytes(2, peppers.current().digest(key));
            statement.setString(3, peppers.current().id());
            statement.execute();
        }
        return key;
    }

    private boolean knows(ApiKey key) {
        return directory.find(key.reveal(), HERE) instanceof Principal;
    }

    private void awaitLoaded() {
        feed.start();
        await().atMost(SOON).until(() -> feed.isLoaded() && feed.isPushed());
    }

    @Test
    void everythingIsLoadedWithAllItSays() throws Exception {
        execute("INSERT INTO sluice.team (id, name, tier) VALUES ('blue', 'Blue', 'premium') ON CONFLICT DO NOTHING");
        ApiKey key = insert();
        execute("""
                UPDATE sluice.api_key SET name = 'all', team_id = 'blue', models = '{gpt-*,"a,b"}', endpoints = '{embeddings}',
                    tags = '{"env": "prod", "n": 7, "no": null}', ip_ranges = '{10.0.0.0/8}',
                    previous_digest = digest, previous_until = '2030-01-01Z', not_before = '2026-01-01 00:00:00.5Z',
                    expires_at = '2031-01-01 00:00:00.5Z'
                WHERE id = '%s'""".formatted(key.id()));

        KeyRecord read = Objects.requireNonNull(keys.byId(key.id()));

        KeyDigest digest = new KeyDigest(peppers(PEPPER).current().digest(key));
        assertThat(read)
                .isEqualTo(new KeyRecord(
                        key.id(),
                        "all",
                        "blue",
                        null,
                        digest,
                        peppers(PEPPER).current().id(),
                        digest,
                        1_893_456_000,
                        List.of("gpt-*", "a,b"),
                        List.of("embeddings"),
                        Map.of("env", "prod", "n", "7"),
                        "premium",
                        List.of("10.0.0.0/8"),
                        1_767_225_601,
                        1_924_992_000,
                        true,
                        false));
        awaitLoaded();
        assertThat(directory.size()).isEqualTo(1);
        assertThat(directory.find(key.reveal(), InetAddress.getByName("10.1.2.3")))
                .isInstanceOfSatisfying(Principal.class, found -> {
                    assertThat(found.keyId()).isEqualTo(key.id());
                    assertThat(found.tags()).containsEntry("env", "prod");
                });
    }

    @Test
    void timesWithoutEndAreReadAsWell() throws Exception {
        ApiKey key = insert();
        execute("UPDATE sluice.api_key SET expires_at = 'infinity', not_before = '-infinity'");

        KeyRecord read = Objects.requireNonNull(keys.byId(key.id()));

        assertThat(read.notBefore()).isZero();
        assertThat(read.expiresAt()).isGreaterThan(200_000_000_000L);
        execute("UPDATE sluice.api_key SET expires_at = '-infinity'");
        assertThat(Objects.requireNonNull(keys.byId(key.id())).expiresAt()).isZero();
    }

    @Test
    void aChangeIsHeardOfAtOnce() throws Exception {
        awaitLoaded();
        ApiKey key = insert();
        await().atMost(AT_ONCE).until(() -> knows(key));

        execute("UPDATE sluice.api_key SET revoked_at = now()");
        await().atMost(AT_ONCE).until(() -> !knows(key));
        assertThat(directory.size()).isZero();
        assertThat(feed.loads()).isEqualTo(1);
    }

    @Test
    void aKeyIsOffWithItsTeam() throws Exception {
        ApiKey key = insert();
        awaitLoaded();
        assertThat(knows(key)).isTrue();
        execute("UPDATE sluice.team SET enabled = false WHERE id = 'default'");
        await().atMost(AT_ONCE).until(() -> !knows(key));
        execute("UPDATE sluice.team SET enabled = true WHERE id = 'default'");

        await().atMost(AT_ONCE).until(() -> knows(key));
    }

    @Test
    void aTransactionThatBeginsEarlyAndCommitsLateIsNotMissed() throws Exception {
        awaitLoaded();
        try (Connection slow = database.connect("test")) {
            slow.setAutoCommit(false);
            ApiKey late = insert(slow);
            ApiKey early = insert();
            await().atMost(AT_ONCE).until(() -> knows(early));
            long looks = feed.looks();
            await("looks that are over before it commits").atMost(SOON).until(() -> feed.looks() > looks + 1);
            slow.commit();

            await().atMost(AT_ONCE).until(() -> knows(late));
        }
    }

    @Test
    void withoutAListeningConnectionChangesAreFoundByLooking() throws Exception {
        awaitLoaded();
        // No announcement is heard of, although somebody listens.
        execute("ALTER TABLE sluice.api_key DISABLE TRIGGER api_key_announced");
        try {
            ApiKey key = insert();
            await().atMost(SOON).until(() -> knows(key));
        } finally {
            execute("ALTER TABLE sluice.api_key ENABLE TRIGGER api_key_announced");
        }
    }

    @Test
    void aListeningConnectionThatIsLostIsReplaced() throws Exception {
        awaitLoaded();
        String listeners = "SELECT min(pid) FROM pg_stat_activity WHERE application_name = 'sluice-listener'";
        String before = one(listeners);
        execute("SELECT pg_terminate_backend(" + before + ")");
        await().atMost(SOON).until(() -> {
            String now = one(listeners);
            return now != null && !now.equals(before) && feed.isPushed();
        });
        ApiKey key = insert();

        await().atMost(AT_ONCE).until(() -> knows(key));
    }

    @Test
    void whatWasDeletedWhileTheDatabaseCouldNotBeReadIsForgotten() throws Exception {
        ApiKey stays = insert();
        ApiKey goes = insert();
        awaitLoaded();
        execute("ALTER VIEW sluice.effective_key RENAME TO hidden");
        try {
            await().atMost(SOON).until(() -> feed.failure() != null);
            assertThat(knows(goes)).isTrue();
            execute("DELETE FROM sluice.api_key WHERE id = '" + goes.id() + "'");
        } finally {
            execute("ALTER VIEW sluice.hidden RENAME TO effective_key");
        }

        await().atMost(SOON).until(() -> !knows(goes));
        assertThat(knows(stays)).isTrue();
        await().atMost(SOON).until(() -> feed.failure() == null);
    }

    @Test
    void revocationsOfTokensAreRead() throws Exception {
        execute("INSERT INTO sluice.token_revocation (subject, issued_before, expires_at)"
                + " VALUES ('early', to_timestamp(1000.7), now() + interval '1 hour'),"
                + "        ('over', to_timestamp(1000), now() - interval '1 hour')");
        awaitLoaded();
        assertThat(revocations.covers("early", 1_000)).isTrue();
        assertThat(revocations.covers("early", 1_001)).isFalse();
        assertThat(revocations.size()).as("what nothing can be about any more").isEqualTo(1);
        execute("INSERT INTO sluice.token_revocation (subject, issued_before, expires_at)"
                + " VALUES ('late', to_timestamp(2000), now() + interval '1 hour')");

        await().atMost(AT_ONCE).until(() -> revocations.covers("late", 2_000));
    }

    @Test
    void aSingleKeyIsLookedUp() throws Exception {
        ApiKey key = insert();
        assertThat(Objects.requireNonNull(keys.byId(key.id())).gone()).isFalse();
        assertThat(keys.byId("00000000")).isNull();
        execute("UPDATE sluice.api_key SET revoked_at = now()");
        assertThat(Objects.requireNonNull(keys.byId(key.id())).gone()).isTrue();
        execute("ALTER VIEW sluice.effective_key RENAME TO hidden");
        try {
            assertThatThrownBy(() -> keys.byId(key.id())).isInstanceOf(IOException.class);
        } finally {
            execute("ALTER VIEW sluice.hidden RENAME TO effective_key");
        }
    }

    @Test
    void aKeyThatIsUsedGetsADigestOfTheNewPepper() throws Exception {
        ApiKey key = insert();
        Peppers rotated = peppers(Map.of("SLUICE_PEPPER", NEW_PEPPER, "SLUICE_PEPPER_PREVIOUS", PEPPER));
        StoredKeys stored = new StoredKeys(database, rotated);
        KeyDirectory known = new KeyDirectory(rotated, InstantSource.system());
        known.onOldPepper(stored);
        try (KeyFeed rotating = new KeyFeed(database, known, revocations, stored, InstantSource.system())) {
            rotating.start();
            await().atMost(SOON).until(rotating::isLoaded);
            assertThat(known.find(key.reveal(), HERE)).isInstanceOf(Principal.class);

            await().atMost(SOON)
                    .untilAsserted(() -> assertThat(one("SELECT pepper_id FROM sluice.api_key"))
                            .isEqualTo(rotated.current().id()));
            assertThat(Objects.requireNonNull(stored.byId(key.id())).digest())
                    .isEqualTo(new KeyDigest(rotated.current().digest(key)));
        }
        KeyDirectory afterwards = new KeyDirectory(peppers(NEW_PEPPER), InstantSource.system());
        afterwards.apply(List.of(Objects.requireNonNull(stored.byId(key.id()))));
        AuthResult found = afterwards.find(key.reveal(), HERE);
        assertThat(found).isInstanceOf(Principal.class);
    }

    @Test
    void aMillionKeysAreLoadedInTwentySeconds() throws Exception {
        execute("ALTER TABLE sluice.api_key DISABLE TRIGGER USER");
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            statement.execute("SET statement_timeout = 0");
            for (int part = 0; part < 10; part++) {
                statement.execute("""
                        INSERT INTO sluice.api_key (id, name, digest, pepper_id, models, tags)
                        SELECT lpad(n::text, 8, '0'), 'service ' || n, sha256(n::text::bytea), 'aaaaaaaaaaaaaaaa',
                               CASE WHEN n %% 2 = 0 THEN ARRAY['gpt-*', 'claude-*'] ELSE '{}' END,
                               CASE WHEN n %% 4 = 0 THEN jsonb_build_object('stage', 'production') ELSE '{}' END
                        FROM generate_series(%d, %d) n""".formatted(part * 100_000, part * 100_000 + 99_999));
            }
        } finally {
            execute("ALTER TABLE sluice.api_key ENABLE TRIGGER USER");
        }
        long begun = System.nanoTime();
        feed.start();
        await().atMost(Duration.ofSeconds(60)).until(feed::isLoaded);
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf("a million keys loaded from PostgreSQL in %.1f s%n", seconds);

        assertThat(directory.size()).isEqualTo(1_000_000);
        assertThat(seconds).isLessThanOrEqualTo(20);
        ApiKey key = insert();
        await("changes of one are not slower").atMost(AT_ONCE).until(() -> knows(key));
        execute("TRUNCATE sluice.api_key");
    }
}
