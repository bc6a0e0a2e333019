package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What many keys cost: 20,000 unless {@code -Dkeys.count=1000000} says otherwise. The bounds are those of a million, for one
 * key: 400 MB, and 20 seconds to load.
 */
class KeyDirectoryScaleTest {
    private static final int COUNT = Integer.getInteger("keys.count", 20_000);
    private static final long MOST_BYTES_EACH = 400;
    private static final long MOST_LOAD_MICROS_EACH = 20;
    /** Of a JVM that has never run this code, on a machine that does other things. */
    private static final long MOST_START_MICROS = 5_000_000;

    private static final Peppers PEPPERS = TestPeppers.only(1);

    @TempDir
    Path dir;

    @Test
    void aMillionKeysFitAndLoadSoon() throws IOException {
        fillAndSave();
        long sizeBytes = Files.size(dir.resolve(KeySnapshot.FILE));
        KeyDirectory directory = new KeyDirectory(PEPPERS, InstantSource.system());
        long before = usedBytes();
        long started = System.nanoTime();

        KeySnapshot.Loaded loaded = KeySnapshot.load(dir, PEPPERS, directory);

        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - started);
        long bytes = usedBytes() - before;
        System.out.printf(
                "%d keys: %d bytes of heap each, loaded in %d ms from a file of %d bytes each%n",
                COUNT, bytes / COUNT, TimeUnit.MICROSECONDS.toMillis(micros), sizeBytes / COUNT);
        assertThat(loaded).isInstanceOf(KeySnapshot.Loaded.Keys.class);
        assertThat(directory.size()).isEqualTo(COUNT);
        assertThat(bytes / COUNT).isLessThanOrEqualTo(MOST_BYTES_EACH);
        assertThat(micros).isLessThanOrEqualTo(MOST_START_MICROS + COUNT * MOST_LOAD_MICROS_EACH);
    }

    /** The feed reads everything anew whenever it connects: that must not need the memory twice. */
    @Test
    void readingEverythingAnewKeepsWhatStays() {
        KeyDirectory directory = new KeyDirectory(PEPPERS, InstantSource.system());
        directory.replaceAll(NumberedKeys.records(COUNT, PEPPERS.current()));
        long generation = directory.generation();
        List<AuthResult> before = someOf(directory);

        directory.replaceAll(NumberedKeys.records(COUNT, PEPPERS.current()));

        assertThat(directory.generation()).isEqualTo(generation);
        List<AuthResult> after = someOf(directory);
        for (int i = 0; i < before.size(); i++) {
            assertThat(after.get(i)).isInstanceOf(Principal.class).isSameAs(before.get(i));
        }
    }

    private static List<AuthResult> someOf(KeyDirectory directory) {
        List<AuthResult> found = new ArrayList<>();
        for (int i = 0; i < COUNT; i += COUNT / 100) {
            found.add(directory.find(NumberedKeys.key(i).reveal(), InetAddress.getLoopbackAddress()));
        }
        return found;
    }

    private void fillAndSave() throws IOException {
        KeyDirectory directory = new KeyDirectory(PEPPERS, InstantSource.system());
        directory.replaceAll(NumberedKeys.records(COUNT, PEPPERS.current()));
        KeySnapshot.save(dir, PEPPERS, directory.content(), InstantSource.system());
    }

    private static long usedBytes() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
