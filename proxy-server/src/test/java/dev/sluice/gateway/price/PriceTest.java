package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.Price.Rates;
import org.junit.jupiter.api.Test;

/** Costs worked out by hand. */
class PriceTest {
    private static final long UNKNOWN = Usage.UNKNOWN;
    /** 0.15 plain, 0.075 cached, 0.60 out. */
    private static final Rates MINI = new Rates(150_000_000, 75_000_000, Price.NO_RATE, 600_000_000);
    /** 4 plain, 0.40 cached, 5 written, 20 out. */
    private static final Rates LARGE = new Rates(4_000_000_000L, 400_000_000, 5_000_000_000L, 20_000_000_000L);

    @Test
    void plainInputAndOutput() {
        // 1,000 x 0.15/1M = 0.00015; 500 x 0.60/1M = 0.0003; together 0.00045 dollars.
        assertThat(price(MINI).cost(Usage.of(1_000, UNKNOWN, UNKNOWN, 500, UNKNOWN)))
                .isEqualTo(450_000);
    }

    @Test
    void cachedTokensAreNotPaidForTwice() {
        // 1,000 of which 800 cached: 200 x 0.15/1M + 800 x 0.075/1M = 0.00003 + 0.00006; 100 x 0.60/1M = 0.00006.
        assertThat(price(MINI).cost(Usage.of(1_000, 800, UNKNOWN, 100, 0))).isEqualTo(150_000);
    }

    @Test
    void cacheWritesHaveARateOfTheirOwn() {
        // 1,000 of which 300 cached and 500 written: 200 x 4 + 300 x 0.40 + 500 x 5 = 800 + 120 + 2,500 = 3,420 per 1M;
        // 10 x 20 = 200 per 1M; together 0.00362 dollars.
        assertThat(price(LARGE).cost(Usage.of(1_000, 300, 500, 10, 0))).isEqualTo(3_620_000);
    }

    @Test
    void reasoningIsPartOfTheOutput() {
        Usage without = Usage.of(10, 0, 0, 100, UNKNOWN);
        Usage with = Usage.of(10, 0, 0, 100, 90);
        // 10 x 4 + 100 x 20 = 2,040 per 1M.
        assertThat(price(LARGE).cost(without)).isEqualTo(2_040_000);
        assertThat(price(LARGE).cost(with)).isEqualTo(2_040_000);
    }

    @Test
    void aMissingCachedRateMeansThePlainOneAndNeverFree() {
        Rates noCached = new Rates(1_000_000_000, Price.NO_RATE, Price.NO_RATE, 2_000_000_000);
        assertThat(price(noCached).cost(Usage.of(1_000, 900, 50, 0, 0))).isEqualTo(1_000_000);
    }

    @Test
    void aCachedShareLargerThanItsWholeIsCutDownToIt() {
        // 100 tokens are 100 tokens: all at the cached rate, 100 x 0.075/1M.
        assertThat(price(MINI).cost(Usage.of(100, 250, 80, 0, 0))).isEqualTo(7_500);
    }

    @Test
    void aLongPromptChangesTheRatesOfTheWholeRequestAtItsFirstToken() {
        Price stepped = new Price(MINI, LARGE, 1_000);
        assertThat(stepped.cost(Usage.of(999, 0, 0, 1, 0))).isEqualTo(999 * 150 + 600);
        assertThat(stepped.cost(Usage.of(1_000, 0, 0, 1, 0))).isEqualTo(1_000 * 4_000 + 20_000);
    }

    @Test
    void whatNobodyReportedIsUnknownAndNotFree() {
        assertThat(price(MINI).cost(Usage.NONE)).isEqualTo(Money.UNKNOWN);
        assertThat(price(MINI).cost(Usage.of(10, 0, 0, UNKNOWN, UNKNOWN))).isEqualTo(Money.UNKNOWN);
        assertThat(price(MINI).cost(Usage.of(UNKNOWN, 0, 0, 10, 0))).isEqualTo(Money.UNKNOWN);
    }

    @Test
    void anEmbeddingNeedsNoOutputAndMustNotHaveOne() {
        Price embedding = price(new Rates(20_000_000, Price.NO_RATE, Price.NO_RATE, Price.NO_RATE));
        assertThat(embedding.cost(Usage.of(1_000, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN)))
                .isEqualTo(20_000);
        assertThat(embedding.cost(Usage.of(1_000, 0, 0, 0, 0))).isEqualTo(20_000);
        assertThat(embedding.cost(Usage.of(1_000, 0, 0, 5, 0))).isEqualTo(Money.UNKNOWN);
    }

    private static Price price(Rates rates) {
        return new Price(rates, rates, Long.MAX_VALUE);
    }
}
