package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.Usage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Costs worked out by hand, and many more by another arithmetic. */
class RatesTest {
    private static final long UNKNOWN = Usage.UNKNOWN;
    private static final long DOLLAR = 1_000_000_000;

    private static final Rates MINI =
            Rates.of(Map.of(Rate.INPUT, 150_000_000L, Rate.CACHED_INPUT, 75_000_000L, Rate.OUTPUT, 600_000_000L));
    private static final Rates LARGE = Rates.of(Map.of(
            Rate.INPUT, 4 * DOLLAR,
            Rate.CACHED_INPUT, 400_000_000L,
            Rate.CACHE_WRITE, 5 * DOLLAR,
            Rate.CACHE_WRITE_1H, 8 * DOLLAR,
            Rate.OUTPUT, 20 * DOLLAR));
    private static final Rates AUDIO = Rates.of(Map.of(
            Rate.INPUT, 2_500_000_000L,
            Rate.OUTPUT, 10 * DOLLAR,
            Rate.AUDIO_INPUT, 32 * DOLLAR,
            Rate.CACHED_AUDIO_INPUT, 400_000_000L,
            Rate.AUDIO_OUTPUT, 64 * DOLLAR));

    @Test
    void plainInputAndOutput() {
        // 1,000 x 0.15/1M = 0.00015; 500 x 0.60/1M = 0.0003; together 0.00045 dollars.
        assertThat(MINI.cost(Usage.of(1_000, UNKNOWN, UNKNOWN, 500, UNKNOWN))).isEqualTo(450_000);
    }

    @Test
    void cachedTokensAreNotPaidForTwice() {
        // 1,000 of which 800 cached: 200 x 0.15/1M + 800 x 0.075/1M = 0.00003 + 0.00006; 100 x 0.60/1M = 0.00006.
        assertThat(MINI.cost(Usage.of(1_000, 800, UNKNOWN, 100, 0))).isEqualTo(150_000);
    }

    @Test
    void cacheWritesHaveARateForEachTimeTheyAreKept() {
        // 1,000 of which 300 cached and 500 written, all for five minutes:
        // 200 x 4 + 300 x 0.40 + 500 x 5 = 800 + 120 + 2,500 = 3,420 per 1M; 10 x 20 = 200; together 0.00362 dollars.
        assertThat(LARGE.cost(Usage.of(1_000, 300, 500, 10, 0))).isEqualTo(3_620_000);
        // The same with 200 of the 500 for an hour: 300 x 5 + 200 x 8 = 3,100 in place of 2,500.
        assertThat(LARGE.cost(written(1_000, 300, 500, 200, 10))).isEqualTo(4_220_000);
    }

    @Test
    void reasoningIsPartOfTheOutputAndPaidForOnce() {
        // 10 x 4 + 100 x 20 = 2,040 per 1M, whatever part of it was reasoning.
        assertThat(LARGE.cost(Usage.of(10, 0, 0, 100, UNKNOWN))).isEqualTo(2_040_000);
        assertThat(LARGE.cost(Usage.of(10, 0, 0, 100, 90))).isEqualTo(2_040_000);
        Rates dearReasoning = Rates.of(Map.of(Rate.INPUT, DOLLAR, Rate.OUTPUT, 2 * DOLLAR, Rate.REASONING, 3 * DOLLAR));
        // 10 x 1 + 10 x 2 + 90 x 3 = 300 per 1M.
        assertThat(dearReasoning.cost(Usage.of(10, 0, 0, 100, 90))).isEqualTo(300_000);
    }

    @Test
    void audioIsPaidForAtItsOwnRates() {
        // 1,000 in, 600 of them audio, 100 of that cached; 50 out, 40 of them audio:
        // 400 x 2.5 + 500 x 32 + 100 x 0.4 + 10 x 10 + 40 x 64 = 1,000 + 16,000 + 40 + 100 + 2,560 = 19,700 per 1M.
        assertThat(AUDIO.cost(audio(1_000, 100, 600, 100, 50, 40))).isEqualTo(19_700_000);
    }

    @Test
    void audioAndGeneratedImagesWithoutARateAreUnknownAndNeverText() {
        assertThat(MINI.cost(audio(1_000, 0, 1, 0, 0, 0))).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(audio(1_000, 1, 1, 1, 0, 0))).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(audio(1_000, 0, 0, 0, 50, 1))).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(images(1_000, 0, 50, 1))).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(audio(1_000, 0, 0, 0, 0, 0))).isEqualTo(150_000);
    }

    @Test
    void whatAModelSeesCostsWhatItReads() {
        // 1,000 x 0.15 + 50 x 0.6 = 150 + 30 = 180 per 1M.
        assertThat(MINI.cost(images(1_000, 400, 50, 0))).isEqualTo(180_000);
    }

    @Test
    void cachedAudioWithoutARateIsPlainAudioAndNotCachedText() {
        Rates rates = Rates.of(Map.of(
                Rate.INPUT,
                DOLLAR,
                Rate.CACHED_INPUT,
                100_000_000L,
                Rate.OUTPUT,
                DOLLAR,
                Rate.AUDIO_INPUT,
                30 * DOLLAR));
        // 900 x 1 + 100 x 30 = 3,900 per 1M.
        assertThat(rates.cost(audio(1_000, 100, 100, 100, 0, 0))).isEqualTo(3_900_000);
    }

    @Test
    void aMissingCachedRateMeansThePlainOneAndNeverFree() {
        Rates noCached = Rates.of(Map.of(Rate.INPUT, DOLLAR, Rate.OUTPUT, 2 * DOLLAR));
        assertThat(noCached.cost(written(1_000, 900, 50, 20, 0))).isEqualTo(1_000_000);
        Rates oneWrite = Rates.of(Map.of(Rate.INPUT, DOLLAR, Rate.CACHE_WRITE, 2 * DOLLAR, Rate.OUTPUT, 2 * DOLLAR));
        // An hour costs at least what five minutes cost: 950 x 1 + 50 x 2 = 1,050 per 1M.
        assertThat(oneWrite.cost(written(1_000, 900, 50, 20, 0))).isEqualTo(1_050_000);
    }

    @Test
    void aCachedShareLargerThanItsWholeIsCutDownToIt() {
        // 100 tokens are 100 tokens: all at the cached rate, 100 x 0.075/1M.
        assertThat(MINI.cost(Usage.of(100, 250, 80, 0, 0))).isEqualTo(7_500);
    }

    @Test
    void callsAreChargedByTheThousandAndNotMultiplied() {
        Rates search = Rates.of(Map.of(Rate.INPUT, DOLLAR, Rate.OUTPUT, DOLLAR, Rate.WEB_SEARCH, 10 * DOLLAR * 1_000));
        // 3 calls at 10 dollars for a thousand are 0.03 dollars; 1,000 tokens at 1 dollar are 0.001 dollars.
        assertThat(search.cost(searches(1_000, 3))).isEqualTo(31_000_000);
        assertThat(search.times(new Multiplier(2_000_000)).cost(searches(1_000, 3)))
                .isEqualTo(32_000_000);
        assertThat(MINI.cost(searches(1_000, 1))).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(searches(1_000, 0))).isEqualTo(150_000);
    }

    @Test
    void whatNobodyReportedIsUnknownAndNotFree() {
        assertThat(MINI.cost(Usage.NONE)).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(Usage.of(10, 0, 0, UNKNOWN, UNKNOWN))).isEqualTo(Money.UNKNOWN);
        assertThat(MINI.cost(Usage.of(UNKNOWN, 0, 0, 10, 0))).isEqualTo(Money.UNKNOWN);
    }

    @Test
    void anEmbeddingNeedsNoOutputAndMustNotHaveOne() {
        Rates embedding = Rates.of(Map.of(Rate.INPUT, 20_000_000L));
        assertThat(embedding.cost(Usage.of(1_000, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)))
                .isEqualTo(20_000);
        assertThat(embedding.cost(Usage.of(1_000, 0, 0, 0, 0))).isEqualTo(20_000);
        assertThat(embedding.cost(Usage.of(1_000, 0, 0, 5, 0))).isEqualTo(Money.UNKNOWN);
    }

    @Test
    void aFreeModelIsFreeInEverything() {
        Rates free = Rates.of(Map.of(Rate.INPUT, 0L, Rate.OUTPUT, 0L));
        assertThat(free.cost(Usage.of(1_000, 10, 10, 1_000, 5))).isZero();
        assertThat(free.cost(audio(1_000, 100, 600, 100, 50, 40))).isZero();
        assertThat(free.cost(images(1_000, 1, 50, 1))).isZero();
    }

    @Test
    void roundsOnceOverTheWholeSum() {
        Rates quarters = Rates.of(Map.of(Rate.INPUT, 250_000L, Rate.OUTPUT, 250_000L));
        // A quarter of a nano-dollar is nothing; two quarters are a half, and one.
        assertThat(quarters.cost(Usage.of(1, 0, 0, 0, 0))).isZero();
        assertThat(quarters.cost(Usage.of(1, 0, 0, 1, 0))).isEqualTo(1);
    }

    @Test
    void anAmountBeyondALongIsUnknownAndOneWithinIsExact() {
        Rates dear = Rates.of(Map.of(Rate.INPUT, 1_000 * DOLLAR, Rate.OUTPUT, 1_000 * DOLLAR));
        assertThat(dear.cost(Usage.of(Long.MAX_VALUE, 0, 0, 0, 0))).isEqualTo(Money.UNKNOWN);
        // 9.2 trillion tokens at 0.001 dollars each: the sum does not fit a long, the cost does.
        assertThat(dear.cost(Usage.of(9_223_372_036_854L, 0, 0, 0, 0))).isEqualTo(9_223_372_036_854L * 1_000_000);
    }

    @Test
    void multipliersAreExactOrRefused() {
        Rates tenth = MINI.times(new Multiplier(1_100_000));
        assertThat(tenth.stated(Rate.INPUT)).isEqualTo(165_000_000);
        assertThat(tenth.stated(Rate.CACHED_INPUT)).isEqualTo(82_500_000);
        assertThat(tenth.stated(Rate.OUTPUT)).isEqualTo(660_000_000);
        assertThat(tenth.stated(Rate.CACHE_WRITE)).isEqualTo(Rates.NONE);
        Rates odd = Rates.of(Map.of(Rate.INPUT, 1_000_001L));
        assertThatThrownBy(() -> odd.times(new Multiplier(500_000)))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("0.001000001 times 0.5");
    }

    @Test
    void agreesWithDecimalArithmeticForEveryMagnitude() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 50_000; i++) {
            Map<Rate, Long> stated = new EnumMap<>(Rate.class);
            for (Rate rate : Rate.values()) {
                stated.put(rate, (random.nextLong() >>> 1) % 1_000_000_000_001L);
            }
            Usage usage = usage(random);
            BigDecimal dollars = BigDecimal.ZERO;
            for (Rate rate : Rate.values()) {
                dollars = dollars.add(
                        BigDecimal.valueOf(stated.get(rate), 9).multiply(BigDecimal.valueOf(rate.units(usage), 6)));
            }
            BigDecimal nano = dollars.movePointRight(9).setScale(0, RoundingMode.HALF_UP);
            boolean fits = nano.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0;
            assertThat(Rates.of(stated).cost(usage)).isEqualTo(fits ? nano.longValueExact() : Money.UNKNOWN);
        }
    }

    private static Usage usage(SplittableRandom random) {
        long[] figures = new long[12];
        for (int i = 0; i < figures.length; i++) {
            figures[i] = random.nextLong() >>> random.nextInt(1, 64);
        }
        return new Usage(
                figures[0],
                figures[1],
                figures[2],
                figures[3],
                figures[4],
                figures[5],
                figures[6],
                figures[7],
                figures[8],
                figures[9],
                figures[10],
                figures[11],
                UNKNOWN);
    }

    private static Usage written(long input, long cached, long written, long written1h, long output) {
        return new Usage(input, cached, written, written1h, -1, -1, -1, output, -1, -1, -1, -1, -1);
    }

    private static Usage audio(long input, long cached, long audio, long cachedAudio, long output, long outputAudio) {
        return new Usage(input, cached, -1, -1, audio, cachedAudio, -1, output, -1, outputAudio, -1, -1, -1);
    }

    private static Usage images(long input, long images, long output, long outputImages) {
        return new Usage(input, -1, -1, -1, -1, -1, images, output, -1, -1, outputImages, -1, -1);
    }

    private static Usage searches(long input, long calls) {
        return new Usage(input, -1, -1, -1, -1, -1, -1, 0, -1, -1, -1, calls, -1);
    }
}
