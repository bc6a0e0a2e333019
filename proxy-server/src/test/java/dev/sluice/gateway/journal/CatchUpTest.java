package dev.sluice.gateway.journal;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.gateway.journal.JournalSettings.Durability;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatchUpTest {
    @TempDir
    Path dir;

    private final List<String> read = new ArrayList<>();

    @Test
    void readsFromTheCloseThatTheQueueDidNotTakeUpToTheOneItTakesAgain() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        end(book, "queued");
        assertThat(catchUp.isPending()).isFalse();
        assertThat(read(catchUp, 10)).isZero();

        end(book, "refused");
        book.appender.fallBehind();
        end(book, "unasked");

        assertThat(book.appender.isBehind()).isTrue();
        assertThat(catchUp.isPending()).isTrue();
        assertThat(read(catchUp, 10)).isEqualTo(2);
        assertThat(book.appender.isBehind()).as("until its next CLOSE").isTrue();

        end(book, "queued again");

        assertThat(book.appender.isBehind()).isFalse();
        assertThat(read(catchUp, 10)).isZero();
        assertThat(read).containsExactly("refused", "unasked");
        assertThat(catchUp.isPending()).isFalse();
        book.close();
    }

    @Test
    void readsWhatWasWrittenBetweenAskingAndBeingHeard() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        OpenRecord open = book.open("open");
        end(book, "refused");
        book.appender.fallBehind();
        read(catchUp, 10);
        book.progress(open, "no CLOSE");

        book.close(open, "for the queue");
        end(book, "for the queue, too");

        assertThat(read(catchUp, 10)).isZero();
        assertThat(read).containsExactly("refused");
        book.close();
    }

    @Test
    void fallsBehindAgainBeforeTheFirstTimeWasReadToItsEnd() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        end(book, "1");
        book.appender.fallBehind();
        read(catchUp, 10);
        end(book, "queued");
        end(book, "2");
        book.appender.fallBehind();
        end(book, "3");

        assertThat(read(catchUp, 1)).isEqualTo(1);
        assertThat(read(catchUp, 10)).isEqualTo(1);

        assertThat(read).containsExactly("1", "2", "3");
        end(book, "queued");
        assertThat(book.appender.isBehind()).isFalse();
        book.close();
    }

    @Test
    void readsAcrossSegmentsAndKeepsThemUntilTheyAreAcknowledged() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        end(book, "first");
        book.appender.fallBehind();
        int written = 1;
        for (int i = 0; i < 5; i++) {
            written += book.fillSegment().size();
        }
        book.pass();

        List<JournalSegment> segments = new ArrayList<>();
        assertThat(catchUp.read((segment, attempt, payload) -> segments.add(segment), Integer.MAX_VALUE))
                .isEqualTo(written);
        assertThat(segments.stream().distinct()).hasSizeGreaterThanOrEqualTo(6);
        assertThat(segments).noneMatch(JournalSegment::isReleased);

        segments.forEach(segment -> segment.acknowledge(1));
        end(book, "queued");
        read(catchUp, 1);
        book.pass();
        assertThat(segments.stream().filter(JournalSegment::isSealed).distinct())
                .isNotEmpty()
                .allMatch(JournalSegment::isReleased);
        book.close();
    }

    @Test
    void theSegmentItStandsInIsNotTakenAwayFromIt() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        JournalSegment first = end(book, "first");
        book.appender.fallBehind();
        assertThat(read(catchUp, 1)).as("and no look for more").isEqualTo(1);
        first.acknowledge(1);
        List<JournalSegment> closes = book.fillSegment();
        closes.stream().filter(segment -> segment == first).forEach(segment -> segment.acknowledge(1));

        book.pass();
        assertThat(first.isReleased()).as("though all its CLOSEs are stored").isFalse();

        assertThat(read(catchUp, 1_000)).isEqualTo(closes.size());
        book.pass();
        assertThat(first.isReleased()).isTrue();
        book.close();
    }

    @Test
    void stepsOverASegmentThatIsGoneBecauseNothingInItWasToBeRead() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        JournalSegment first = end(book, "first");
        book.appender.fallBehind();
        book.pass();
        List<OpenRecord> opens = new ArrayList<>();
        OpenRecord open = book.open("x");
        while (open.segment() == first) {
            opens.add(open);
            book.pass();
            open = book.open("x");
        }
        JournalSegment second = open.segment();
        while (open.segment() == second) {
            opens.add(open);
            book.pass();
            open = book.open("x");
        }
        opens.add(open);
        opens.forEach(each -> book.close(each, "in a later one"));
        book.pass();
        assertThat(second.isReleased()).isTrue();

        assertThat(read(catchUp, 1_000)).isEqualTo(opens.size() + 1);
        assertThat(read).containsOnly("first", "in a later one");
        book.close();
    }

    @Test
    void aPlaceThatCannotBeReadIsCountedAndSteppedOver() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        end(book, "1");
        book.appender.fallBehind();
        int damagedAt = end(book, "2").tip() - 8;
        JournalSegment segment = end(book, "3");
        byte[] bytes = Files.readAllBytes(segment.file());
        bytes[damagedAt] ^= 1;
        segment.mapped().put(damagedAt, bytes[damagedAt]);

        read(catchUp, 10);

        assertThat(read).containsExactly("1", "3");
        assertThat(book.journal.figures().unreadableRecords()).isEqualTo(1);
        book.close();
    }

    @Test
    void goesOnWhereAFileCouldNotBeRead() throws IOException {
        Book book = new Book(dir);
        CatchUp catchUp = book.appender.catchUp();
        JournalSegment segment = end(book, "1");
        book.appender.fallBehind();
        Path away = dir.resolve("away");
        Files.move(segment.file(), away);
        assertThatIOException().isThrownBy(() -> read(catchUp, 10));
        Files.move(away, segment.file());

        assertThat(read(catchUp, 10)).isEqualTo(1);
        book.close();
    }

    @Test
    void cannotFallBehindBeforeThereIsAClose() throws IOException {
        try (Book book = new Book(dir)) {
            assertThatIllegalStateException().isThrownBy(book.appender::fallBehind);
        }
    }

    /** A loop that appends, a writer whose queue is always full, and the journal's thread; every CLOSE arrives once. */
    @Test
    void everyCloseArrivesExactlyOnceOneWayOrTheOther() throws Exception {
        int count = 100_000;
        JournalSettings settings = new JournalSettings(65_536, Durability.WRITE, Duration.ofMillis(1), 0);
        Journal journal = Journal.open(dir, settings, 1);
        JournalAppender appender = journal.appender(0, Runnable::run);
        BlockingQueue<Handed> queue = new ArrayBlockingQueue<>(8);
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<Integer> loop = threads.submit(() -> append(appender, queue, count, ended));
            Future<Arrivals> writer = threads.submit(() -> write(appender.catchUp(), queue, ended));
            int timesBehind = get(loop, ended);
            Arrivals arrivals = get(writer, ended);

            assertThat(arrivals.twice).isZero();
            assertThat(arrivals.seen.cardinality()).isEqualTo(count);
            assertThat(arrivals.fromFile).isPositive().isLessThan(count);
            assertThat(timesBehind).as("it fell behind and came back").isGreaterThan(1);
        }
        Awaitility.await().until(() -> journal.figures().sealedSegments() == 0);
        assertThat(journal.figures().unacknowledgedCloses()).isZero();
        assertThat(journal.figures().unreadableRecords()).isZero();
        journal.close();
        assertThat(JournalReader.inspect(dir))
                .as("nothing was left to be recovered")
                .isEmpty();
    }

    private record Handed(int number, JournalSegment segment) {}

    private static final class Arrivals {
        private final BitSet seen = new BitSet();
        private int twice;
        private int fromFile;

        void add(int number, JournalSegment segment) {
            twice += seen.get(number) ? 1 : 0;
            seen.set(number);
            segment.acknowledge(1);
        }
    }

    private static int append(JournalAppender appender, BlockingQueue<Handed> queue, int count, AtomicBoolean ended) {
        Random random = new Random(3);
        byte[] payload = new byte[60];
        List<OpenRecord> open = new ArrayList<>();
        int timesBehind = 0;
        int opened = 0;
        int number = 0;
        while (number < count && !ended.get()) {
            if (opened < count && open.size() < 1 + random.nextInt(20)) {
                OpenRecord attempt = appender.open(UUID.randomUUID(), payload, random.nextInt(40), 60);
                if (attempt != null) {
                    open.add(attempt);
                    opened++;
                    continue;
                }
                Thread.yield();
            }
            if (!open.isEmpty()) {
                OpenRecord closing = open.remove(random.nextInt(open.size()));
                ByteBuffer.wrap(payload).putInt(number);
                JournalSegment segment = appender.close(closing, payload, 4 + random.nextInt(50));
                if (!appender.isBehind() && !queue.offer(new Handed(number, segment))) {
                    appender.fallBehind();
                    timesBehind++;
                }
                number++;
            }
        }
        ended.set(true);
        return timesBehind;
    }

    private static Arrivals write(CatchUp catchUp, BlockingQueue<Handed> queue, AtomicBoolean ended)
            throws IOException {
        Arrivals arrivals = new Arrivals();
        Random random = new Random(5);
        while (true) {
            boolean last = ended.get();
            List<Handed> batch = new ArrayList<>();
            queue.drainTo(batch, 5);
            batch.forEach(each -> arrivals.add(each.number, each.segment));
            int read = catchUp.read(
                    (segment, attempt, payload) -> {
                        arrivals.fromFile++;
                        arrivals.add(payload.getInt(), segment);
                    },
                    1 + random.nextInt(200));
            if (last && batch.isEmpty() && read == 0) {
                catchUp.close();
                return arrivals;
            }
        }
    }

    private static <T> T get(Future<T> future, AtomicBoolean ended)
            throws ExecutionException, InterruptedException, TimeoutException {
        try {
            return future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            ended.set(true);
            throw e;
        }
    }

    private int read(CatchUp catchUp, int max) throws IOException {
        return catchUp.read((segment, attempt, payload) -> read.add(Recovered.text(payload)), max);
    }

    private static JournalSegment end(Book book, String text) {
        return requireNonNull(book.close(book.open(text), text));
    }
}
