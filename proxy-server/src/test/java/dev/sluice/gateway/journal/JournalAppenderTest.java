package dev.sluice.gateway.journal;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalAppenderTest {
    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();

    /** Whatever is opened can be closed, when no segment comes any more, in any order; and all of it is recovered. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void neverBreaksAReservation(long seed) throws IOException {
        Random random = new Random(seed);
        Book book = new Book(dir, Book.SMALL, files);
        int largest = book.appender.largestPayloadBytes();
        List<OpenRecord> open = new ArrayList<>();
        Map<UUID, String> closed = new HashMap<>();
        for (int round = 0; round < 60; round++) {
            files.full = false;
            for (int pass = random.nextInt(3); pass >= 0; pass--) {
                book.pass();
            }
            files.full = true;
            openUntilRefused(book, random, largest, open);
            Collections.shuffle(open, random);
            int left = random.nextInt(3) == 0 ? random.nextInt(open.size()) : 0;
            while (open.size() > left) {
                OpenRecord record = open.removeLast();
                closed.put(record.attempt(), close(book, random, record, largest));
                if (random.nextInt(5) == 0 && !open.isEmpty()) {
                    book.progress(open.getFirst(), "p".repeat(random.nextInt(largest + 1)));
                }
            }
        }
        book.crash();

        Recovered recovered = Recovered.from(dir);
        assertThat(recovered.closed).isEqualTo(closed);
        assertThat(recovered.interrupted.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        open.stream().map(OpenRecord::attempt).toList());
    }

    private static void openUntilRefused(Book book, Random random, int largest, List<OpenRecord> open) {
        for (int refused = 0; refused < 20; ) {
            boolean promised = book.appender.accepts();
            int length = random.nextInt(largest + 1) >> random.nextInt(6);
            int reserve = largest - (random.nextInt(largest) >> random.nextInt(4));
            OpenRecord record = book.appender.open(UUID.randomUUID(), new byte[length], length, reserve);
            if (record == null) {
                assertThat(promised).as("accepts() is a promise").isFalse();
                refused++;
            } else {
                open.add(record);
            }
        }
    }

    @Test
    void refusesAnAttemptWhoseEndWouldHaveNoRoomAndClosesEveryOther() throws IOException {
        Book book = new Book(dir, Book.SMALL, files);
        files.full = true;
        List<OpenRecord> open = new ArrayList<>();
        for (OpenRecord each = book.tryOpen("x"); each != null; each = book.tryOpen("x")) {
            open.add(each);
            book.pass();
        }

        assertThat(book.appender.accepts()).isFalse();
        assertThat(book.journal.figures().refusedOpens()).isEqualTo(1);
        assertThat(book.progress(open.getFirst(), "no room for what may be left out"))
                .isFalse();
        assertThat(book.journal.figures().skippedProgress()).isEqualTo(1);
        for (OpenRecord each : open) {
            book.close(each, "y".repeat(Book.RESERVE));
        }
        book.crash();
        assertThat(Recovered.from(dir).closed).hasSize(open.size()).containsValue("y".repeat(Book.RESERVE));
    }

    @Test
    void aCloseBeyondItsReservationIsTakenOnlyWhenNobodyElseNeedsTheRoom() throws IOException {
        Book book = new Book(dir, Book.SMALL, files);
        OpenRecord roomy = book.open("roomy");
        assertThat(book.appender.fits(roomy, Book.RESERVE * 3)).isTrue();
        book.close(roomy, "z".repeat(Book.RESERVE * 3));
        files.full = true;
        OpenRecord tight = book.open("tight");
        for (OpenRecord each = book.tryOpen("x"); each != null; each = book.tryOpen("x")) {
            book.pass();
        }
        String tooLong = "z".repeat(Book.RESERVE * 3);

        assertThat(book.appender.fits(tight, tooLong.length())).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> book.close(tight, tooLong))
                .withMessageContaining("300")
                .withMessageContaining("allowed: 104");
        book.close(tight, "z".repeat(Book.RESERVE));
        book.crash();
        assertThat(Recovered.from(dir).closed).contains(entry(tight.attempt(), "z".repeat(Book.RESERVE)));
    }

    @Test
    void refusesWhatNoSegmentCanHold() throws IOException {
        try (Book book = new Book(dir)) {
            int tooLong = book.appender.largestPayloadBytes() + 1;

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> book.appender.open(UUID.randomUUID(), new byte[tooLong], tooLong, 1))
                    .withMessageContaining("allowed: 0 to " + (tooLong - 1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> book.appender.open(UUID.randomUUID(), new byte[1], 1, tooLong));
            OpenRecord open = book.open("");
            assertThatIllegalArgumentException().isThrownBy(() -> book.progress(open, "x".repeat(tooLong)));
            assertThatIllegalArgumentException().isThrownBy(() -> book.close(open, "x".repeat(tooLong)));
        }
    }

    @Test
    void anAttemptEndsOnce() throws IOException {
        try (Book book = new Book(dir)) {
            OpenRecord open = book.open("a");
            book.close(open, "a");

            assertThatIllegalStateException().isThrownBy(() -> book.close(open, "again"));
            assertThatIllegalStateException().isThrownBy(() -> book.progress(open, "late"));
        }
    }

    @Test
    void preparesMoreForManyOpenAttempts() throws IOException {
        Book book = new Book(dir, Book.SMALL, files);
        List<OpenRecord> open = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            open.add(book.open("x"));
            book.pass();
        }
        assertThat(book.journal.figures().spareSegments()).isGreaterThan(300 * Book.RESERVE / 4_096);

        files.full = true;
        open.forEach(each -> book.close(each, "y".repeat(Book.RESERVE)));
        book.crash();
        assertThat(Recovered.from(dir).closed).hasSize(300);
    }

    /** As long as it may be, or as short as it can be; longer than that when there is room. */
    private static String close(Book book, Random random, OpenRecord open, int largest) {
        int reserved = open.reservedBytes - RecordFormat.OVERHEAD_BYTES;
        int length = random.nextInt(4) > 0 ? reserved : random.nextInt(reserved + 1);
        int longer = random.nextInt(largest + 1);
        if (random.nextInt(8) == 0 && book.appender.fits(open, longer)) {
            length = longer;
        }
        String text = "c".repeat(length);
        book.close(open, text);
        return text;
    }
}
