package dev.sluice.codec.json;

import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * Writes random JSON in the oddest legal manner: any white space, any escape, any number. Each method returns JSON
 * text. Thread: any.
 */
public final class RandomJson {
    private static final String[] BLANKS = {"", "", "", "", " ", "\n", "\t", "\r\n", "   ", "\n\n    "};
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "1",
        "-1",
        "7",
        "1.0",
        "-0.0",
        "1e21",
        "1E-7",
        "2.5e+10",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "18446744073709551616",
        "0.1000000000000000055511151231257827",
        "1234567890123456789012345678901234567890123456789012345678901234"
    };
    private static final String[] LETTERS = {
        "a", "Z", "ß", "é", "Ж", "中", "ह", "😀", "𝄞", "\u0000", "\u001f", "\u007f", "\"", "\\", "/", "\b", "\f", "\n",
        "\r", "\t", "{", "}", "[", "]", ":", ",", " ", "\u2028", "\ufeff", "\uffff"
    };
    private static final String SHORT_ESCAPES = "\"\\/bfnrt";
    private static final String SHORT_ESCAPED = "\"\\/\b\f\n\r\t";

    private final RandomGenerator random;

    public RandomJson(RandomGenerator random) {
        this.random = random;
    }

    public String blank() {
        return BLANKS[random.nextInt(BLANKS.length)];
    }

    /** A value that nests at most {@code depth} levels. */
    public String value(int depth) {
        return switch (random.nextInt(depth > 0 ? 8 : 6)) {
            case 0 -> "null";
            case 1 -> "true";
            case 2 -> "false";
            case 3 -> NUMBERS[random.nextInt(NUMBERS.length)];
            case 4, 5 -> literal(text());
            case 6 -> array(depth - 1);
            default -> object(depth - 1);
        };
    }

    public String array(int depth) {
        StringBuilder json = new StringBuilder("[").append(blank());
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            json.append(i == 0 ? "" : ",").append(blank()).append(value(depth)).append(blank());
        }
        return json.append(']').toString();
    }

    public String object(int depth) {
        StringBuilder json = new StringBuilder("{").append(blank());
        int size = random.nextInt(4);
        for (int i = 0; i < size; i++) {
            json.append(i == 0 ? "" : ",").append(member(otherName(), value(depth)));
        }
        return json.append('}').toString();
    }

    /** A member with white space around everything; {@code value} is JSON, {@code name} is not. */
    public String member(String name, String value) {
        return blank() + literal(name) + blank() + ":" + blank() + value + blank();
    }

    /** A name that means nothing to the gateway at the top, but may well mean something elsewhere. */
    public String otherName() {
        String[] names = {"messages", "role", "content", "tools", "metadata", "", "models", "x", "stream options", "€"};
        return names[random.nextInt(names.length)];
    }

    /** Plain text: mostly short, sometimes around the length from which strings are withheld from the parser. */
    public String text() {
        int kind = random.nextInt(60);
        int length = kind == 0 ? random.nextInt(5_000) : kind == 1 ? 1_500 + random.nextInt(50) : random.nextInt(12);
        StringBuilder text = new StringBuilder(length);
        boolean plain = random.nextBoolean();
        for (int i = 0; i < length; i++) {
            text.append(
                    plain && random.nextInt(8) > 0
                            ? String.valueOf((char) ('a' + random.nextInt(26)))
                            : LETTERS[random.nextInt(LETTERS.length)]);
        }
        return text.toString();
    }

    /** {@code text} as a string literal: each character plain, or escaped in one of its ways. */
    public String literal(String text) {
        StringBuilder json = new StringBuilder(text.length() + 2).append('"');
        boolean manyEscapes = random.nextInt(10) == 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            int shortEscape = SHORT_ESCAPED.indexOf(c);
            boolean mustEscape = c < ' ' || c == '"' || c == '\\';
            // Both halves of a pair in the same manner: half an escape and half a character are no character.
            boolean pair = Character.isHighSurrogate(c);
            if (!mustEscape && random.nextInt(manyEscapes ? 2 : 50) > 0) {
                json.append(c);
                if (pair) {
                    json.append(text.charAt(++i));
                }
            } else if (shortEscape >= 0 && random.nextBoolean()) {
                json.append('\\').append(SHORT_ESCAPES.charAt(shortEscape));
            } else {
                json.append(unicodeEscape(c));
                if (pair) {
                    json.append(unicodeEscape(text.charAt(++i)));
                }
            }
        }
        return json.append('"').toString();
    }

    /** Changes, removes, doubles or inserts a few bytes anywhere. */
    public byte[] damaged(byte[] body) {
        byte[] damaged = body.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times && damaged.length > 0; i++) {
            int at = random.nextInt(damaged.length);
            int end = Math.min(damaged.length, at + 1 + random.nextInt(6));
            damaged = switch (random.nextInt(6)) {
                case 0 ->
                    joined(damaged, at, new byte[] {(byte) random.nextInt(256)}, Math.min(at + 1, damaged.length));
                case 1 -> joined(damaged, at, oneOf("{}[]:,\"\\ 0-.eEtfnu\n"), Math.min(at + 1, damaged.length));
                case 2 -> joined(damaged, at, oneOf("{}[]:,\"\\ 0-.eEtfnu\n"), at);
                case 3 -> joined(damaged, at, new byte[0], end);
                case 4 -> joined(damaged, end, Arrays.copyOfRange(damaged, at, end), end);
                default -> Arrays.copyOf(damaged, at);
            };
        }
        return damaged;
    }

    private byte[] oneOf(String characters) {
        return new byte[] {(byte) characters.charAt(random.nextInt(characters.length()))};
    }

    private static byte[] joined(byte[] bytes, int until, byte[] middle, int from) {
        byte[] result = new byte[until + middle.length + bytes.length - from];
        System.arraycopy(bytes, 0, result, 0, until);
        System.arraycopy(middle, 0, result, until, middle.length);
        System.arraycopy(bytes, from, result, until + middle.length, bytes.length - from);
        return result;
    }

    private String unicodeEscape(char c) {
        String hex = Integer.toHexString(0x10000 | c).substring(1);
        return "\\u" + (random.nextBoolean() ? hex : hex.toUpperCase(Locale.ROOT));
    }
}
