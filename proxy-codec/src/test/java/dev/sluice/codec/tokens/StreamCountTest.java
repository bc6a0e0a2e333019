package dev.sluice.codec.tokens;

import static dev.sluice.codec.tokens.StreamCount.COMMIT_BYTES;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StreamCountTest {
    private static final Encoding O200K = Encoding.O200K_BASE;

    static {
        O200K.counter();
        Encoding.CL100K_BASE.counter();
    }

    @Test
    void addsUpWhatPiecesCountedAloneWouldNot() {
        StreamCount count = new StreamCount(O200K);
        long naive = 0;
        byte[] utf8 = RandomTexts.ENGLISH.getBytes(UTF_8);
        for (int at = 0; at < utf8.length; at += 4) {
            int end = Math.min(utf8.length, at + 4);
            count.append(utf8, at, end);
            naive += O200K.counter().count(utf8, at, end);
        }
        assertThat(count.total()).isEqualTo(Oracle.count(O200K, RandomTexts.ENGLISH));
        assertThat(naive).isGreaterThan(count.total() * 3 / 2);
        assertThat(count.isApproximate()).isFalse();
    }

    @Test
    void countsNothingForNothing() {
        StreamCount count = new StreamCount(O200K);
        count.append(new byte[0], 0, 0);
        count.boundary();
        assertThat(count.total()).isZero();
        assertThat(count.committed()).isZero();
        assertThat(count.upperBound()).isZero();
        assertThat(count.isApproximate()).isFalse();
    }

    @Test
    void doesNotJoinTextsOverABoundary() {
        StreamCount joined = new StreamCount(O200K);
        append(joined, "hel");
        append(joined, "lo");
        assertThat(joined.total()).isEqualTo(1);
        StreamCount apart = new StreamCount(O200K);
        append(apart, "hel");
        apart.boundary();
        assertThat(apart.committed()).isEqualTo(Oracle.count(O200K, "hel"));
        append(apart, "lo");
        assertThat(apart.total()).isEqualTo(Oracle.count(O200K, "hel") + Oracle.count(O200K, "lo"));
        assertThat(apart.isApproximate()).isFalse();
    }

    @Test
    void joinsHalvesOfAPairAndReplacesThoseThatStayAlone() {
        byte[] halves = Wtf8.encodeHalves("😀");
        StreamCount count = new StreamCount(O200K);
        count.append(halves, 0, 2);
        assertThat(count.total()).isZero();
        count.append(halves, 2, 3);
        assertThat(count.total()).isEqualTo(Oracle.count(O200K, "\uFFFD"));
        count.append(halves, 3, 6);
        assertThat(count.total()).isEqualTo(Oracle.count(O200K, "😀"));

        StreamCount alone = new StreamCount(O200K);
        alone.append(halves, 3, 6);
        alone.append(halves, 0, 3);
        alone.append(halves, 0, 3);
        append(alone, "a");
        alone.append(halves, 0, 3);
        assertThat(alone.total()).isEqualTo(Oracle.count(O200K, "\uFFFD\uFFFD\uFFFDa\uFFFD"));
        alone.boundary();
        alone.append(halves, 3, 6);
        assertThat(alone.total())
                .isEqualTo(Oracle.count(O200K, "\uFFFD\uFFFD\uFFFDa\uFFFD") + Oracle.count(O200K, "\uFFFD"));
    }

    @Test
    void replacesASequenceThatABoundaryCuts() {
        StreamCount count = new StreamCount(O200K);
        append(count, "a");
        count.append("é".getBytes(UTF_8), 0, 1);
        assertThat(count.total()).isEqualTo(1);
        assertThat(count.upperBound()).isEqualTo(2);
        count.boundary();
        assertThat(count.total()).isEqualTo(Oracle.count(O200K, "a\uFFFD"));
    }

    @Test
    void readsTheBoundsWithoutCounting() {
        StreamCount count = new StreamCount(O200K);
        append(count, "a few words");
        assertThat(count.committed()).isZero();
        assertThat(count.upperBound()).isEqualTo(11);
        append(count, " and so many more of them that something has to be counted, which is now");
        assertThat(count.committed()).isPositive().isLessThan(count.total());
        assertThat(count.upperBound()).isGreaterThan(count.total());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 700, 1_000_000})
    void cutsARunWithoutGapsAnyway(int step) {
        byte[] utf8 = "a".repeat(1_000_000).getBytes(UTF_8);
        StreamCount count = new StreamCount(O200K);
        long millis = Allocation.cpuMillis(() -> {
            for (int at = 0; at < utf8.length; at += step) {
                count.append(utf8, at, Math.min(utf8.length, at + step));
            }
        });
        assertThat(count.isApproximate()).isTrue();
        assertThat(count.total()).isBetween(124_990L, 125_300L);
        assertThat(count.upperBound() - count.committed()).isLessThan(5_000);
        // Half a second on an idle machine with warm code, most of it spare.
        assertThat(millis).isLessThan(2_000);
        assertThat(count.capacity()).isLessThan(16_000);
        append(count, " and the tail is small again.".repeat(20));
        assertThat(count.capacity()).isLessThanOrEqualTo(1024);
    }

    @Test
    void countsTheCodePointsOfALongRunNotItsBytes() {
        StreamCount count = new StreamCount(O200K);
        append(count, "的".repeat(4096));
        assertThat(count.isApproximate()).isFalse();
        assertThat(count.total()).isEqualTo(Oracle.count(O200K, "的".repeat(4096)));
        append(count, "的");
        assertThat(count.isApproximate()).isTrue();
        assertThat(count.committed()).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    void allocatesNothingAndStaysSmall(Encoding encoding) {
        byte[] utf8 = RandomTexts.ENGLISH.getBytes(UTF_8);
        StreamCount count = new StreamCount(encoding);
        Runnable stream = () -> {
            for (int at = 0; at < utf8.length; at += 4) {
                count.append(utf8, at, Math.min(utf8.length, at + 4));
                count.upperBound();
            }
            count.total();
        };
        assertThat(Allocation.leastOf(20, stream)).isZero();
        assertThat(count.capacity()).isLessThanOrEqualTo(256);
    }

    @Test
    void waitsForTheVocabularyAndIsExactWhenItComes() {
        Late late = new Late();
        StreamCount count = new StreamCount(late, SafeCuts.EXACT, COMMIT_BYTES);
        append(count, RandomTexts.ENGLISH);
        assertThat(count.committed()).isZero();
        assertThat(count.total()).isEqualTo((RandomTexts.ENGLISH.getBytes(UTF_8).length + 3) / 4);
        assertThat(count.isApproximate()).isTrue();
        late.counter = O200K.counter();
        assertThat(count.isApproximate()).isFalse();
        append(count, RandomTexts.CODE);
        assertThat(count.total()).isEqualTo(Oracle.count(O200K, RandomTexts.ENGLISH + RandomTexts.CODE));
        assertThat(count.isApproximate()).isFalse();
    }

    @Test
    void estimatesWhatIsTooLongToWait() {
        Late late = new Late();
        StreamCount count = new StreamCount(late, SafeCuts.EXACT, COMMIT_BYTES);
        String text = RandomTexts.ENGLISH.repeat(40);
        int bytes = text.getBytes(UTF_8).length;
        append(count, text);
        assertThat(count.capacity()).isLessThan(2 * StreamCount.WAIT_LIMIT_BYTES);
        assertThat(count.committed()).isPositive();
        assertThat(count.total()).isBetween(bytes / 4L, bytes / 4L + bytes / StreamCount.WAIT_LIMIT_BYTES + 1);
        late.counter = O200K.counter();
        assertThat(count.isApproximate()).isTrue();
        long before = count.committed();
        append(count, text);
        assertThat(count.committed()).isGreaterThan(before);
    }

    @Test
    void estimatesWhatABoundaryEndsBeforeTheVocabularyIsThere() {
        StreamCount count = new StreamCount(new Late(), SafeCuts.EXACT, COMMIT_BYTES);
        append(count, "name");
        count.boundary();
        assertThat(count.total()).isEqualTo(1);
        assertThat(count.isApproximate()).isTrue();
    }

    private static void append(StreamCount count, String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        count.append(utf8, 0, utf8.length);
    }

    private static final class Late implements CounterSource {
        private @Nullable TokenCounter counter;

        @Override
        public @Nullable TokenCounter counterIfLoaded() {
            return counter;
        }
    }
}
