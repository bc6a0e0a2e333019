package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySnapshotTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Peppers PEPPERS = TestPeppers.only(1);
    private static final Pepper PEPPER = PEPPERS.current();
    private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
    private static final String DAMAGED = "it is damaged, or was changed by somebody else";

    private final TestClock clock = new TestClock(NOW.getEpochSecond());
    private final ApiKey key = KeyRecords.newKey();

    @TempDir
    Path dir;

    private KeyDirectory directory(KeyRecord... keys) {
        KeyDirectory directory = new KeyDirectory(PEPPERS, clock);
        directory.apply(List.of(keys));
        return directory;
    }

    private Path save(KeyDirectory directory) throws IOException {
        KeySnapshot.save(dir, PEPPERS, directory.content(), clock);
        return dir.resolve("keys.snapshot");
    }

    private static List<KeyRecord> content(KeyDirectory directory) {
        List<KeyRecord> content = new ArrayList<>();
        directory.content().forEach(content::add);
        return content;
    }

    @Test
    void bringsBackEveryKeyAsItWas() throws IOException {
        ApiKey usual = KeyRecords.newKey();
        KeyRecord full = KeyRecords.full(key, KeyRecords.newSecret(key.id()), PEPPER);
        save(directory(full, KeyRecords.of(usual, PEPPER).key()));
        KeyDirectory restored = directory();

        KeySnapshot.Loaded loaded = KeySnapshot.load(dir, PEPPERS, restored);

        assertThat(loaded).isEqualTo(new KeySnapshot.Loaded.Keys(2, NOW, false));
        assertThat(content(restored))
                .containsExactlyInAnyOrder(full, KeyRecords.of(usual, PEPPER).key());
        assertThat(restored.find(usual.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void bringsBackMoreThanOneBufferfulAndTextsThatAreLarger() throws IOException {
        KeyDirectory many = directory();
        many.replaceAll(NumberedKeys.records(3_000, PEPPER));
        for (int chars : new int[] {127, 128, 16_383, 16_384, 65_535, 65_536, 65_537, 300_000}) {
            many.apply(List.of(KeyRecords.of(KeyRecords.newKey(), PEPPER).name("ü".repeat(chars / 2))));
            many.apply(List.of(KeyRecords.of(KeyRecords.newKey(), PEPPER).name("x".repeat(chars))));
        }
        assertThat(save(many)).satisfies(file -> assertThat(Files.size(file)).isGreaterThan(1 << 20));
        KeyDirectory restored = directory();

        KeySnapshot.load(dir, PEPPERS, restored);

        assertThat(restored.size()).isEqualTo(3_016);
        assertThat(content(restored)).containsExactlyInAnyOrderElementsOf(content(many));
    }

    @Test
    void anEmptyOneIsOne() throws IOException {
        save(directory());

        assertThat(KeySnapshot.load(dir, PEPPERS, directory())).isEqualTo(new KeySnapshot.Loaded.Keys(0, NOW, false));
    }

    @Test
    void thereMayBeNone() {
        assertThat(KeySnapshot.load(dir, PEPPERS, directory())).isEqualTo(new KeySnapshot.Loaded.None());
    }

    @Test
    void holdsNoSecretAndIsReadableByItsOwnerOnly() throws IOException {
        assumeTrue(dir.getFileSystem().supportedFileAttributeViews().contains("posix"));

        Path file = save(directory(KeyRecords.of(key, PEPPER).key()));

        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertThat(bytes).contains(key.id()).doesNotContain(key.reveal().substring(16, 59));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    /** Each byte in turn, by one bit and by all of them; nothing of such a file may come into force. */
    @Test
    void isRefusedWholeWhenAnyByteIsDifferent() throws IOException {
        Path file = save(directory(
                KeyRecords.full(key, KeyRecords.newSecret(key.id()), PEPPER),
                KeyRecords.of(KeyRecords.newKey(), PEPPER).key()));
        byte[] good = Files.readAllBytes(file);
        for (int i = 0; i < good.length; i++) {
            for (int change : new int[] {0x01, 0x80, 0xff}) {
                byte[] bad = good.clone();
                bad[i] ^= (byte) change;
                Files.write(file, bad);
                KeyDirectory directory = directory();

                KeySnapshot.Loaded loaded = KeySnapshot.load(dir, PEPPERS, directory);

                assertThat(loaded).as("byte %d ^ %02x", i, change).isInstanceOf(KeySnapshot.Loaded.Refused.class);
                assertThat(directory.size()).isZero();
            }
        }
        Files.write(file, good);
        assertThat(KeySnapshot.load(dir, PEPPERS, directory())).isInstanceOf(KeySnapshot.Loaded.Keys.class);
    }

    @Test
    void isRefusedWholeWhenItEndsEarly() throws IOException {
        Path file = save(directory(KeyRecords.full(key, KeyRecords.newSecret(key.id()), PEPPER)));
        byte[] good = Files.readAllBytes(file);
        for (int length = 0; length < good.length; length++) {
            Files.write(file, Arrays.copyOf(good, length));
            KeyDirectory directory = directory();

            assertThat(KeySnapshot.load(dir, PEPPERS, directory))
                    .as("%d bytes", length)
                    .isEqualTo(new KeySnapshot.Loaded.Refused(DAMAGED));
            assertThat(directory.size()).isZero();
        }
    }

    /** As a crash of the machine may leave a file: its length, and zeros where data was on its way. */
    @Test
    void isRefusedWholeWhenAPageOfItIsMissing() throws IOException {
        KeyDirectory many = directory();
        many.replaceAll(NumberedKeys.records(3_000, PEPPER));
        Path file = save(many);
        for (long page = 0; page < Files.size(file) / 4096; page += 7) {
            byte[] lost = new byte[4096];
            byte[] kept = new byte[4096];
            try (RandomAccessFile torn = new RandomAccessFile(file.toFile(), "rw")) {
                torn.seek(page * 4096);
                torn.readFully(kept);
                torn.seek(page * 4096);
                torn.write(lost);
            }
            KeyDirectory directory = directory();

            assertThat(KeySnapshot.load(dir, PEPPERS, directory))
                    .as("page %d", page)
                    .isInstanceOf(KeySnapshot.Loaded.Refused.class);
            assertThat(directory.size()).isZero();
            try (RandomAccessFile torn = new RandomAccessFile(file.toFile(), "rw")) {
                torn.seek(page * 4096);
                torn.write(kept);
            }
        }
    }

    @Test
    void isRefusedWhenSomethingFollows() throws IOException {
        Path file = save(directory(KeyRecords.of(key, PEPPER).key()));
        byte[] good = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(good, good.length + 1));

        assertThat(KeySnapshot.load(dir, PEPPERS, directory())).isEqualTo(new KeySnapshot.Loaded.Refused(DAMAGED));
    }

    @Test
    void saysWhyItIsRefused() throws IOException {
        Path file = Files.writeString(dir.resolve("keys.snapshot"), "something else ".repeat(9));
        assertThat(KeySnapshot.load(dir, PEPPERS, directory()))
                .isEqualTo(new KeySnapshot.Loaded.Refused("it is no snapshot of keys"));

        byte[] good = Files.readAllBytes(save(directory()));
        good[8] = 2;
        Files.write(file, good);
        assertThat(KeySnapshot.load(dir, PEPPERS, directory()))
                .isEqualTo(new KeySnapshot.Loaded.Refused("it has version 2; allowed: 1"));

        save(directory());
        assertThat(KeySnapshot.load(dir, TestPeppers.only(2), directory()))
                .isEqualTo(new KeySnapshot.Loaded.Refused("it was written with another pepper than those in use"));
    }

    @Test
    void whatWasThereBeforeStaysWhenItIsRefused() throws IOException {
        Path file = save(directory(KeyRecords.of(KeyRecords.newKey(), PEPPER).key()));
        byte[] bad = Files.readAllBytes(file);
        bad[bad.length - 1] ^= 1;
        Files.write(file, bad);
        KeyDirectory directory = directory(KeyRecords.of(key, PEPPER).key());

        KeySnapshot.load(dir, PEPPERS, directory);

        assertThat(directory.size()).isEqualTo(1);
        assertThat(directory.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void oneOfThePreviousPepperIsGoodAndSaysSo() throws IOException {
        save(directory(KeyRecords.of(key, PEPPER).key()));
        Peppers rotated = TestPeppers.rotated(2, 1);
        KeyDirectory directory = new KeyDirectory(rotated, clock);

        assertThat(KeySnapshot.load(dir, rotated, directory)).isEqualTo(new KeySnapshot.Loaded.Keys(1, NOW, true));
        assertThat(directory.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void aWriteThatFailsLeavesTheOldOneAndNothingElse() throws IOException {
        Path file = save(directory(KeyRecords.of(key, PEPPER).key()));
        byte[] before = Files.readAllBytes(file);

        assertThatIOException()
                .isThrownBy(() -> PrivateFile.replace(file, channel -> {
                    throw new IOException("No space left on device");
                }))
                .withMessage("No space left on device");

        assertThat(Files.readAllBytes(file)).isEqualTo(before);
        try (var files = Files.list(dir)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void keysOfAPepperThatIsNoneOfOursAreKept() throws IOException {
        Pepper foreign = TestPeppers.pepper(9);
        KeyRecord record = KeyRecords.of(key, foreign).key();
        save(directory(record));
        KeyDirectory restored = directory();

        KeySnapshot.load(dir, PEPPERS, restored);

        assertThat(content(restored)).containsExactly(record);
        assertThat(record.tags()).isEqualTo(Map.of());
    }
}
