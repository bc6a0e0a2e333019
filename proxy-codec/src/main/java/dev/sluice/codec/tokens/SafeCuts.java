package dev.sluice.codec.tokens;

import static dev.sluice.codec.tokens.CharClass.APOSTROPHE;
import static dev.sluice.codec.tokens.CharClass.LETTERS;
import static dev.sluice.codec.tokens.CharClass.MARK;
import static dev.sluice.codec.tokens.CharClass.NEWLINE;
import static dev.sluice.codec.tokens.CharClass.NUMBER;
import static dev.sluice.codec.tokens.CharClass.OTHER;
import static dev.sluice.codec.tokens.CharClass.SLASH;
import static dev.sluice.codec.tokens.CharClass.SPACE;

/**
 * Between which two code points a text may be cut so that the tokens of both sides add up to those of the whole,
 * whatever stands before and behind: for both encodings alike.
 *
 * <p>Tokens never cross the pieces of {@link Pieces}, and no alternative there looks behind itself. So a place is safe
 * if a piece always ends there, and the pieces before it are the same without what follows. What keeps a place from
 * being safe:
 *
 * <ul>
 *   <li>behind a letter: letters and marks go on with the word, and an apostrophe may begin a contraction of it;
 *   <li>behind a number: up to three numbers are a piece, so only where they end is known where they began;
 *   <li>behind a newline: white space, of which a later newline makes one piece with this one, and in o200k_base slashes
 *       and newlines if the newline ends a run of punctuation;
 *   <li>behind other white space: always, as its last character belongs to what follows;
 *   <li>behind punctuation and marks: letters and marks, which take one character before them into their piece,
 *       punctuation, and newlines. White space and numbers cannot.
 * </ul>
 *
 * Thread: any.
 */
final class SafeCuts {
    /** Stands for the code point before the first one, behind which there is nothing to cut. */
    static final int NOTHING = CharClass.COUNT;

    static final SafeCuts EXACT = new SafeCuts(exact());

    /** For each class the set of those before which a cut behind it is safe. */
    private final int[] behind;

    SafeCuts(int[] behind) {
        this.behind = behind;
    }

    boolean between(int before, int after) {
        return CharClass.in(behind[before], after);
    }

    /** By the class of the code point before the cut. */
    static int[] exact() {
        int behindLetter = 1 << SPACE | 1 << NEWLINE | 1 << NUMBER | 1 << OTHER | 1 << SLASH;
        int behindSymbol = 1 << SPACE | 1 << NUMBER;
        int all = (1 << CharClass.COUNT) - 1;
        int[] behind = new int[NOTHING + 1];
        for (int before = 0; before < CharClass.COUNT; before++) {
            behind[before] = CharClass.in(LETTERS, before) ? behindLetter : behindSymbol;
        }
        behind[NUMBER] = all & ~(1 << NUMBER);
        behind[NEWLINE] = LETTERS | 1 << NUMBER | 1 << MARK | 1 << APOSTROPHE | 1 << OTHER;
        behind[SPACE] = 0;
        return behind;
    }
}
