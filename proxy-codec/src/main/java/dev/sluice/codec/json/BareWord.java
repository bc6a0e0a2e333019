package dev.sluice.codec.json;

import dev.sluice.codec.json.JsonReader.Kind;
import org.jspecify.annotations.Nullable;

/** What stands in a document without quotes: a number, of which the whole part is kept, or a literal. Thread: event loop. */
final class BareWord {
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};

    private Kind kind = Kind.NULL;
    private byte[] letters = NULL;
    private int matched;
    private boolean complete;
    private boolean broken;

    private long number;
    /** Negative, or with an exponent. */
    private boolean unwanted;

    private boolean inFraction;

    /** What begins with {@code first}, or null when nothing may. */
    @Nullable
    Kind begin(byte first) {
        complete = false;
        broken = false;
        return switch (first) {
            case 'n' -> beginLiteral(NULL, Kind.NULL);
            case 't' -> beginLiteral(TRUE, Kind.TRUE);
            case 'f' -> beginLiteral(FALSE, Kind.FALSE);
            default -> beginNumber(first);
        };
    }

    Kind kind() {
        return kind;
    }

    /** Reads on; the index of the first byte that does not belong to the word, else {@code to}. */
    int read(byte[] bytes, int from, int to) {
        return kind == Kind.NUMBER ? readNumber(bytes, from, to) : readLiteral(bytes, from, to);
    }

    boolean isComplete() {
        return complete;
    }

    /** Whether it is no word of JSON. */
    boolean isBroken() {
        return broken;
    }

    /** Of a number the whole part, at most {@link Long#MAX_VALUE}; -1 when it is negative or has an exponent. */
    long number() {
        return unwanted ? -1 : number;
    }

    private Kind beginLiteral(byte[] expected, Kind begun) {
        letters = expected;
        matched = 1;
        kind = begun;
        return begun;
    }

    private @Nullable Kind beginNumber(byte first) {
        boolean digit = first >= '0' && first <= '9';
        if (!digit && first != '-') {
            return null;
        }
        kind = Kind.NUMBER;
        number = digit ? first - '0' : 0;
        unwanted = !digit;
        inFraction = false;
        return kind;
    }

    private int readNumber(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte next = bytes[i];
            if (next >= '0' && next <= '9') {
                if (!inFraction) {
                    number = number > Long.MAX_VALUE / 10 - 1 ? Long.MAX_VALUE : number * 10 + (next - '0');
                }
            } else if (next == '.') {
                inFraction = true;
            } else if (next == 'e' || next == 'E' || next == '+' || next == '-') {
                inFraction = true;
                unwanted = true;
            } else {
                complete = true;
                return i;
            }
        }
        return to;
    }

    private int readLiteral(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to && matched < letters.length && !broken) {
            broken = bytes[i++] != letters[matched++];
        }
        complete = !broken && matched == letters.length;
        return i;
    }
}
