package dev.sluice.gateway.price;

import dev.sluice.codec.chat.Usage;
import java.math.BigInteger;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One {@link Rate} for each bucket, in nano-dollars for each million units. Immutable; thread: any.
 *
 * <p>A rate that is not stated is that of its fallback. A model whose input and output cost nothing is free, and what it
 * does not state costs nothing either.
 */
final class Rates {
    /** In place of a rate that there is not. */
    static final long NONE = -1;

    private static final Rate[] ALL = Rate.values();

    private final Map<Rate, Long> stated;
    private final Map<Rate, Long> effective = new EnumMap<>(Rate.class);
    /** Made once, for it is asked for before each call. */
    private final @Nullable TokenRates ofTokens;

    private Rates(Map<Rate, Long> stated) {
        this.stated = stated;
        boolean free = stated(Rate.INPUT) == 0 && stated(Rate.OUTPUT) == 0;
        for (Rate rate : ALL) {
            long found = stated(rate);
            for (Rate next = rate.fallback(); found == NONE && next != null; next = next.fallback()) {
                found = stated(next);
            }
            effective.put(rate, found == NONE && free ? 0 : found);
        }
        long input = effective(Rate.INPUT);
        long output = effective(Rate.OUTPUT);
        // Of vectors there is no output to be charged.
        ofTokens = input == NONE ? null : new TokenRates(input, output == NONE ? 0 : output);
    }

    /** @param stated nano-dollars for each million units; not negative */
    static Rates of(Map<Rate, Long> stated) {
        Map<Rate, Long> copy = new EnumMap<>(Rate.class);
        copy.putAll(stated);
        return new Rates(copy);
    }

    /** As written; {@link #NONE} where nothing is. */
    long stated(Rate rate) {
        Long nano = stated.get(rate);
        return nano == null ? NONE : nano;
    }

    /** What a prompt and its answer are charged at; null when nobody knows. */
    @Nullable
    TokenRates ofTokens() {
        return ofTokens;
    }

    boolean has(Rate rate) {
        return stated.containsKey(rate);
    }

    /** What a unit is charged with; {@link #NONE} when nobody knows. */
    long effective(Rate rate) {
        Long nano = effective.get(rate);
        return nano == null ? NONE : nano;
    }

    /**
     * With every rate for tokens multiplied; a fee for a call is the same everywhere.
     *
     * @throws ArithmeticException when a product is no whole number of nano-dollars for a million units
     */
    Rates times(Multiplier multiplier) {
        Map<Rate, Long> product = new EnumMap<>(Rate.class);
        stated.forEach((rate, nano) -> product.put(rate, rate.isOfTokens() ? multiplier.of(nano) : nano));
        return new Rates(product);
    }

    /**
     * What {@code usage} costs at these rates.
     *
     * @return nano-dollars, or {@link Money#UNKNOWN} when a figure or a rate that matters is missing
     */
    long cost(Usage usage) {
        if (usage.inputTokens() == Usage.UNKNOWN
                || (usage.outputTokens() == Usage.UNKNOWN && effective(Rate.OUTPUT) != NONE)) {
            return Money.UNKNOWN;
        }
        long sum = 0;
        for (Rate rate : ALL) {
            long units = rate.units(usage);
            if (units > 0) {
                long each = effective(rate);
                if (each == NONE) {
                    return Money.UNKNOWN;
                }
                sum = Money.add(sum, units, each);
                if (sum == Money.OVERFLOW) {
                    return unlimitedCost(usage);
                }
            }
        }
        return Money.round(sum);
    }

    private long unlimitedCost(Usage usage) {
        BigInteger sum = BigInteger.ZERO;
        for (Rate rate : ALL) {
            long units = rate.units(usage);
            if (units > 0) {
                long each = effective(rate);
                if (each == NONE) {
                    return Money.UNKNOWN;
                }
                sum = Money.add(sum, units, each);
            }
        }
        return Money.round(sum);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Rates rates && stated.equals(rates.stated);
    }

    @Override
    public int hashCode() {
        return stated.hashCode();
    }

    @Override
    public String toString() {
        return stated.toString();
    }
}
