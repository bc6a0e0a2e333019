package dev.sluice.codec.json;

import org.jspecify.annotations.Nullable;

/**
 * One number of a request body, held to the grammar (RFC 8259, section 6) while it arrives.
 *
 * <pre>
 *             0                      .            digit
 *   - ----+-------- ZERO ------+---------- POINT -------- FRACTION --+
 *         |  1-9               |                                     |  e E             + -          digit
 *         +-------- WHOLE -----+-------------------------------------+-------- EXPONENT ---- SIGNED ------- POWER
 * </pre>
 *
 * It ends at the first byte with which it cannot go on. Thread: event loop.
 */
final class ScannedNumber {
    private static final int MINUS = 0;
    private static final int ZERO = 1;
    private static final int WHOLE = 2;
    private static final int POINT = 3;
    private static final int FRACTION = 4;
    private static final int EXPONENT = 5;
    private static final int SIGNED = 6;
    private static final int POWER = 7;
    private static final int END = -1;

    /** The states in which there is a number. */
    private static final int COMPLETE = 1 << ZERO | 1 << WHOLE | 1 << FRACTION | 1 << POWER;

    private int state;
    private int length;
    private boolean negative;
    /** Of an integer, negated: there is one more negative number than there are positive ones. */
    private long negated;

    private boolean tooLarge;
    private @Nullable String fault;

    /** Whether a number may begin with {@code first}, which is not read here. */
    static boolean mayBegin(byte first) {
        return first == '-' || isDigit(first);
    }

    /** A number begins; its bytes follow. */
    void begin() {
        state = END;
        length = 0;
        negative = false;
        negated = 0;
        tooLarge = false;
        fault = null;
    }

    /** Reads on; the index of the first byte that does not belong to the number, or is faulty, else {@code to}. */
    int read(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            int next = length == 0 ? first(bytes[i]) : next(bytes[i]);
            if (next == END) {
                return i;
            }
            if (length == JsonLimits.NUMBER_BYTES) {
                fault = "a number of more than " + JsonLimits.NUMBER_BYTES + " characters";
                return i;
            }
            state = next;
            length++;
        }
        return to;
    }

    /** What is wrong with the byte at the index returned last, or null. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Whether what has come so far is a number. */
    boolean isComplete() {
        return (COMPLETE >> state & 1) != 0;
    }

    /** Without fraction and exponent. */
    boolean isInteger() {
        return state == ZERO || state == WHOLE;
    }

    /** Whether the integer is one that {@link #longValue} can return. */
    boolean fitsLong() {
        return !tooLarge && (negative || negated != Long.MIN_VALUE);
    }

    long longValue() {
        return negative ? negated : -negated;
    }

    private int first(byte next) {
        if (next == '-') {
            negative = true;
            return MINUS;
        }
        return wholeDigit(next);
    }

    private int next(byte next) {
        if (isDigit(next)) {
            return switch (state) {
                case MINUS, WHOLE -> wholeDigit(next);
                case POINT, FRACTION -> FRACTION;
                case EXPONENT, SIGNED, POWER -> POWER;
                default -> END;
            };
        }
        return switch (next) {
            case '.' -> isInteger() ? POINT : END;
            case 'e', 'E' -> isInteger() || state == FRACTION ? EXPONENT : END;
            case '+', '-' -> state == EXPONENT ? SIGNED : END;
            default -> END;
        };
    }

    private int wholeDigit(byte next) {
        int digit = next - '0';
        tooLarge |= negated < (Long.MIN_VALUE + digit) / 10;
        negated = negated * 10 - digit;
        return digit == 0 && state != WHOLE ? ZERO : WHOLE;
    }

    private static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }
}
