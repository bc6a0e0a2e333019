package dev.sluice.gateway.journal;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.sluice.gateway.journal.JournalReader.Recovery;
import dev.sluice.gateway.journal.JournalSettings.Durability;
import dev.sluice.gateway.journal.JournalState.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    Path dir;

    @Test
    void givesBackEveryCloseAndEveryOpenWithoutOne() throws IOException {
        Book book = new Book(dir);
        OpenRecord done = book.open("a");
        OpenRecord cut = book.open("b");
        OpenRecord cutEarly = book.open("c");
        book.progress(done, "a at 1");
        book.progress(cut, "b at 1");
        book.progress(cut, "b at 2");
        book.close(done, "a ended");
        book.crash();

        Recovered recovered = Recovered.from(dir);

        assertThat(recovered.closed).containsOnly(entry(done.attempt(), "a ended"));
        assertThat(recovered.interrupted)
                .containsOnly(entry(cut.attempt(), "b/b at 2"), entry(cutEarly.attempt(), "c"));
    }

    @Test
    void recoversAcrossSegmentsAndLives() throws IOException {
        Book first = new Book(dir);
        OpenRecord early = first.open("early");
        int closes = first.fillSegment().size();
        first.pass();
        first.progress(early, "late progress");
        first.crash();
        Book second = new Book(dir);
        OpenRecord later = second.open("later");
        second.crash();

        Book third = new Book(dir);
        Recovered recovered = Recovered.from(third.journal.recovered());

        assertThat(recovered.closed).hasSize(closes);
        assertThat(recovered.interrupted)
                .containsOnly(entry(early.attempt(), "early/late progress"), entry(later.attempt(), "later"));
        third.close();
    }

    @Test
    void deletesNothingOfAnEarlierLifeBeforeItIsTold() throws IOException {
        Book first = new Book(dir);
        OpenRecord open = first.open("a");
        first.crash();
        List<Path> left = segments();

        Book second = new Book(dir);
        JournalReader reader = second.journal.recovered();
        assertThatIllegalStateException().isThrownBy(reader::discard);
        second.pass();
        assertThat(Recovered.from(reader).interrupted).containsKey(open.attempt());
        assertThat(Recovered.from(reader).interrupted).as("as often as wanted").containsKey(open.attempt());
        second.pass();
        assertThat(segments()).containsAll(left);
        assertThat(second.journal.figures().recoverableSegments()).isEqualTo(left.size());

        reader.discard();

        assertThat(segments()).doesNotContainAnyElementsOf(left);
        assertThat(second.journal.figures().recoverableSegments()).isZero();
        second.close();
    }

    @Test
    void leavesNothingBehindWhenEverythingWasStored() throws IOException {
        Book book = new Book(dir);
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        book.close(book.open("a"), "a").acknowledge(1);
        book.close();

        assertThat(segments()).isEmpty();
        assertThat(book.journal.state().condition()).isEqualTo(Condition.CLOSED);
    }

    @Test
    void keepsWhatIsNotAcknowledgedWhenItCloses() throws IOException {
        Book book = new Book(dir);
        OpenRecord stored = book.open("stored");
        OpenRecord waits = book.open("waits");
        book.close(stored, "stored").acknowledge(1);
        book.close(waits, "waits");
        book.close();

        assertThat(Recovered.from(dir).closed).containsValue("waits");
    }

    @Test
    void usesAReleasedFileAgainAndNeverBelievesItsOldRecords() throws IOException {
        Book book = new Book(dir);
        List<JournalSegment> closes = book.fillSegment();
        Path file = closes.getFirst().file();
        book.pass();
        int files = segments().size();
        closes.forEach(segment -> segment.acknowledge(1));

        book.pass();
        assertThat(file).exists();
        closes = book.fillSegment();
        book.pass();
        assertThat(file).as("renamed").doesNotExist();
        assertThat(segments()).hasSizeLessThanOrEqualTo(files + 1);
        closes.forEach(segment -> segment.acknowledge(1));
        OpenRecord last = book.open("last");
        book.crash();

        Recovered recovered = Recovered.from(dir);
        assertThat(recovered.closed.keySet()).doesNotContain(last.attempt());
        assertThat(recovered.interrupted).containsOnly(entry(last.attempt(), "last"));
        assertThat(JournalReader.inspect(dir)).allMatch(report -> report.problem() == null);
    }

    @Test
    void keepsASegmentWhileAnAttemptThatBeganInItIsOpen() throws IOException {
        Book book = new Book(dir);
        OpenRecord longStream = book.open("long");
        List<JournalSegment> closes = book.fillSegment();
        JournalSegment first = closes.getFirst();
        closes.forEach(segment -> segment.acknowledge(1));
        book.pass();
        assertThat(first.isReleased()).isFalse();

        book.close(longStream, "at last");
        book.pass();

        assertThat(first.isReleased()).isTrue();
        book.close();
    }

    @Test
    void keepsTheSegmentOfTheLastProgress() throws IOException {
        Book book = new Book(dir);
        OpenRecord longStream = book.open("long");
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        book.progress(longStream, "first");
        book.pass();
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        book.pass();
        book.crash();

        assertThat(Recovered.from(dir).interrupted).containsValue("long/first");
    }

    @Test
    void doesNotTakeAnAttemptForCutOffWhoseCloseWasStoredAndDeleted() throws IOException {
        Book book = new Book(dir);
        OpenRecord other = book.open("keeps the first segment");
        OpenRecord closedElsewhere = book.open("closed elsewhere");
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        book.pass();
        book.close(closedElsewhere, "closed").acknowledge(1);
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        book.pass();
        book.crash();

        Recovered recovered = Recovered.from(dir);

        assertThat(recovered.interrupted).containsOnly(entry(other.attempt(), "keeps the first segment"));
    }

    @Test
    void takesAnAttemptForCutOffWhenTheSegmentOfItsCloseIsThereAndUnreadable() throws IOException {
        Book book = new Book(dir);
        OpenRecord open = book.open("open");
        book.fillSegment();
        book.pass();
        Path second = book.close(open, "closed").file();
        book.crash();
        Files.write(second, new byte[4_096]);

        assertThat(Recovered.from(dir).interrupted).containsEntry(open.attempt(), "open");
    }

    @Test
    void anAbsurdAcknowledgementIsAnError() throws IOException {
        try (Book book = new Book(dir)) {
            JournalSegment segment = book.close(book.open("a"), "a");

            assertThatIllegalStateException()
                    .isThrownBy(() -> segment.acknowledge(2))
                    .withMessageContaining("segment 1");
        }
    }

    @Test
    void keepsItsNodeAcrossRestartsAndEvenWithoutItsFile() throws IOException {
        Book first = new Book(dir);
        UUID node = first.journal.nodeId();
        first.open("a");
        first.crash();
        Files.delete(dir.resolve("node.id"));

        Book second = new Book(dir);

        assertThat(second.journal.nodeId()).isEqualTo(node);
        assertThat(Recovered.from(second.journal.recovered()).interrupted).hasSize(1);
        assertThat(dir.resolve("node.id")).hasContent(node.toString());
        second.close();
    }

    @Test
    void refusesASecondJournalInTheSameDirectory() throws IOException {
        try (Book book = new Book(dir)) {
            assertThatExceptionOfType(JournalLockedException.class)
                    .isThrownBy(() -> new Book(dir))
                    .withMessageContaining(dir.toString())
                    .withMessageContaining("this process")
                    .withMessageContaining("one gateway for each directory");
            assertThatExceptionOfType(JournalLockedException.class).isThrownBy(() -> JournalReader.ofDirectory(dir));
            assertThat(book.tryOpen("still works")).isNotNull();
        }
        new Book(dir).close();
    }

    @Test
    void anOldReaderOfADirectoryLetsItGo() throws IOException {
        new Book(dir).close();
        JournalReader reader = JournalReader.ofDirectory(dir);
        Recovery nothing = reader.recover(new Recovered());
        reader.discard();
        reader.discard();
        reader.close();

        assertThat(nothing.closes()).isZero();
        assertThat(reader.segments()).isZero();
        new Book(dir).close();
    }

    @Test
    void countsWhatItDoes() throws IOException {
        Book book = new Book(dir);
        OpenRecord open = book.open("a");
        book.progress(open, "a");
        JournalSegment segment = book.close(open, "a");
        book.pass();
        book.pass();

        JournalFigures figures = book.journal.figures();
        assertThat(figures.records()).isEqualTo(3);
        assertThat(figures.unacknowledgedCloses()).isEqualTo(1);
        assertThat(figures.activeSegments()).isEqualTo(1);
        assertThat(figures.spareSegments()).isEqualTo(1);
        assertThat(figures.sealedSegments()).isZero();
        assertThat(figures.bytesOnDisk()).isEqualTo(2 * 4_096);

        segment.acknowledge(1);
        assertThat(book.journal.figures().unacknowledgedCloses()).isZero();
        book.close();
    }

    @Test
    void aBacklogIsNotKeptInMemory() throws IOException {
        Book book = new Book(dir);
        Set<JournalSegment> segments = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            segments.addAll(book.fillSegment());
        }
        book.pass();

        assertThat(segments)
                .filteredOn(JournalSegment::isSealed)
                .hasSize(10)
                .filteredOn(segment -> segment.mapping() != null)
                .hasSize(2);
        book.close();
    }

    @Test
    void itsThreadDoesAllThisByItself() throws IOException {
        JournalSettings settings = new JournalSettings(4_096, Durability.WRITE, Duration.ofMillis(1), 0);
        Journal journal = Journal.open(dir, settings, 2);
        for (int i = 0; i < 2; i++) {
            JournalAppender appender = journal.appender(i, Runnable::run);
            for (int n = 0; n < 100; n++) {
                Awaitility.await().pollInSameThread().pollDelay(Duration.ZERO).until(appender::accepts);
                OpenRecord open = appender.open(UUID.randomUUID(), new byte[50], 50, 50);
                assertThat(open).isNotNull();
                appender.close(open, new byte[50], 50).acknowledge(1);
            }
        }
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(journal.figures().sealedSegments()).isZero());
        assertThat(journal.state().condition()).isEqualTo(Condition.READY);
        journal.close();
        assertThat(segments()).isEmpty();
    }

    @Test
    void settingsSayWhatIsAllowed() {
        JournalSettings settings = JournalSettings.defaults();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.withSegmentBytes(4_097))
                .withMessageContaining("4097")
                .withMessageContaining("multiples of 4096");
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withSegmentBytes(0));
        assertThatIllegalArgumentException().isThrownBy(() -> settings.withMinFreeBytes(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> Journal.open(dir, settings, 0));
    }

    private List<Path> segments() throws IOException {
        try (Stream<Path> files = Files.list(dir)) {
            return files.filter(file -> file.toString().endsWith(".segment"))
                    .sorted()
                    .toList();
        }
    }
}
