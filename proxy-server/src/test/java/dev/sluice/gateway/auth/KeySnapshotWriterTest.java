package dev.sluice.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeySnapshotWriterTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final Peppers PEPPERS = TestPeppers.only(1);
    private static final Pepper PEPPER = PEPPERS.current();

    @TempDir
    Path dir;

    private final TestClock clock = new TestClock(1_000_000);
    private final KeyDirectory directory = new KeyDirectory(PEPPERS, clock);

    private void change() {
        directory.apply(List.of(KeyRecords.of(KeyRecords.newKey(), PEPPER).key()));
    }

    @Test
    void aChangeIsOnTheDiskWithinASecond() {
        ApiKey key = KeyRecords.newKey();
        try (KeySnapshotWriter writer = KeySnapshotWriter.open(dir, PEPPERS, directory, clock)) {
            directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));

            await().atMost(Duration.ofSeconds(20)).until(() -> restored().find(key.reveal(), LOOPBACK) != null);
            assertThat(writer).isNotNull();
        }
    }

    @Test
    void closingWritesWhatIsNotThereYet() {
        ApiKey key = KeyRecords.newKey();
        KeySnapshotWriter writer = KeySnapshotWriter.open(dir, PEPPERS, directory, clock);
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));

        writer.close();

        assertThat(restored().find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void aRestartKnowsTheKeysAgain() {
        ApiKey key = KeyRecords.newKey();
        KeySnapshotWriter.open(dir, PEPPERS, directory, clock).close();
        assertThat(dir.resolve("keys.snapshot")).as("nothing to write").doesNotExist();
        try (KeySnapshotWriter first = KeySnapshotWriter.open(dir, PEPPERS, directory, clock)) {
            assertThat(first).isNotNull();
            directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));
        }
        KeyDirectory second = new KeyDirectory(PEPPERS, clock);

        KeySnapshotWriter.open(dir, PEPPERS, second, clock).close();

        assertThat(second.find(key.reveal(), LOOPBACK)).isInstanceOf(Principal.class);
    }

    @Test
    void aSnapshotOfThePreviousPepperIsWrittenAnewAtOnce() {
        ApiKey key = KeyRecords.newKey();
        directory.apply(List.of(KeyRecords.of(key, PEPPER).key()));
        saved(directory);
        Peppers rotated = TestPeppers.rotated(2, 1);
        assertThat(KeySnapshot.load(dir, TestPeppers.only(2), directory))
                .isInstanceOf(KeySnapshot.Loaded.Refused.class);

        KeySnapshotWriter.open(dir, rotated, new KeyDirectory(rotated, clock), clock)
                .close();

        assertThat(KeySnapshot.load(dir, TestPeppers.only(2), directory)).isInstanceOf(KeySnapshot.Loaded.Keys.class);
    }

    @Test
    void aRefusedSnapshotDoesNotStopTheStart() throws IOException {
        Files.writeString(dir.resolve("keys.snapshot"), "junk");

        try (KeySnapshotWriter writer = KeySnapshotWriter.open(dir, PEPPERS, directory, clock)) {
            assertThat(writer).isNotNull();
            assertThat(directory.size()).isZero();
            change();
        }

        assertThat(restored().size()).isEqualTo(1);
    }

    @Test
    void whatAnEarlierProcessLeftUnfinishedGoes() throws IOException {
        Path draft = Files.writeString(dir.resolve(".keys.snapshot-123.tmp"), "half");
        Path other = Files.writeString(dir.resolve(".pepper-123.tmp"), "somebody else's");

        KeySnapshotWriter.open(dir, PEPPERS, directory, clock).close();

        assertThat(draft).doesNotExist();
        assertThat(other).exists();
    }

    /** Against a clock and a thread by hand. */
    private final Queue thread = new Queue();

    private final MockTicker ticker = Ticker.newMockTicker();
    private int saves;
    private long saveMillis;
    private @Nullable IOException failure;

    private KeySnapshotWriter writer() {
        return new KeySnapshotWriter(
                directory,
                () -> {
                    ticker.advanceMillis(saveMillis);
                    if (failure != null) {
                        throw failure;
                    }
                    saves++;
                },
                thread,
                ticker);
    }

    @Test
    void changesThatComeTogetherAreWrittenTogether() {
        try (KeySnapshotWriter writer = writer()) {
            assertThat(writer).isNotNull();
            change();
            change();
            change();

            assertThat(thread.delaysMillis).containsExactly(200L);
            thread.runNext();
            assertThat(saves).isEqualTo(1);
            assertThat(thread.delaysMillis).isEmpty();
        }
        assertThat(saves).as("nothing is left to write").isEqualTo(1);
    }

    @Test
    void writingTakesLessThanATenthOfTheTime() {
        saveMillis = 3_000;
        try (KeySnapshotWriter writer = writer()) {
            assertThat(writer).isNotNull();
            change();
            thread.runNext();
            ticker.advanceMillis(1_000);

            change();

            assertThat(thread.delaysMillis).containsExactly(29_000L);
            ticker.advanceMillis(29_000);
            thread.runNext();
            ticker.advanceMillis(60_000);
            change();
            assertThat(thread.delaysMillis).containsExactly(200L);
        }
    }

    @Test
    void aChangeWhileItIsWritingIsWrittenNext() {
        KeySnapshotWriter writer = new KeySnapshotWriter(
                directory,
                () -> {
                    saves++;
                    if (saves == 1) {
                        change();
                    }
                },
                thread,
                ticker);
        change();
        thread.runNext();

        assertThat(thread.delaysMillis).hasSize(1);
        writer.close();
        assertThat(saves).isEqualTo(2);
    }

    @Test
    void aFullDiskIsTriedAgainNowAndThen() {
        failure = new IOException("No space left on device");
        try (KeySnapshotWriter writer = writer()) {
            assertThat(writer).isNotNull();
            change();
            thread.runNext();
            assertThat(thread.delaysMillis).containsExactly(5_000L);
            change();
            assertThat(thread.delaysMillis).as("no second one").containsExactly(5_000L);
            thread.runNext();
            assertThat(thread.delaysMillis).containsExactly(5_000L);

            failure = null;
            thread.runNext();

            assertThat(saves).isEqualTo(1);
            assertThat(thread.delaysMillis).isEmpty();
        }
    }

    @Test
    void closingWithAFullDiskEnds() {
        failure = new IOException("No space left on device");
        KeySnapshotWriter writer = writer();
        change();

        writer.close();
        writer.close();

        assertThat(saves).isZero();
        assertThat(thread.isTerminated()).isTrue();
        change();
        assertThat(thread.delaysMillis).as("nothing more after the end").hasSizeLessThanOrEqualTo(1);
    }

    private KeyDirectory restored() {
        KeyDirectory restored = new KeyDirectory(PEPPERS, clock);
        KeySnapshot.load(dir, PEPPERS, restored);
        return restored;
    }

    private void saved(KeyDirectory content) {
        try {
            KeySnapshot.save(dir, PEPPERS, content.content(), clock);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Keeps what it is given, to be run by hand. */
    private static final class Queue extends ScheduledThreadPoolExecutor {
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        final Deque<Long> delaysMillis = new ArrayDeque<>();

        Queue() {
            super(1);
        }

        void runNext() {
            delaysMillis.removeFirst();
            tasks.removeFirst().run();
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            delaysMillis.add(unit.toMillis(delay));
            tasks.add(command);
            return super.schedule(() -> {}, 1, TimeUnit.DAYS);
        }
    }
}
