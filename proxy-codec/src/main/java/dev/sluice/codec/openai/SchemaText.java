package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import java.util.Arrays;

/**
 * Writes a JSON schema the way models are said to get to read the parameters of a function: in TypeScript's manner, a
 * line for each property, comments for descriptions.
 *
 * <pre>
 *   "properties":{"city":{"type":"string","description":"The city"},   city?:// The city
 *                                                                       string,
 *                 "unit":{"enum":["C","F"]}}                           unit?: "C" | "F",
 * </pre>
 *
 * What makes it differ from the text that a model sees is that nothing is held back: a comment stands where its
 * description does, not before its property, and every property has a question mark, since the list of those that are
 * required comes last. Neither changes the number of tokens but by accident. Formats, bounds, defaults and examples are
 * left out, as they are there.
 *
 * <p>Compared with the common recipe in o200k_base: equal for plain properties, one token more where a description
 * stands behind an enumeration or a list's items, one less for each described property of a nested object. For {@code
 * anyOf} there is no recipe. May be used for one walk after another: {@link #begin}. Thread: any, one at a time.
 */
final class SchemaText {
    // What an object or array is.
    private static final int SCHEMA = 0;
    private static final int PROPERTIES = 1;
    private static final int ALTERNATIVES = 2;
    private static final int VALUES = 3;
    private static final int TYPES = 4;
    private static final int FOREIGN = 5;

    // What a member of a schema says; FOREIGN, too.
    private static final int HAS_PROPERTIES = 6;
    private static final int HAS_ALTERNATIVES = 7;
    private static final int HAS_VALUES = 8;
    private static final int HAS_ITEMS = 9;
    private static final int HAS_TYPE = 10;
    private static final int HAS_DESCRIPTION = 11;

    // Of each open container: what it is; the current member if it is a schema; whether it has told anything; the place
    // of its type among the words; whether it is a list.
    private static final int KIND = 0;
    private static final int MEMBER = 1;
    private static final int TOLD = 2;
    private static final int WORD = 3;
    private static final int LIST = 4;
    private static final int FIELDS = 5;

    private static final byte[][] MEMBERS = {
        ascii("properties"),
        ascii("$defs"),
        ascii("definitions"),
        ascii("anyOf"),
        ascii("oneOf"),
        ascii("allOf"),
        ascii("enum"),
        ascii("items"),
        ascii("type"),
        ascii("description")
    };
    private static final int[] MEANINGS = {
        HAS_PROPERTIES,
        HAS_PROPERTIES,
        HAS_PROPERTIES,
        HAS_ALTERNATIVES,
        HAS_ALTERNATIVES,
        HAS_ALTERNATIVES,
        HAS_VALUES,
        HAS_ITEMS,
        HAS_TYPE,
        HAS_DESCRIPTION
    };

    /** The words for types, and those that are told in their place. */
    private static final byte[][] TYPE_NAMES = {
        ascii("string"), ascii("number"), ascii("integer"), ascii("boolean"), ascii("null"), ascii("object")
    };

    private static final byte[][] TYPE_WORDS = {
        ascii(" string"), ascii(" number"), ascii(" number"), ascii(" boolean"), ascii(" null"), ascii(" object")
    };
    private static final int ANY = -1;
    private static final byte[] ANY_WORD = ascii(" any");
    private static final byte[] ARRAY_NAME = ascii("array");

    private static final byte[] OPEN = ascii(" {\n");
    private static final byte[] INDENT = ascii("  ");
    private static final byte[] OPTIONAL = ascii("?:");
    private static final byte[] CLOSE = ascii("}");
    private static final byte[] LINE_END = ascii(",\n");
    private static final byte[] LIST_OF = ascii("[]");
    private static final byte[] OR = ascii(" |");
    private static final byte[] QUOTED = ascii(" \"");
    private static final byte[] QUOTE = ascii("\"");
    private static final byte[] SPACE = ascii(" ");
    private static final byte[] COMMENT = ascii("// ");
    private static final byte[] NEW_LINE = ascii("\n");

    private static final int FIRST_DEPTH = 8;
    private static final int KEEP_DEPTH = 64;

    private PromptParts parts;
    private int[] open = new int[FIRST_DEPTH * FIELDS];
    private int depth;
    private boolean textTold;
    private boolean inString;
    private final byte[] word = new byte[8];
    private int wordLength;

    SchemaText(PromptParts parts) {
        this.parts = parts;
    }

    /** Another walk begins, told to {@code listener}. */
    void begin(PromptParts listener) {
        parts = listener;
        depth = 0;
        textTold = false;
        inString = false;
        wordLength = 0;
        if (open.length > KEEP_DEPTH * FIELDS) {
            open = new int[FIRST_DEPTH * FIELDS];
        }
    }

    void onOpen(Kind container) {
        int kind = depth > 0 ? kindWithin(container) : container == Kind.OBJECT ? SCHEMA : FOREIGN;
        if ((depth + 1) * FIELDS > open.length) {
            open = Arrays.copyOf(open, 2 * open.length);
        }
        depth++;
        set(KIND, kind);
        set(MEMBER, FOREIGN);
        set(TOLD, 0);
        set(WORD, ANY);
        set(LIST, 0);
    }

    void onName(byte[] bytes, int from, int to) {
        if (get(KIND) == SCHEMA) {
            set(MEMBER, meaning(bytes, from, to));
        } else if (get(KIND) == PROPERTIES) {
            if (depth > 2) {
                if (get(TOLD) == 0) {
                    tell(OPEN);
                }
                tell(INDENT);
            }
            set(TOLD, 1);
            tell(bytes, from, to);
            tell(OPTIONAL);
        }
    }

    void onText(byte[] bytes, int from, int to) {
        if (depth == 0) {
            return;
        }
        boolean begins = !inString;
        inString = true;
        switch (role()) {
            case HAS_DESCRIPTION -> {
                if (begins) {
                    tell(COMMENT);
                }
                tell(bytes, from, to);
            }
            case VALUES -> {
                if (begins) {
                    separate();
                    tell(QUOTED);
                }
                tell(bytes, from, to);
            }
            case HAS_TYPE, TYPES -> keepWord(bytes, from, to);
            default -> {}
        }
    }

    void onValue(JsonReader value) {
        switch (value.kind()) {
            case STRING -> endString();
            case NUMBER -> tellValue(Long.toString(value.number()));
            case TRUE -> tellValue("true");
            case FALSE -> tellValue("false");
            case NULL -> tellValue("null");
            case OBJECT, ARRAY -> close();
        }
    }

    /** What the value at hand is to the container it stands in, or by the name it has there. */
    private int role() {
        return get(KIND) == SCHEMA ? get(MEMBER) : get(KIND);
    }

    private int kindWithin(Kind container) {
        boolean object = container == Kind.OBJECT;
        return switch (role()) {
            case HAS_PROPERTIES -> object ? PROPERTIES : FOREIGN;
            case PROPERTIES, HAS_ITEMS -> object ? SCHEMA : FOREIGN;
            case HAS_ALTERNATIVES -> object ? FOREIGN : ALTERNATIVES;
            case HAS_VALUES -> object ? FOREIGN : VALUES;
            case HAS_TYPE -> object ? FOREIGN : TYPES;
            case ALTERNATIVES -> object ? alternative() : FOREIGN;
            default -> FOREIGN;
        };
    }

    private int alternative() {
        separate();
        return SCHEMA;
    }

    private void endString() {
        boolean any = inString;
        inString = false;
        if (depth == 0) {
            return;
        }
        switch (role()) {
            case HAS_DESCRIPTION -> {
                if (any) {
                    tell(NEW_LINE);
                }
            }
            case VALUES -> {
                if (!any) {
                    separate();
                    tell(QUOTED);
                }
                tell(QUOTE);
            }
            case HAS_TYPE -> endType();
            case TYPES -> {
                separate();
                tell(wordFor(type()));
            }
            default -> {}
        }
        wordLength = 0;
    }

    private void endType() {
        if (Arrays.equals(word, 0, wordLength, ARRAY_NAME, 0, ARRAY_NAME.length)) {
            set(LIST, 1);
        } else {
            set(WORD, type());
        }
    }

    /** A value of an enumeration that is no string. */
    private void tellValue(String ascii) {
        if (depth > 0 && role() == VALUES) {
            separate();
            tell(SPACE);
            tell(ascii(ascii));
        }
    }

    private void close() {
        int kind = get(KIND);
        boolean told = get(TOLD) != 0;
        boolean root = depth == 1;
        if (kind == SCHEMA && !root) {
            if (!told) {
                tell(wordFor(get(WORD)));
            }
            if (get(LIST) != 0) {
                tell(LIST_OF);
            }
        } else if (kind == PROPERTIES && told && depth > 2) {
            tell(CLOSE);
        }
        depth--;
        if (root) {
            endText();
            return;
        }
        if (get(KIND) == PROPERTIES) {
            tell(LINE_END);
        } else if (kind != FOREIGN) {
            set(TOLD, get(TOLD) | (told || kind == SCHEMA ? 1 : 0));
        }
    }

    private void endText() {
        if (textTold) {
            textTold = false;
            parts.onTextEnd();
        }
    }

    private void separate() {
        if (get(TOLD) != 0) {
            tell(OR);
        }
        set(TOLD, 1);
    }

    private void keepWord(byte[] bytes, int from, int to) {
        int count = Math.min(to - from, word.length - wordLength);
        System.arraycopy(bytes, from, word, wordLength, count);
        wordLength += count;
    }

    private int type() {
        for (int i = 0; i < TYPE_NAMES.length; i++) {
            if (Arrays.equals(word, 0, wordLength, TYPE_NAMES[i], 0, TYPE_NAMES[i].length)) {
                return i;
            }
        }
        return ANY;
    }

    private static byte[] wordFor(int type) {
        return type == ANY ? ANY_WORD : TYPE_WORDS[type];
    }

    private static int meaning(byte[] bytes, int from, int to) {
        for (int i = 0; i < MEMBERS.length; i++) {
            if (Arrays.equals(bytes, from, to, MEMBERS[i], 0, MEMBERS[i].length)) {
                return MEANINGS[i];
            }
        }
        return FOREIGN;
    }

    private void tell(byte[] words) {
        tell(words, 0, words.length);
    }

    private void tell(byte[] bytes, int from, int to) {
        textTold = true;
        parts.onText(bytes, from, to);
    }

    private int get(int field) {
        return open[(depth - 1) * FIELDS + field];
    }

    private void set(int field, int value) {
        open[(depth - 1) * FIELDS + field] = value;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
