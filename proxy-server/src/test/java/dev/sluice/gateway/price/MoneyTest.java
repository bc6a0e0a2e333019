package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
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

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "499999, 0",
        "500000, 1",
        "1499999, 1",
        "1500000, 2",
        "9223372036854775807, 9223372036855",
    })
    void roundsHalfUp(long sum, long nano) {
        assertThat(Money.round(sum)).isEqualTo(nano);
        assertThat(Money.round(BigInteger.valueOf(sum))).isEqualTo(nano);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 9223372036854775807, 1, 9223372036854775807",
        "1, 9223372036854775807, 1, -2",
        "0, 9223372036854775807, 2, -2",
        "0, 9223372036854775807, 9223372036854775807, -2",
        "0, 4294967296, 4294967296, -2",
        "5, 3, 7, 26",
    })
    void saysWhenASumDoesNotFit(long sum, long units, long rate, long expected) {
        assertThat(Money.add(sum, units, rate)).isEqualTo(expected);
    }

    @Test
    void anAmountBeyondALongIsUnknownAndNotWrong() {
        BigInteger largest = BigInteger.valueOf(Long.MAX_VALUE).multiply(BigInteger.valueOf(1_000_000));
        assertThat(Money.round(largest)).isEqualTo(Long.MAX_VALUE);
        assertThat(Money.round(largest.add(BigInteger.valueOf(499_999)))).isEqualTo(Long.MAX_VALUE);
        assertThat(Money.round(largest.add(BigInteger.valueOf(500_000)))).isEqualTo(Money.UNKNOWN);
    }
}
