package dev.sluice.codec.json;

/**
 * A number of a document as nano units, exact and rounded half up once. Takes any number of digits in any pieces and
 * keeps none of them: eighteen significant digits decide every result below {@link #LIMIT}, since the digit that is
 * rounded on is among them. Allocates nothing. Thread: event loop.
 */
final class JsonDecimal {
    /** 100 million units; what is larger is no money of one request. */
    static final long LIMIT = 100_000_000_000_000_000L;

    private static final int NANO = 9;
    private static final int LIMIT_DIGITS = 17;
    private static final int MAX_DIGITS = 18;
    private static final int MAX_EXPONENT = 1_000_000_000;

    private boolean negative;
    private boolean malformed;
    private boolean inFraction;
    private boolean inExponent;
    private boolean signAllowed;

    private long significant;
    private int digits;
    /** What power of ten {@link #significant} has to be multiplied with for its missing point and dropped digits. */
    private long scale;

    private boolean exponentNegative;
    private int exponent;

    /** A number begins; its bytes follow. */
    void begin() {
        negative = false;
        malformed = false;
        inFraction = false;
        inExponent = false;
        signAllowed = true;
        significant = 0;
        digits = 0;
        scale = 0;
        exponentNegative = false;
        exponent = 0;
    }

    void read(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte next = bytes[i];
            if (next >= '0' && next <= '9') {
                onDigit(next - '0');
                signAllowed = false;
            } else {
                onMark(next);
            }
        }
    }

    /** Nano units; -1 when the number is negative, no number, or not below {@link #LIMIT}. */
    long nano() {
        if (negative || malformed) {
            return -1;
        }
        if (digits == 0) {
            return 0;
        }
        long shift = scale + NANO + (exponentNegative ? -exponent : exponent);
        if (digits + shift > LIMIT_DIGITS) {
            return -1;
        }
        if (shift >= 0) {
            return significant * power(shift);
        }
        if (-shift > digits) {
            return 0;
        }
        long unit = power(-shift);
        long remainder = significant % unit;
        return significant / unit + (remainder >= unit - remainder ? 1 : 0);
    }

    private void onDigit(int digit) {
        if (inExponent) {
            exponent = exponent > MAX_EXPONENT / 10 - 1 ? MAX_EXPONENT : exponent * 10 + digit;
        } else if (digits == MAX_DIGITS) {
            scale += inFraction ? 0 : 1;
        } else {
            significant = significant * 10 + digit;
            digits += significant == 0 ? 0 : 1;
            scale -= inFraction ? 1 : 0;
        }
    }

    private void onMark(byte mark) {
        boolean exponentMark = mark == 'e' || mark == 'E';
        if (mark == '.' && !inFraction && !inExponent) {
            inFraction = true;
        } else if (exponentMark && !inExponent) {
            inExponent = true;
        } else if (mark == '-' && signAllowed) {
            negative |= !inExponent;
            exponentNegative |= inExponent;
        } else if (mark != '+' || !signAllowed || !inExponent) {
            malformed = true;
        }
        signAllowed = exponentMark;
    }

    private static long power(long exponent) {
        long power = 1;
        for (long i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }
}
