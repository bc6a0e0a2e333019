package dev.sluice.codec.tokens;

import static dev.sluice.codec.tokens.CharClass.APOSTROPHE;
import static dev.sluice.codec.tokens.CharClass.CASELESS;
import static dev.sluice.codec.tokens.CharClass.LETTERS;
import static dev.sluice.codec.tokens.CharClass.LOWER;
import static dev.sluice.codec.tokens.CharClass.MARK;
import static dev.sluice.codec.tokens.CharClass.NEWLINE;
import static dev.sluice.codec.tokens.CharClass.NUMBER;
import static dev.sluice.codec.tokens.CharClass.OTHER;
import static dev.sluice.codec.tokens.CharClass.SLASH;
import static dev.sluice.codec.tokens.CharClass.UPPER;
import static dev.sluice.codec.tokens.CharClass.WHITE_SPACE;
import static dev.sluice.codec.tokens.CharClass.classOf;
import static dev.sluice.codec.tokens.CharClass.in;
import static dev.sluice.codec.tokens.CharClass.lengthOf;
import static dev.sluice.codec.tokens.CharClass.read;

/**
 * Splits text into the pieces within which bytes are merged to tokens: by hand what each encoding defines as a regular
 * expression, alternatives tried in its order.
 *
 * <p>cl100k_base:
 *
 * <pre>
 *   (?i:'s|'t|'re|'ve|'m|'ll|'d)
 *   [^\r\n\p{L}\p{N}]?\p{L}+
 *   \p{N}{1,3}
 *    ?[^\s\p{L}\p{N}]+[\r\n]*
 *   \s*[\r\n]+  |  \s+(?!\S)  |  \s+
 * </pre>
 *
 * <p>o200k_base differs in words, which know case and carry marks and contractions, and lets slashes follow newlines
 * behind punctuation. With U = [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}] and W = [\p{Ll}\p{Lm}\p{Lo}\p{M}]:
 *
 * <pre>
 *   [^\r\n\p{L}\p{N}]?U*W+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *   [^\r\n\p{L}\p{N}]?U+W*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
 *   \p{N}{1,3}
 *    ?[^\s\p{L}\p{N}]+[\r\n/]*
 *   \s*[\r\n]+  |  \s+(?!\S)  |  \s+
 * </pre>
 *
 * <p>Neither looks behind itself, which is what {@link SafeCuts} is built on. Thread: any.
 */
final class Pieces {
    private static final int SYMBOLS = 1 << APOSTROPHE | 1 << SLASH | 1 << OTHER;
    private static final int LETTERS_AND_MARKS = LETTERS | 1 << MARK;
    /** U and W have these in common. */
    private static final int BOTH_CASES = 1 << CASELESS | 1 << MARK;

    private static final int LOWER_RUN = BOTH_CASES | 1 << LOWER;
    private static final int MOST_DIGITS = 3;

    private Pieces() {}

    /** The end of the piece of cl100k_base that begins at {@code from}, which is below {@code to}. */
    static int endCl100k(byte[] utf8, int from, int to) {
        int first = read(utf8, from, to);
        int kind = classOf(first);
        int next = from + lengthOf(first);
        if (in(LETTERS, kind)) {
            return runEnd(LETTERS, utf8, next, to);
        }
        if (kind == NUMBER) {
            return digitsEnd(utf8, next, to);
        }
        if (kind == APOSTROPHE) {
            int contraction = contractionEnd(utf8, from, to);
            if (contraction > from) {
                return contraction;
            }
        }
        int second = next < to ? read(utf8, next, to) : -1;
        if (second >= 0 && kind != NEWLINE && in(LETTERS, classOf(second))) {
            return runEnd(LETTERS, utf8, next + lengthOf(second), to);
        }
        int symbols = SYMBOLS | 1 << MARK;
        if (in(symbols, kind)) {
            return newlinesEnd(utf8, runEnd(symbols, utf8, next, to), to);
        }
        if (second >= 0 && utf8[from] == ' ' && in(symbols, classOf(second))) {
            return newlinesEnd(utf8, runEnd(symbols, utf8, next + lengthOf(second), to), to);
        }
        return whiteSpaceEnd(utf8, from, to);
    }

    /** The end of the piece of o200k_base that begins at {@code from}, which is below {@code to}. */
    static int endO200k(byte[] utf8, int from, int to) {
        // Most pieces are a word in small letters, mostly with a space before it.
        int word = utf8[from] == ' ' ? from + 1 : from;
        if (word < to && utf8[word] >= 'a' && utf8[word] <= 'z') {
            return contractionEnd(utf8, runEnd(LOWER_RUN, utf8, word + 1, to), to);
        }
        int first = read(utf8, from, to);
        int kind = classOf(first);
        // A mark may be what stands before a word, or its first letter: the word ends at the same place.
        if (in(LETTERS_AND_MARKS, kind)) {
            return wordEnd(utf8, from, to);
        }
        int next = from + lengthOf(first);
        if (kind == NUMBER) {
            return digitsEnd(utf8, next, to);
        }
        int second = next < to ? read(utf8, next, to) : -1;
        if (second >= 0 && kind != NEWLINE && in(LETTERS_AND_MARKS, classOf(second))) {
            return wordEnd(utf8, next, to);
        }
        int symbols = SYMBOLS | 1 << MARK;
        if (in(symbols, kind)) {
            return newlinesAndSlashesEnd(utf8, runEnd(symbols, utf8, next, to), to);
        }
        if (second >= 0 && utf8[from] == ' ' && in(symbols, classOf(second))) {
            return newlinesAndSlashesEnd(utf8, runEnd(symbols, utf8, next + lengthOf(second), to), to);
        }
        return whiteSpaceEnd(utf8, from, to);
    }

    /**
     * The word of o200k_base that begins at {@code from} with a letter or mark. U* takes all it can; if lower case
     * follows, W+ goes on from there. If not, U* has to give back until its last character is of W too, and what is
     * behind that is the next piece's. If there is no such character, the word is upper case throughout.
     */
    private static int wordEnd(byte[] utf8, int from, int to) {
        int givenBack = -1;
        int at = from;
        while (at < to) {
            int read = read(utf8, at, to);
            int kind = classOf(read);
            if (kind == LOWER) {
                return contractionEnd(utf8, runEnd(LOWER_RUN, utf8, at + lengthOf(read), to), to);
            }
            if (!in(LETTERS_AND_MARKS, kind)) {
                break;
            }
            at += lengthOf(read);
            if (kind != UPPER) {
                givenBack = at;
            }
        }
        return givenBack < 0 || givenBack == at ? contractionEnd(utf8, at, to) : givenBack;
    }

    private static int runEnd(int set, byte[] utf8, int from, int to) {
        boolean lower = in(set, LOWER);
        int at = from;
        while (at < to) {
            if (lower && utf8[at] >= 'a' && utf8[at] <= 'z') {
                at++;
                continue;
            }
            int read = read(utf8, at, to);
            if (!in(set, classOf(read))) {
                break;
            }
            at += lengthOf(read);
        }
        return at;
    }

    private static int digitsEnd(byte[] utf8, int from, int to) {
        int at = from;
        for (int digits = 1; digits < MOST_DIGITS && at < to; digits++) {
            int read = read(utf8, at, to);
            if (classOf(read) != NUMBER) {
                break;
            }
            at += lengthOf(read);
        }
        return at;
    }

    private static int newlinesEnd(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && (utf8[at] == '\n' || utf8[at] == '\r')) {
            at++;
        }
        return at;
    }

    private static int newlinesAndSlashesEnd(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && (utf8[at] == '\n' || utf8[at] == '\r' || utf8[at] == '/')) {
            at++;
        }
        return at;
    }

    /**
     * White space up to its last newline; without one, all of it at the end of the text; else all but its last
     * character, which belongs to what follows, unless it is the only one.
     */
    private static int whiteSpaceEnd(byte[] utf8, int from, int to) {
        int at = from;
        int last = from;
        int lines = -1;
        while (at < to) {
            int read = read(utf8, at, to);
            int kind = classOf(read);
            if (!in(WHITE_SPACE, kind)) {
                break;
            }
            last = at;
            at += lengthOf(read);
            if (kind == NEWLINE) {
                lines = at;
            }
        }
        if (lines >= 0) {
            return lines;
        }
        return at == to || last == from ? at : last;
    }

    /** The end of a contraction that begins at {@code from}, or {@code from} if none does. */
    private static int contractionEnd(byte[] utf8, int from, int to) {
        if (from + 1 >= to || utf8[from] != '\'') {
            return from;
        }
        int first = utf8[from + 1];
        int second = from + 2 < to ? utf8[from + 2] : 0;
        return switch (first | 0x20) {
            case 's', 't', 'm', 'd' -> from + 2;
            case 'r', 'v' -> (second | 0x20) == 'e' ? from + 3 : from;
            case 'l' -> (second | 0x20) == 'l' ? from + 3 : from;
            // U+017F, the long s, is an s to whoever ignores case.
            default -> first == (byte) 0xC5 && second == (byte) 0xBF ? from + 3 : from;
        };
    }
}
