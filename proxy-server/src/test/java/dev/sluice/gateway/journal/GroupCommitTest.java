package dev.sluice.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.journal.JournalSettings.Durability;
import dev.sluice.gateway.journal.JournalState.Condition;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is on the disk when somebody is told so, and what happens when the disk does not do it. */
class GroupCommitTest {
    private static final JournalSettings FSYNC = Book.SMALL.withDurability(Durability.FSYNC);

    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();
    private final List<Boolean> told = new ArrayList<>();

    @Test
    void withFsyncNobodyIsToldBeforeTheForce() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        JournalSegment segment = book.close(book.open("a"), "a");
        files.done.clear();

        book.appender.whenDurable(durable -> {
            files.done.add("told " + durable);
            told.add(durable);
        });
        assertThat(told).isEmpty();
        book.pass();

        assertThat(files.done).startsWith("force 0 " + segment.tip(), "told true");
        book.close();
    }

    @Test
    void oneForceServesEverybodyWhoWaits() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        for (int i = 0; i < 5; i++) {
            book.close(book.open("a"), "a");
            book.appender.whenDurable(told::add);
        }
        files.done.clear();
        book.pass();

        assertThat(told).containsExactly(true, true, true, true, true);
        assertThat(files.done).filteredOn(each -> each.startsWith("force ")).hasSize(1);
        book.pass();
        assertThat(files.done)
                .as("nothing was written since")
                .filteredOn(each -> each.startsWith("force "))
                .hasSize(1);
        book.close();
    }

    @Test
    void whoWaitsIsToldOnTheOwnersThread() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        book.ownerIsBusy = true;
        book.close(book.open("a"), "a");
        book.appender.whenDurable(told::add);
        book.pass();

        assertThat(told).isEmpty();
        book.runTasks();
        assertThat(told).containsExactly(true);
        book.close();
    }

    @Test
    void withWriteAnAppendIsEnough() throws IOException {
        try (Book book = new Book(dir, Book.SMALL, files)) {
            book.close(book.open("a"), "a");
            book.appender.whenDurable(told::add);
            assertThat(told).containsExactly(true);
        }
    }

    @Test
    void aFileThatCouldNotBeForcedIsReplacedByANewOneAndNeverForcedAgain() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        OpenRecord running = book.open("running");
        JournalSegment failed = book.close(book.open("a"), "a");
        book.appender.whenDurable(told::add);
        files.forceFails = true;
        files.done.clear();

        book.pass();

        String name = failed.file().getFileName().toString();
        assertThat(files.done)
                .containsSubsequence(
                        "force fails", "copy 000000000001.preparing", "rename 000000000001.preparing " + name)
                .filteredOn(each -> each.equals("force fails"))
                .hasSize(1);
        assertThat(told).as("told after the copy was forced").containsExactly(true);
        assertThat(book.journal.state().condition()).isEqualTo(Condition.READY);
        assertThat(failed.isSealed()).isTrue();

        files.forceFails = false;
        assertThat(book.close(running, "ended").number()).isGreaterThan(failed.number());
        book.pass();
        book.crash();
        assertThat(Recovered.from(dir).closed).containsValues("a", "ended");
    }

    @Test
    void aFileThatWasReplacedIsNeverUsedAgain() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        JournalSegment failed = book.close(book.open("a"), "a");
        files.forceFails = true;
        book.pass();
        files.forceFails = false;
        files.done.clear();
        failed.acknowledge(1);
        book.pass();

        assertThat(files.done).contains("delete " + failed.file().getFileName());
        book.close();
    }

    @Test
    void whileItCannotBeReplacedNothingIsLetThroughAndThoseWhoWaitHearTheTruth() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        OpenRecord running = book.open("running");
        book.close(book.open("a"), "a");
        book.appender.whenDurable(told::add);
        files.forceFails = true;
        files.copyFails = true;
        book.pass();

        assertThat(told).containsExactly(false);
        assertThat(book.journal.state().condition()).isEqualTo(Condition.FAILED);
        assertThat(book.journal.state().reason()).isEqualTo("Input/output error of the copy");
        assertThat(book.appender.accepts()).isFalse();
        assertThat(book.tryOpen("refused")).isNull();
        book.close(running, "still written");

        files.copyFails = false;
        files.forceFails = false;
        book.pass();

        assertThat(book.journal.state().condition()).isEqualTo(Condition.READY);
        assertThat(book.appender.accepts()).isTrue();
        book.crash();
        assertThat(Recovered.from(dir).closed).containsValues("a", "still written");
    }

    @Test
    void nobodyIsToldThatAllIsWellWhenAnEarlierSegmentIsNot() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        JournalSegment second = book.fillSegment().getLast();
        book.appender.whenDurable(told::add);
        files.nextForceFails = true;
        files.copyFails = true;
        book.pass();

        assertThat(second.forcedTo()).as("the second one is on the disk").isEqualTo(second.tip());
        assertThat(told).containsExactly(false);
        book.crash();
    }

    @Test
    void anOwnerThatIsBusyIsWaitedFor() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        book.close(book.open("a"), "a");
        book.ownerIsBusy = true;
        files.forceFails = true;
        book.pass();
        assertThat(book.journal.state().condition()).isEqualTo(Condition.FAILED);
        files.forceFails = false;
        assertThat(files.done).noneMatch(each -> each.startsWith("copy"));

        book.runTasks();
        book.pass();

        assertThat(files.done).contains("copy 000000000001.preparing");
        assertThat(book.journal.state().condition()).isEqualTo(Condition.READY);
        book.close();
    }

    @Test
    void aFailedSegmentThatIsAllTheRoomThereIsIsWrittenToUntilASpareComes() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        files.full = true;
        List<OpenRecord> open = new ArrayList<>();
        for (OpenRecord each = book.tryOpen("x"); each != null; each = book.tryOpen("x")) {
            open.add(each);
        }
        files.forceFails = true;
        book.pass();
        book.close(open.removeFirst(), "first");
        assertThat(book.journal.state().condition()).isEqualTo(Condition.FAILED);

        files.full = false;
        files.forceFails = false;
        book.pass();
        book.pass();
        assertThat(book.journal.state().condition()).isEqualTo(Condition.READY);
        open.forEach(each -> book.close(each, "later"));
        book.crash();
        assertThat(Recovered.from(dir).closed).hasSize(open.size() + 1).containsValues("first", "later");
    }

    @Test
    void aSegmentGoesOnlyAfterTheClosesInOthersAreOnTheDisk() throws IOException {
        Book book = new Book(dir, Book.SMALL, files);
        JournalSegment third = closeInTheThird(book);
        int from = third.forcedTo();
        files.done.clear();

        book.pass();

        assertThat(third.number()).isEqualTo(3);
        assertThat(files.done)
                .as("the first is kept to be used again")
                .containsExactly(
                        "force " + from + " " + (third.tip() - from), "delete 000000000002.segment", "force directory");
        book.close();
    }

    @Test
    void whatCannotBeForcedHoldsBackWhatWasToGo() throws IOException {
        Book book = new Book(dir, Book.SMALL, files);
        closeInTheThird(book);
        files.forceFails = true;
        files.copyFails = true;
        files.done.clear();
        book.pass();

        assertThat(files.done).containsExactly("force fails");
        assertThat(dir.resolve("000000000001.segment")).exists();
        assertThat(dir.resolve("000000000002.segment")).exists();
        book.crash();
    }

    @Test
    void theEndTellsWhoStillWaits() throws IOException {
        Book book = new Book(dir, FSYNC, files);
        book.close(book.open("a"), "a");
        book.appender.whenDurable(told::add);
        book.close();
        assertThat(told).containsExactly(true);

        Book failing = new Book(dir, FSYNC, files);
        failing.close(failing.open("a"), "a");
        failing.appender.whenDurable(told::add);
        files.forceFails = true;
        files.copyFails = true;
        failing.close();
        assertThat(told).containsExactly(true, false);
    }

    /** Two attempts that began in the first and in the second segment end in the third: two segments are done with. */
    private static JournalSegment closeInTheThird(Book book) {
        OpenRecord inFirst = book.open("in the first");
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        OpenRecord inSecond = book.open("in the second");
        book.fillSegment().forEach(segment -> segment.acknowledge(1));
        book.pass();
        book.close(inFirst, "in the third");
        return book.close(inSecond, "in the third");
    }
}
