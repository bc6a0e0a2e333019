package dev.sluice.gateway.config;

import dev.sluice.gateway.config.LimitSettings.Amount;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Understands how much may be spent in which time: {@code 600/minute}, {@code 200k/minute}, {@code 0.10/day},
 * {@code 5/total}. Dollars become nano-dollars digit by digit. Thread: any.
 */
public final class AmountText {
    static final List<String> PERIODS = List.of("second", "minute", "hour", "day", "week", "month", "total");

    /** Far below what overflows when a node adds up what is used, held and leased. */
    static final long LARGEST_COUNT = 1_000_000_000_000L;

    static final long LARGEST_DOLLARS = 1_000_000_000L;
    private static final String COST = "cost";
    private static final long NANOS = 1_000_000_000L;
    private static final int DECIMALS = 9;
    private static final int LARGEST_REQUEST = 1 << 30;

    private AmountText() {}

    /** @param measure one that is counted over time */
    public static Amount parse(String measure, String text) throws InvalidAmountException {
        boolean dollars = measure.equals(COST);
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new InvalidAmountException(" has no period; allowed: an amount and one of "
                    + String.join(", ", PERIODS) + ", such as " + (dollars ? "0.10/day" : "600/minute or 200k/day"));
        }
        String period = text.substring(slash + 1);
        if (!PERIODS.contains(period)) {
            throw new InvalidAmountException(" has no known period" + NearestName.hint(period, PERIODS));
        }
        String number = text.substring(0, slash);
        return new Amount(measure, dollars ? nanoDollars(number) : count(number), period);
    }

    /** As {@link #parse} understands it. */
    public static String of(Amount amount) {
        String number = number(amount.measure(), amount.limit());
        return amount.period() == null ? number : number + "/" + amount.period();
    }

    /** How many, in the unit that amounts of a measure are written in: nano-dollars as dollars. */
    public static String number(String measure, long count) {
        return measure.equals(COST)
                ? BigDecimal.valueOf(count, DECIMALS).stripTrailingZeros().toPlainString()
                : Long.toString(count);
    }

    /** What {@code key}, called as the measure is, says once or as a list; nothing where it says nothing. */
    static List<Amount> read(Section section, String key) {
        return read(section, key, key);
    }

    /** The same under a key of another name. */
    static List<Amount> read(Section section, String key, String measure) {
        List<Amount> amounts = new ArrayList<>();
        if (!section.has(key)) {
            return amounts;
        }
        for (Scalar scalar : oneOrSeveral(section, key)) {
            Amount amount = amount(scalar, measure);
            if (amount != null && isAgain(amounts, amount)) {
                scalar.error(scalar.shown() + " is a second amount for "
                        + (amount.period() == null ? "the same" : "a " + amount.period())
                        + "; allowed: one for each period");
            } else if (amount != null) {
                amounts.add(amount);
            }
        }
        return amounts;
    }

    static List<Scalar> oneOrSeveral(Section section, String key) {
        if (section.isList(key)) {
            return section.scalars(key);
        }
        Scalar one = section.scalar(key);
        return one == null ? List.of() : List.of(one);
    }

    private static boolean isAgain(List<Amount> amounts, Amount next) {
        for (Amount amount : amounts) {
            if (String.valueOf(amount.period()).equals(String.valueOf(next.period()))) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Amount amount(Scalar scalar, String measure) {
        if (measure.equals("request_size")) {
            Integer bytes = scalar.sizeBytes(0, LARGEST_REQUEST);
            return bytes == null ? null : new Amount(measure, bytes, null);
        }
        if (measure.equals("concurrent") || measure.equals("max_tokens")) {
            return whole(scalar, measure, null);
        }
        try {
            return parse(measure, scalar.text());
        } catch (InvalidAmountException e) {
            scalar.error(scalar.shown() + e.reason());
            return null;
        }
    }

    /** A number alone, where something else says in which time; null when there is none, or after a problem. */
    static @Nullable Amount whole(@Nullable Scalar scalar, String measure, @Nullable String period) {
        if (scalar == null) {
            return null;
        }
        try {
            return new Amount(measure, count(scalar.text()), period);
        } catch (InvalidAmountException e) {
            scalar.error(scalar.shown() + e.reason());
            return null;
        }
    }

    /** A whole number, also with k or m for thousands and millions. */
    private static long count(String number) throws InvalidAmountException {
        char unit = number.isEmpty() ? ' ' : number.charAt(number.length() - 1);
        long factor = unit == 'k' ? 1_000 : unit == 'm' ? 1_000_000 : 1;
        long count = Scalar.digits(number, 0, number.length() - (factor == 1 ? 0 : 1));
        if (count < 0 || count * factor > LARGEST_COUNT) {
            throw new InvalidAmountException(" is not a number of them; allowed: a whole number from 0 to "
                    + LARGEST_COUNT / 1_000_000 + "m, also with k or m, such as 200k");
        }
        return count * factor;
    }

    /** Dollars with up to nine digits behind the point. */
    private static long nanoDollars(String number) throws InvalidAmountException {
        int point = number.indexOf('.');
        long dollars = Scalar.digits(number, 0, point < 0 ? number.length() : point);
        int decimals = point < 0 ? 0 : number.length() - point - 1;
        long fraction = point < 0 ? 0 : Scalar.digits(number, point + 1, number.length());
        if (dollars < 0 || fraction < 0 || decimals > DECIMALS || dollars > LARGEST_DOLLARS) {
            throw new InvalidAmountException(" is not an amount of dollars; allowed: 0 to " + LARGEST_DOLLARS
                    + ", with up to " + DECIMALS + " digits behind the point, such as 0.10");
        }
        for (int digit = decimals; digit < DECIMALS; digit++) {
            fraction *= 10;
        }
        return dollars * NANOS + fraction;
    }
}
