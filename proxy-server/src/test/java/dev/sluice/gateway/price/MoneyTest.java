package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoneyTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.15, 150000000",
        "0.0028, 2800000",
        "1000, 1000000000000",
        "0.000000001, 1",
        "12.5, 12500000000",
        "9223372036.854775807, 9223372036854775807",
    })
    void readsDollarsExactly(String dollars, long nano) {
        assertThat(Money.parse(dollars)).isEqualTo(nano);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "1.",
                ".5",
                "-1",
                "+1",
                "1e3",
                "0x1",
                "1,5",
                "1.2.3",
                " 1",
                "0.0000000001",
                "9223372037",
                "9999999999999999999999",
                "NaN",
                "١"
            })
    void refusesWhatIsNotPlainDollars(String text) {
        assertThat(Money.parse(text)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1500, 0.0000015", "1000000000, 1", "2500000000, 2.5", "100000000000, 100", "1, 0.000000001"})
    void writesDollarsWithoutSuperfluousZeros(long nano, String dollars) {
        assertThat(Money.format(nano)).isEqualTo(dollars);
    }

    @Test
    void roundsHalfUpOnceOverTheWholeSum() {
        // 0.5 nano-dollars round to 1, 0.499999 to 0.
        assertThat(Money.cost(1, 500_000, 0, 0, 0, 0, 0, 0)).isEqualTo(1);
        assertThat(Money.cost(1, 499_999, 0, 0, 0, 0, 0, 0)).isZero();
        // Two quarters make a half: rounding each would have made nothing of both.
        assertThat(Money.cost(1, 250_000, 1, 250_000, 0, 0, 0, 0)).isEqualTo(1);
    }

    @Test
    void agreesWithUnlimitedArithmeticForEveryMagnitude() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 100_000; i++) {
            long[] units = new long[4];
            long[] rates = new long[4];
            BigInteger sum = BigInteger.valueOf(500_000);
            for (int k = 0; k < 4; k++) {
                units[k] = random.nextLong() >>> random.nextInt(1, 64);
                rates[k] = (random.nextLong() >>> 1) % 1_000_000_000_001L;
                sum = sum.add(BigInteger.valueOf(units[k]).multiply(BigInteger.valueOf(rates[k])));
            }
            BigInteger expected = sum.divide(BigInteger.valueOf(1_000_000));
            long cost = Money.cost(units[0], rates[0], units[1], rates[1], units[2], rates[2], units[3], rates[3]);
            assertThat(cost).isEqualTo(expected.bitLength() < 64 ? expected.longValue() : Money.UNKNOWN);
        }
    }

    @Test
    void anAmountBeyondALongIsUnknownAndNotWrong() {
        assertThat(Money.cost(Long.MAX_VALUE, 1_000_000_000_000L, 0, 0, 0, 0, 0, 0))
                .isEqualTo(Money.UNKNOWN);
    }
}
