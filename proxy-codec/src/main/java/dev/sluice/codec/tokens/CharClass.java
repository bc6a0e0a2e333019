package dev.sluice.codec.tokens;

import java.util.Arrays;

/**
 * The classes of code points that the two encodings, and the cuts between texts, tell apart; and the decoding of one
 * code point of UTF-8 to its class. Thread: any.
 */
final class CharClass {
    /** Letters in upper and title case. */
    static final int UPPER = 0;

    static final int LOWER = 1;
    /** Letters without case: modifiers, and those of most scripts of the world. */
    static final int CASELESS = 2;

    static final int MARK = 3;
    static final int NUMBER = 4;
    /** CR and LF. */
    static final int NEWLINE = 5;
    /** All other white space. */
    static final int SPACE = 6;

    static final int APOSTROPHE = 7;
    static final int SLASH = 8;
    /** Punctuation, symbols, emoji, controls, and what no standard has assigned. */
    static final int OTHER = 9;

    static final int COUNT = 10;

    static final int LETTERS = 1 << UPPER | 1 << LOWER | 1 << CASELESS;
    static final int WHITE_SPACE = 1 << NEWLINE | 1 << SPACE;

    /** What {@link #read} shifts the length by. */
    static final int LENGTH_SHIFT = 4;

    private static final int CLASS_BITS = (1 << LENGTH_SHIFT) - 1;
    private static final int PAGE_BITS = 8;
    private static final int PAGE_SIZE = 1 << PAGE_BITS;
    /** Room for whatever four bytes can spell, legal or not. */
    private static final int PAGES = 0x200000 >> PAGE_BITS;
    /** Behind the third plane only these are assigned to a class of their own: the marks of plane 14. */
    private static final int ASSIGNED_END = 0x34000;

    private static final int PLANE_14 = 0xE0000;
    private static final int PLANE_14_END = 0xE1000;

    private static final char[] PAGE_OF = new char[PAGES];
    private static final byte[] CLASSES = build();

    private CharClass() {}

    static int of(int codePoint) {
        return CLASSES[PAGE_OF[codePoint >> PAGE_BITS] << PAGE_BITS | (codePoint & (PAGE_SIZE - 1))];
    }

    static int ofAscii(int codePoint) {
        return CLASSES[codePoint];
    }

    /**
     * Reads one code point: its class, and its length in bytes from bit {@value #LENGTH_SHIFT} on. A byte that begins
     * no sequence, or one that does not end before {@code to}, is {@link #OTHER} and one byte long.
     */
    static int read(byte[] utf8, int from, int to) {
        int lead = utf8[from];
        if (lead >= 0) {
            return CLASSES[lead] | 1 << LENGTH_SHIFT;
        }
        return readLong(utf8, from, to, lead & 0xFF);
    }

    static int classOf(int read) {
        return read & CLASS_BITS;
    }

    static int lengthOf(int read) {
        return read >> LENGTH_SHIFT;
    }

    /** Whether {@code characterClass} is one of the bits of {@code set}. */
    static boolean in(int set, int characterClass) {
        return (set >> characterClass & 1) != 0;
    }

    private static int readLong(byte[] utf8, int from, int to, int lead) {
        if (lead >= 0xE0 && lead < 0xF0 && from + 2 < to) {
            int codePoint = (lead & 0x0F) << 12 | (utf8[from + 1] & 0x3F) << 6 | (utf8[from + 2] & 0x3F);
            return of(codePoint) | 3 << LENGTH_SHIFT;
        }
        if (lead >= 0xC0 && lead < 0xE0 && from + 1 < to) {
            return of((lead & 0x1F) << 6 | (utf8[from + 1] & 0x3F)) | 2 << LENGTH_SHIFT;
        }
        if (lead >= 0xF0 && from + 3 < to) {
            int codePoint = (lead & 0x07) << 18
                    | (utf8[from + 1] & 0x3F) << 12
                    | (utf8[from + 2] & 0x3F) << 6
                    | (utf8[from + 3] & 0x3F);
            return of(codePoint) | 4 << LENGTH_SHIFT;
        }
        return OTHER | 1 << LENGTH_SHIFT;
    }

    /** Some 250 pages are different: 64 KiB. Page 0, which is Latin, comes first, so that ASCII needs no first level. */
    private static byte[] build() {
        byte[] pages = new byte[64 * PAGE_SIZE];
        byte[] page = new byte[PAGE_SIZE];
        int count = 0;
        for (int number = 0; number < PAGES; number++) {
            int start = number << PAGE_BITS;
            if (start < ASSIGNED_END || (start >= PLANE_14 && start < PLANE_14_END)) {
                for (int i = 0; i < PAGE_SIZE; i++) {
                    page[i] = (byte) classify(start + i);
                }
            } else {
                Arrays.fill(page, (byte) OTHER);
            }
            // Neighbours are alike far more often than not.
            int same = count - 1;
            while (same >= 0 && !equal(pages, same, page)) {
                same--;
            }
            if (same < 0) {
                same = count++;
                if (count * PAGE_SIZE > pages.length) {
                    pages = Arrays.copyOf(pages, pages.length * 2);
                }
                System.arraycopy(page, 0, pages, same << PAGE_BITS, PAGE_SIZE);
            }
            PAGE_OF[number] = (char) same;
        }
        return Arrays.copyOf(pages, count << PAGE_BITS);
    }

    private static boolean equal(byte[] pages, int number, byte[] page) {
        int start = number << PAGE_BITS;
        return Arrays.equals(pages, start, start + PAGE_SIZE, page, 0, PAGE_SIZE);
    }

    private static int classify(int codePoint) {
        if (codePoint == '\n' || codePoint == '\r') {
            return NEWLINE;
        }
        if ((codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85) {
            return SPACE;
        }
        if (codePoint == '\'') {
            return APOSTROPHE;
        }
        if (codePoint == '/') {
            return SLASH;
        }
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> UPPER;
            case Character.LOWERCASE_LETTER -> LOWER;
            case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> CASELESS;
            case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK -> MARK;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> OTHER;
        };
    }
}
