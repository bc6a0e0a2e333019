package dev.sluice.gateway.config;

import dev.sluice.gateway.config.LimitSettings.Amount;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Understands how much may be spent in which time: {@code 600/minute}, {@code 200k/minute}, {@code 0.10/day},
 * {@code 5/total}. Dollars become nano-dollars digit by digit. Thread: any.
 */
final class AmountText {
    static final List<String> PERIODS = List.of("second", "minute", "hour", "day", "week", "month", "total");

    /** Far below what overflows when a node adds up what is used, held and leased. */
    static final long LARGEST_COUNT = 1_000_000_000_000L;

    static final long LARGEST_DOLLARS = 1_000_000_000L;
    private static final long NANOS = 1_000_000_000L;
    private static final int DECIMALS = 9;
    private static final int LARGEST_REQUEST = 1 << 30;

    private AmountText() {}

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
                scalar.error(scalar.shown() + " is a second amount for a " + amount.period()
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
        return switch (measure) {
            case "cost" -> overTime(scalar, measure, /* dollars= */ true);
            case "concurrent", "max_tokens" -> ofCalls(scalar, measure);
            case "request_size" -> ofSize(scalar, measure);
            default -> overTime(scalar, measure, /* dollars= */ false);
        };
    }

    private static @Nullable Amount overTime(Scalar scalar, String measure, boolean dollars) {
        String text = scalar.text();
        int slash = text.indexOf('/');
        if (slash < 0) {
            scalar.error(scalar.shown() + " has no period; allowed: an amount and one of " + String.join(", ", PERIODS)
                    + ", such as " + example(dollars));
            return null;
        }
        String period = text.substring(slash + 1);
        if (!PERIODS.contains(period)) {
            scalar.error(scalar.shown() + " has no known period" + NearestName.hint(period, PERIODS));
            return null;
        }
        long limit = dollars ? nanoDollars(scalar, text.substring(0, slash)) : count(scalar, text.substring(0, slash));
        return limit < 0 ? null : new Amount(measure, limit, period);
    }

    private static String example(boolean dollars) {
        return dollars ? "0.10/day" : "600/minute or 200k/day";
    }

    private static @Nullable Amount ofCalls(Scalar scalar, String measure) {
        long limit = count(scalar, scalar.text());
        return limit < 0 ? null : new Amount(measure, limit, null);
    }

    private static @Nullable Amount ofSize(Scalar scalar, String measure) {
        Integer bytes = scalar.sizeBytes(0, LARGEST_REQUEST);
        return bytes == null ? null : new Amount(measure, bytes, null);
    }

    /** A number for each of these periods, where the key itself says which. */
    static @Nullable Amount perPeriod(@Nullable Scalar scalar, String measure, @Nullable String period) {
        long limit = scalar == null ? -1 : count(scalar, scalar.text());
        return limit < 0 ? null : new Amount(measure, limit, period);
    }

    /** A whole number, also with k or m for thousands and millions; -1 after a problem. */
    private static long count(Scalar scalar, String number) {
        char unit = number.isEmpty() ? ' ' : number.charAt(number.length() - 1);
        long factor = unit == 'k' ? 1_000 : unit == 'm' ? 1_000_000 : 1;
        long count = Scalar.digits(number, 0, number.length() - (factor == 1 ? 0 : 1));
        if (count < 0 || count * factor > LARGEST_COUNT) {
            scalar.error(scalar.shown() + " is not a number of them; allowed: a whole number from 0 to "
                    + LARGEST_COUNT / 1_000_000 + "m, also with k or m, such as 200k");
            return -1;
        }
        return count * factor;
    }

    /** Dollars with up to nine digits behind the point; -1 after a problem. */
    private static long nanoDollars(Scalar scalar, String number) {
        int point = number.indexOf('.');
        long dollars = Scalar.digits(number, 0, point < 0 ? number.length() : point);
        int decimals = point < 0 ? 0 : number.length() - point - 1;
        long fraction = point < 0 ? 0 : Scalar.digits(number, point + 1, number.length());
        if (dollars < 0 || fraction < 0 || decimals > DECIMALS || dollars > LARGEST_DOLLARS) {
            scalar.error(scalar.shown() + " is not an amount of dollars; allowed: 0 to " + LARGEST_DOLLARS
                    + ", with up to " + DECIMALS + " digits behind the point, such as 0.10");
            return -1;
        }
        for (int digit = decimals; digit < DECIMALS; digit++) {
            fraction *= 10;
        }
        return dollars * NANOS + fraction;
    }
}
