package dev.sluice.codec.chat;

import static dev.sluice.codec.chat.Usage.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;

final class UsageTest {
    private static final int FIGURES = 13;

    @Test
    void takesOverlappingFiguresApart() {
        // 1,000 in: 400 cached (50 of them audio), 250 written (100 for an hour), 130 audio in all, 60 of images.
        Usage usage = new Usage(1_000, 400, 250, 100, 130, 50, 60, 500, 300, 90, 20, 2, 7);
        assertThat(usage.inText()).isEqualTo(1_000 - 400 - 250 - 80 - 60);
        assertThat(usage.inCached()).isEqualTo(350);
        assertThat(usage.inCachedAudio()).isEqualTo(50);
        assertThat(usage.inWrite5m()).isEqualTo(150);
        assertThat(usage.inWrite1h()).isEqualTo(100);
        assertThat(usage.inAudio()).isEqualTo(80);
        assertThat(usage.inImage()).isEqualTo(60);
        assertThat(usage.outText()).isEqualTo(500 - 300 - 90 - 20);
        assertThat(usage.outReasoning()).isEqualTo(300);
        assertThat(usage.outAudio()).isEqualTo(90);
        assertThat(usage.outImage()).isEqualTo(20);
    }

    @Test
    void cutsAShareThatIsLargerThanItsWholeDownToIt() {
        Usage cached = Usage.of(10, 15, 5, 4, 9);
        assertThat(cached.inCached()).isEqualTo(10);
        assertThat(cached.inWrite5m()).isZero();
        assertThat(cached.inText()).isZero();
        assertThat(cached.outReasoning()).isEqualTo(4);
        assertThat(cached.outText()).isZero();

        Usage written = new Usage(10, 4, 9, 20, 8, 30, 8, 0, 1, 1, 1, UNKNOWN, UNKNOWN);
        assertThat(written.inCachedAudio()).as("all that is cached").isEqualTo(4);
        assertThat(written.inWrite1h()).as("all that is written").isEqualTo(6);
        assertThat(written.inAudio()).as("nothing is left for it").isZero();
        assertThat(written.outAudio()).isZero();
    }

    @Test
    void anUnknownShareCountsAsNone() {
        Usage usage = Usage.of(10, UNKNOWN, UNKNOWN, 4, UNKNOWN);
        assertThat(usage.inText()).isEqualTo(10);
        assertThat(usage.outText()).isEqualTo(4);
    }

    @Test
    void withoutTheWholeTheRestIsUnknownAndTheSharesStand() {
        Usage usage = new Usage(UNKNOWN, 7, 5, 2, 4, 3, 1, UNKNOWN, 6, 2, 1, UNKNOWN, UNKNOWN);
        assertThat(usage.inText()).isEqualTo(UNKNOWN);
        assertThat(usage.inCached()).isEqualTo(4);
        assertThat(usage.inCachedAudio()).isEqualTo(3);
        assertThat(usage.inWrite5m()).isEqualTo(3);
        assertThat(usage.inWrite1h()).isEqualTo(2);
        assertThat(usage.inAudio()).isEqualTo(1);
        assertThat(usage.inImage()).isEqualTo(1);
        assertThat(usage.outText()).isEqualTo(UNKNOWN);
        assertThat(usage.outReasoning()).isEqualTo(6);
        assertThat(usage.outAudio()).isEqualTo(2);
        assertThat(usage.outImage()).isEqualTo(1);
        assertThat(usage.isReported()).isFalse();
    }

    @Test
    void whateverIsReportedTheBucketsAddUpAndAreNeverNegative() {
        Random random = new Random(20261121);
        for (int i = 0; i < 200_000; i++) {
            Usage usage = random(random);
            assertBuckets(usage, usage.inputTokens(), usage.inText(), inShares(usage));
            assertBuckets(usage, usage.outputTokens(), usage.outText(), outShares(usage));
        }
    }

    private static void assertBuckets(Usage usage, long whole, long rest, long[] shares) {
        long sum = 0;
        for (long share : shares) {
            assertThat(share).as("%s", usage).isNotNegative();
            sum = Math.addExact(sum, share);
        }
        if (whole == UNKNOWN) {
            assertThat(rest).as("%s", usage).isEqualTo(UNKNOWN);
        } else {
            assertThat(rest).as("%s", usage).isNotNegative();
            assertThat(Math.addExact(sum, rest)).as("%s", usage).isEqualTo(whole);
        }
    }

    private static long[] inShares(Usage usage) {
        return new long[] {
            usage.inCached(),
            usage.inCachedAudio(),
            usage.inWrite5m(),
            usage.inWrite1h(),
            usage.inAudio(),
            usage.inImage()
        };
    }

    private static long[] outShares(Usage usage) {
        return new long[] {usage.outReasoning(), usage.outAudio(), usage.outImage()};
    }

    @Test
    void completesOnlyWhatIsUnknown() {
        Usage partial = Usage.of(10, 3, UNKNOWN, UNKNOWN, UNKNOWN);
        assertThat(partial.orElse(99, 4)).isEqualTo(Usage.of(10, 3, UNKNOWN, 4, UNKNOWN));
        assertThat(Usage.NONE.orElse(UNKNOWN, 0)).isEqualTo(Usage.of(UNKNOWN, UNKNOWN, UNKNOWN, 0, UNKNOWN));
        Usage whole = Usage.of(0, UNKNOWN, UNKNOWN, 0, UNKNOWN);
        assertThat(whole.orElse(5, 5)).isSameAs(whole);
    }

    @Test
    void nothingReportedIsNotZero() {
        assertThat(Usage.NONE.isReported()).isFalse();
        assertThat(Usage.of(0, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN).isReported()).isTrue();
        assertThat(Usage.of(UNKNOWN, UNKNOWN, UNKNOWN, 0, UNKNOWN).isReported()).isTrue();
    }

    @Test
    void refusesAFigureBelowUnknownByItsName() {
        for (int figure = 0; figure < FIGURES; figure++) {
            long[] figures = new long[FIGURES];
            figures[figure] = -2;
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> usage(figures))
                    .withMessageStartingWith(Usage.class.getRecordComponents()[figure].getName() + " is -2;");
        }
    }

    /** Small figures, so that shares overlap and exceed their whole often, and now and then the extremes. */
    private static Usage random(Random random) {
        long[] figures = new long[FIGURES];
        for (int i = 0; i < FIGURES; i++) {
            figures[i] = switch (random.nextInt(8)) {
                case 0 -> UNKNOWN;
                case 1 -> 0;
                case 2 -> random.nextInt(40) == 0 ? Long.MAX_VALUE - random.nextInt(3) : 1;
                default -> random.nextInt(30);
            };
        }
        return usage(figures);
    }

    private static Usage usage(long[] f) {
        return new Usage(f[0], f[1], f[2], f[3], f[4], f[5], f[6], f[7], f[8], f[9], f[10], f[11], f[12]);
    }
}
