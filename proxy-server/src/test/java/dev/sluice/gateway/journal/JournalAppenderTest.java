package dev.sluice.gateway.journal;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalAppenderTest {
    @TempDir
    Path dir;

    private final FaultyFiles files = new FaultyFiles();

    /** Whatever is opened can be closed, also when no segment comes any more; and all of it is recovered. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void neverBreaksAReservation(long seed) throws IOException {
        Random random = new Random(seed);
        Book book = new Book(dir, Book.SMALL.withSegmentBytes(8_192), files);
        int largest = book.appender.largestPayloadBytes();
        List<OpenRecord> open = new ArrayList<>();
        Map<UUID, String> closed = new HashMap<>();
        int refused = 0;
        for (int step = 0; step < 3_000; step++) {
            files.full = random.nextInt(300) == 0 ? !files.full : files.full;
            int action = random.nextInt(10);
            if (action == 0) {
                book.pass();
            } else if (action < 5) {
                boolean promised = book.appender.accepts();
                OpenRecord record =
                        open(book, random.nextInt(largest + 1) >> random.nextInt(6), reserve(random, largest));
                assertThat(record == null && promised)
                        .as("accepts() is a promise")
                        .isFalse();
                refused += record == null ? 1 : 0;
                if (record != null) {
                    open.add(record);
                }
            } else if (!open.isEmpty()) {
                OpenRecord record = open.get(random.nextInt(open.size()));
                if (action == 5) {
                    book.progress(record, "p".repeat(random.nextInt(largest + 1)));
                } else {
                    open.remove(record);
                    closed.put(record.attempt(), close(book, random, record, largest));
                }
            }
            if (random.nextInt(500) == 0) {
                for (OpenRecord record : open) {
                    closed.put(record.attempt(), close(book, random, record, largest));
                }
                open.clear();
            }
        }
        assertThat(refused).as("the disk was full now and then").isPositive();
        book.crash();

        Recovered recovered = Recovered.from(dir);
        assertThat(recovered.closed).isEqualTo(closed);
        assertThat(recovered.interrupted.keySet())
                .containsExactlyInAnyOrderElementsOf(
                        open.stream().map(OpenRecord::attempt).toList());
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

    private static @Nullable OpenRecord open(Book book, int length, int reserve) {
        return book.appender.open(UUID.randomUUID(), new byte[length], length, reserve);
    }

    private static int reserve(Random random, int largest) {
        return random.nextInt(largest + 1) >> random.nextInt(4);
    }

    /** As long as it may be, or as short as it can be; longer than that when there is room. */
    private static String close(Book book, Random random, OpenRecord open, int largest) {
        int reserved = open.reservedBytes - RecordFormat.OVERHEAD_BYTES;
        int length = random.nextBoolean() ? reserved : random.nextInt(reserved + 1);
        int longer = random.nextInt(largest + 1);
        if (random.nextInt(4) == 0 && book.appender.fits(open, longer)) {
            length = longer;
        }
        String text = "c".repeat(length);
        book.close(open, text);
        return text;
    }
}
