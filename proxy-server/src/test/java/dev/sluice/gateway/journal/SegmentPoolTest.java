package dev.sluice.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.journal.JournalState.Condition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens when there is no room for another segment. */
class SegmentPoolTest {
    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();

    @Test
    void opensOnAFullDiskRefusesAndComesBackByItself() throws IOException {
        files.full = true;
        Book book = new Book(dir, Book.SMALL, files);
        assertThat(book.journal.state().condition()).isEqualTo(Condition.SHORT);
        assertThat(book.journal.state().freeBytes()).isZero();
        assertThat(book.appender.accepts()).isFalse();
        assertThat(book.tryOpen("refused")).isNull();
        book.appender.whenDurable(durable -> assertThat(durable).isTrue());

        files.full = false;
        book.pass();

        assertThat(book.journal.state().condition()).isEqualTo(Condition.READY);
        assertThat(book.appender.accepts()).isTrue();
        assertThat(book.tryOpen("taken")).isNotNull();
        book.close();
    }

    @Test
    void leavesAsMuchOfTheDiskAsItIsToldTo() throws IOException {
        files.usableBytes = 10_000_000;
        Book book = new Book(dir, Book.SMALL.withMinFreeBytes(9_999_000), files);

        assertThat(book.journal.state())
                .isEqualTo(new JournalState(
                        Condition.SHORT,
                        10_000_000,
                        "the disk has 10000000 bytes left; a segment takes 4096, and 9999000 are to stay free"));
        assertThat(files.done).noneMatch(each -> each.startsWith("create"));
        files.usableBytes = 9_999_000 + 4_096;
        book.pass();
        assertThat(book.journal.state().condition()).isEqualTo(Condition.READY);
        book.close();
    }

    @Test
    void triesOnlyOnceASecondWhileTheDiskIsFull() throws IOException {
        files.renameFails = true;
        Book book = new Book(dir, Book.SMALL, files);
        long now = System.nanoTime();
        long tries = creations();
        for (int i = 0; i < 50; i++) {
            book.journal.pass(now);
        }

        assertThat(creations()).isEqualTo(tries);
        book.pass();
        assertThat(creations()).isEqualTo(tries + 1);
        book.close();
    }

    @Test
    void anUnfinishedFileDoesNotStay() throws IOException {
        files.renameFails = true;
        Book book = new Book(dir, Book.SMALL, files);
        book.pass();

        try (Stream<Path> left = Files.list(dir)) {
            assertThat(left.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("journal.lock", "node.id");
        }
        book.close();
    }

    @Test
    void aFullDiskIsNoReasonToStopUsingWhatWasReleased() throws IOException {
        Book book = new Book(dir, Book.SMALL, files);
        List<JournalSegment> closes = book.fillSegment();
        files.full = true;
        long created = creations();
        long written = 0;
        for (int i = 0; i < 20; i++) {
            closes.forEach(segment -> segment.acknowledge(1));
            book.pass();
            closes = book.fillSegment();
            written += closes.size();
        }

        assertThat(written).isGreaterThan(400);
        assertThat(creations()).isEqualTo(created);
        book.close();
    }

    private long creations() {
        return files.done.stream().filter(each -> each.startsWith("create")).count();
    }
}
