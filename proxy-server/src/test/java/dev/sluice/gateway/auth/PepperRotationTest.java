package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to keys while the pepper is being changed. */
class PepperRotationTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final int OLD = 1;
    private static final int NEW = 2;

    private final Pepper old = TestPeppers.pepper(OLD);
    private final Peppers both = TestPeppers.rotated(NEW, OLD);
    private final Peppers onlyNew = TestPeppers.only(NEW);
    private final TestClock clock = new TestClock(1_000_000);
    private final ApiKey key = KeyRecords.newKey();

    /** What was reported for being hashed anew. */
    private final List<String> ids = new ArrayList<>();

    private final List<KeyDigest> fresh = new ArrayList<>();

    private KeyDirectory directory(Peppers peppers) {
        KeyDirectory directory = new KeyDirectory(peppers, clock);
        directory.onOldPepper((id, digest) -> {
            ids.add(id);
            fresh.add(digest);
        });
        return directory;
    }

    @Test
    void keysOfBothPeppersAreGoodWhileBothAreThere() {
        ApiKey younger = KeyRecords.newKey();
        List<KeyRecord> keys = List.of(
                KeyRecords.of(key, old).key(),
                KeyRecords.of(younger, both.current()).key());
        KeyDirectory during = directory(both);
        during.apply(keys);
        assertThat(during.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(during.find(younger.reveal(), LOOPBACK)).isInstanceOf(Principal.class);

        KeyDirectory afterwards = directory(onlyNew);
        afterwards.apply(keys);
        assertThat(afterwards.find(key.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(afterwards.find(younger.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void aWrongSecretIsWrongWithEitherPepper() {
        KeyDirectory directory = directory(both);
        directory.apply(List.of(KeyRecords.of(key, old).key()));

        assertThat(directory.find(KeyRecords.newSecret(key.id()).reveal(), LOOPBACK))
                .isEqualTo(AuthResult.Refused.INVALID);
        assertThat(ids).isEmpty();
    }

    @Test
    void aKeyOfTheOldPepperIsReportedWithItsNewDigest() {
        KeyDirectory directory = directory(both);
        directory.apply(List.of(KeyRecords.of(key, old).key()));

        directory.find(key.reveal(), LOOPBACK);

        assertThat(ids).containsExactly(key.id());
        assertThat(fresh).containsExactly(KeyRecords.digest(key, onlyNew.current()));
        directory.apply(List.of(KeyRecords.of(key, onlyNew.current()).key()));
        assertThat(directory.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(ids).as("once it is stored anew").hasSize(1);
    }

    @Test
    void aKeyIsReportedAgainAfterTenMinutesOnly() {
        KeyDirectory directory = directory(both);
        directory.apply(List.of(KeyRecords.of(key, old).key()));
        for (int minute = 0; minute < 10; minute++) {
            directory.find(key.reveal(), LOOPBACK);
            directory.find(key.reveal(), LOOPBACK);
            assertThat(ids).as("in minute %d", minute).hasSize(1);
            clock.advanceMillis(60_000);
        }

        directory.find(key.reveal(), LOOPBACK);

        assertThat(ids).hasSize(2);
    }

    @Test
    void aKeyThatMayNotComeInIsNotReported() {
        KeyDirectory directory = directory(both);
        directory.apply(List.of(KeyRecords.of(key, old).disabled()));

        assertThat(directory.find(key.reveal(), LOOPBACK)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(ids).isEmpty();
    }

    /** Its new digest in place of that of the secret in force would end the key. */
    @Test
    void theSecretBeforeARotationIsNotReported() {
        ApiKey rotated = KeyRecords.newSecret(key.id());
        KeyDirectory directory = directory(both);
        directory.apply(List.of(KeyRecords.of(key, old).previous(KeyRecords.digest(rotated, old), 2_000_000)));

        assertThat(directory.find(rotated.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(ids).isEmpty();
        assertThat(directory.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(ids).hasSize(1);
    }

    @Test
    void configuredAndInitialKeysOfBothPeppersAreGood() {
        ApiKey younger = KeyRecords.newKey();
        ApiKey initial = KeyRecords.newKey();
        List<GatewayConfig.Key> configured = List.of(
                new GatewayConfig.Key("old", StoredKey.of(key, old).line(), List.of(), "team-a"),
                new GatewayConfig.Key(
                        "new", StoredKey.of(younger, both.current()).line(), List.of(), null));
        ApiKeys keys = ApiKeys.of(configured, List.of(StoredKey.of(initial, old)), both);

        assertThat(keys.authenticate(key.reveal(), LOOPBACK))
                .isEqualTo(new Principal(key.id(), "old", "team-a", List.of()));
        assertThat(keys.authenticate(younger.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(keys.authenticate(initial.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(ApiKeys.of(configured, List.of(), onlyNew).authenticate(key.reveal(), LOOPBACK))
                .isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void thePreviousPepperIsAFileBesideTheOther(@TempDir Path dir) throws IOException {
        byte[] first = Files.readAllBytes(made(dir).resolve("pepper"));
        KeyRecord record = KeyRecords.of(key, Pepper.load(dir, Map.of())).key();

        Files.move(dir.resolve("pepper"), dir.resolve("pepper.previous"));
        Peppers rotated = Peppers.load(dir, Map.of());

        assertThat(Files.readAllBytes(dir.resolve("pepper")))
                .hasSize(32)
                .satisfies(fresh -> assertThat(Arrays.equals(fresh, first)).isFalse());
        KeyDirectory directory = directory(rotated);
        directory.apply(List.of(record));
        assertThat(directory.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
        assertThat(fresh).containsExactly(KeyRecords.digest(key, rotated.current()));
    }

    @Test
    void theFirstKeyOutlivesTheRotation(@TempDir Path dir) throws IOException {
        String text = InitialKey.ensure(dir, Peppers.load(dir, Map.of()));

        Files.move(dir.resolve("pepper"), dir.resolve("pepper.previous"));
        Peppers rotated = Peppers.load(dir, Map.of());

        assertThat(InitialKey.ensure(dir, rotated)).isNotNull().isEqualTo(text);
        ApiKeys keys = ApiKeys.of(List.of(), InitialKey.stored(dir), rotated);
        assertThat(keys.authenticate(text, LOOPBACK)).isInstanceOf(Principal.class);
    }

    private static Path made(Path dir) throws IOException {
        Pepper.load(dir, Map.of());
        return dir;
    }
}
