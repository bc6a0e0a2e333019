package dev.sluice.codec.json;

/** A number of a document, of which the whole part is wanted. Thread: event loop. */
final class WholePart {
    private long value;
    /** Negative, or with an exponent. */
    private boolean unwanted;

    private boolean inFraction;

    /** Whether a number may begin with {@code first}. */
    boolean begin(byte first) {
        boolean digit = first >= '0' && first <= '9';
        value = digit ? first - '0' : 0;
        unwanted = !digit;
        inFraction = false;
        return digit || first == '-';
    }

    /** Reads on; the index of the first byte that does not belong to the number, else {@code to}. */
    int read(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte next = bytes[i];
            if (next >= '0' && next <= '9') {
                if (!inFraction) {
                    value = value > Long.MAX_VALUE / 10 - 1 ? Long.MAX_VALUE : value * 10 + (next - '0');
                }
            } else if (next == '.') {
                inFraction = true;
            } else if (next == 'e' || next == 'E' || next == '+' || next == '-') {
                inFraction = true;
                unwanted = true;
            } else {
                return i;
            }
        }
        return to;
    }

    /** At most {@link Long#MAX_VALUE}; -1 when the number is negative or has an exponent. */
    long value() {
        return unwanted ? -1 : value;
    }
}
