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

    /** In place of a sum that does not fit a {@code long}. */
    static final long OVERFLOW = -2;

    private static final long UNITS = 1_000_000;
    private static final BigInteger BIG_UNITS = BigInteger.valueOf(UNITS);
    private static final int NANO_DIGITS = 9;

    private Money() {}

    /** {@code sum + units·rate}, none of them negative, or {@link #OVERFLOW}. */
    static long add(long sum, long units, long rate) {
        long product = units * rate;
        if (product < 0 || Math.multiplyHigh(units, rate) != 0) {
            return OVERFLOW;
        }
        long next = sum + product;
        return next < 0 ? OVERFLOW : next;
    }

    static BigInteger add(BigInteger sum, long units, long rate) {
        return sum.add(BigInteger.valueOf(units).multiply(BigInteger.valueOf(rate)));
    }

    /** A sum of units times rates as nano-dollars, rounded half up. */
    static long round(long sum) {
        // Adding the half first would overflow for sums next to the largest long.
        return sum / UNITS + (sum % UNITS >= UNITS / 2 ? 1 : 0);
    }

    /** @return nano-dollars, or {@link #UNKNOWN} when the amount does not fit a {@code long} (9.2 billion dollars) */
    static long round(BigInteger sum) {
        BigInteger nano = sum.add(BigInteger.valueOf(UNITS / 2)).divide(BIG_UNITS);
        return nano.bitLength() < Long.SIZE ? nano.longValue() : UNKNOWN;
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
