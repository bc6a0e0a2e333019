package dev.sluice.gateway.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AcknowledgementLagTest {
    private static final long SECOND = 1_000_000_000L;

    @TempDir
    Path dir;

    @Test
    void tellsHowLongTheOldestCloseWaitsAndNotHowLongOthersDid() throws IOException {
        Book book = new Book(dir);
        AcknowledgementLag lag = new AcknowledgementLag(new JournalAppender[] {book.appender});
        lag.look(0);
        assertThat(lag.oldestMillis(SECOND)).as("nothing waits").isZero();

        JournalSegment segment = book.close(book.open("a"), "a");
        lag.look(10 * SECOND);
        book.close(book.open("b"), "b");
        lag.look(12 * SECOND);
        assertThat(lag.oldestMillis(13 * SECOND)).isEqualTo(3_000);

        segment.acknowledge(1);
        lag.look(14 * SECOND);
        assertThat(lag.oldestMillis(14 * SECOND)).as("the second one, seen now").isZero();
        assertThat(lag.oldestMillis(15 * SECOND)).isEqualTo(1_000);

        segment.acknowledge(1);
        lag.look(16 * SECOND);
        assertThat(lag.oldestMillis(20 * SECOND)).isZero();
        book.close();
    }
}
