package dev.sluice.gateway.price;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic with money: amounts are {@code long} nano-dollars, rates {@code long} nano-dollars for each million units.
 * A cost is the exact sum of units times rates, rounded half up once. No floating point.
 *
 * <p>Thread: any.
 */
public final class Money {
    /** In place of an amount that nobody knows; a real one is never negative. */
    public static final long UNKNOWN = -1;

    private static final long UNITS = 1_000_000;
    private static final BigInteger BIG_UNITS = BigInteger.valueOf(UNITS);
    private static final int NANO_DIGITS = 9;

    private Money() {}

    /**
     * {@code (a·rateA + b·rateB + c·rateC + d·rateD) / 1,000,000}, rounded half up.
     *
     * @return nano-dollars, or {@link #UNKNOWN} when the amount does not fit a {@code long} (9.2 billion dollars)
     */
    static long cost(long a, long rateA, long b, long rateB, long c, long rateC, long d, long rateD) {
        if (fits(a, rateA) && fits(b, rateB) && fits(c, rateC) && fits(d, rateD)) {
            // Each product is below 2^60, so that four of them and the half stay below 2^63.
            return (a * rateA + b * rateB + c * rateC + d * rateD + UNITS / 2) / UNITS;
        }
        BigInteger cost = product(a, rateA)
                .add(product(b, rateB))
                .add(product(c, rateC))
                .add(product(d, rateD))
                .add(BigInteger.valueOf(UNITS / 2))
                .divide(BIG_UNITS);
        return cost.bitLength() < Long.SIZE ? cost.longValue() : UNKNOWN;
    }

    private static boolean fits(long units, long rate) {
        return Math.multiplyHigh(units, rate) == 0 && (units * rate) >>> 60 == 0;
    }

    private static BigInteger product(long units, long rate) {
        return BigInteger.valueOf(units).multiply(BigInteger.valueOf(rate));
    }

    /**
     * Reads dollars such as {@code 0.15}: digits with at most nine decimals, no sign, no exponent.
     *
     * @return nano-dollars, or null when the text is not of that form or too large
     */
    static @Nullable Long parse(String dollars) {
        int digits = 0;
        int point = -1;
        for (int i = 0; i < dollars.length(); i++) {
            char c = dollars.charAt(i);
            if (c == '.' && point < 0) {
                point = i;
            } else if (c >= '0' && c <= '9') {
                digits++;
            } else {
                return null;
            }
        }
        int decimals = point < 0 ? 0 : dollars.length() - point - 1;
        boolean wellFormed =
                digits > 0 && digits <= 19 && point != 0 && decimals <= NANO_DIGITS && (point < 0 || decimals > 0);
        if (!wellFormed) {
            return null;
        }
        BigInteger nano = new BigDecimal(dollars).movePointRight(NANO_DIGITS).toBigIntegerExact();
        return nano.bitLength() < Long.SIZE ? nano.longValue() : null;
    }

    /** Nano-dollars as a decimal string of dollars without superfluous zeros: 1,500 is {@code 0.0000015}. */
    public static String format(long nano) {
        return BigDecimal.valueOf(nano, NANO_DIGITS).stripTrailingZeros().toPlainString();
    }
}
