package dev.sluice.gateway.price;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * How many times a rate is charged: a tier's or a region's factor, exact to six decimals. It is worked into the rates
 * when a catalogue is read, so that a request is priced with rates alone. Immutable; thread: any.
 *
 * @param millionths 1,100,000 is a tenth more
 */
record Multiplier(long millionths) {
    static final Multiplier ONE = new Multiplier(1_000_000);

    private static final long MAX_MILLIONTHS = 100 * ONE.millionths;

    /** Reads a decimal such as {@code 1.1}: above 0, at most 100, at most six decimals. Null when it is none. */
    static @Nullable Multiplier parse(String text) {
        Long billionths = Money.parse(text);
        if (billionths == null || billionths % 1_000 != 0) {
            return null;
        }
        long millionths = billionths / 1_000;
        return millionths > 0 && millionths <= MAX_MILLIONTHS ? new Multiplier(millionths) : null;
    }

    /** @throws ArithmeticException when the result is no whole number, for then it could not be charged exactly */
    long of(long rate) {
        BigInteger[] product = BigInteger.valueOf(rate)
                .multiply(BigInteger.valueOf(millionths))
                .divideAndRemainder(BigInteger.valueOf(ONE.millionths));
        if (product[1].signum() != 0) {
            throw new ArithmeticException(
                    Money.format(rate) + " times " + this + " has more than nine decimals; write the rate itself");
        }
        return product[0].longValueExact();
    }

    @Override
    public String toString() {
        return Money.format(millionths * 1_000);
    }
}
