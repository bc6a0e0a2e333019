package dev.sluice.gateway.usage;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes text from outside fit for PostgreSQL: bounded, without NUL and without half surrogate pairs, none of which a
 * {@code text} or {@code jsonb} value can hold. Such characters become U+FFFD. HOT: text without fault is returned as it
 * is. Thread: any.
 */
final class Text {
    static final int MAX_REQUEST_ID = 128;
    /** Whatever else has a name. */
    static final int MAX_NAME = 256;

    private static final char REPLACEMENT = '\uFFFD';
    private static final String HEX = "0123456789abcdef";

    /** Tags together: the keys and values of a caller are bounded one by one, and so is their number. */
    private static final int MAX_TAGS = 64;

    private static final int MAX_TAG_CHARS = 256;

    private Text() {}

    /** @return null for null, else at most {@code maxChars} characters of {@code text} */
    static @Nullable String clean(@Nullable String text, int maxChars) {
        return text == null ? null : cleaned(text, maxChars);
    }

    static String cleaned(String text, int maxChars) {
        int end = Math.min(text.length(), maxChars);
        if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            // Most text has neither NUL nor surrogates, and one comparison says so.
            if ((c == 0 || c >= Character.MIN_SURROGATE) && isFault(text, i, end)) {
                return replaced(text, end);
            }
        }
        return end == text.length() ? text : text.substring(0, end);
    }

    private static String replaced(String text, int end) {
        StringBuilder out = new StringBuilder(end);
        for (int i = 0; i < end; i++) {
            out.append(isFault(text, i, end) ? REPLACEMENT : text.charAt(i));
        }
        return out.toString();
    }

    private static boolean isFault(String text, int i, int end) {
        char c = text.charAt(i);
        if (c == 0) {
            return true;
        }
        if (Character.isHighSurrogate(c)) {
            return i + 1 == end || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }

    /** @return a JSON object of strings, or null for no tags */
    static @Nullable String tags(Map<String, String> tags) {
        if (tags.isEmpty()) {
            return null;
        }
        StringBuilder json = new StringBuilder(64).append('{');
        int count = 0;
        for (Map.Entry<String, String> tag : tags.entrySet()) {
            if (count == MAX_TAGS) {
                break;
            }
            if (count++ > 0) {
                json.append(',');
            }
            appendString(json, cleaned(tag.getKey(), MAX_TAG_CHARS));
            json.append(':');
            appendString(json, cleaned(tag.getValue(), MAX_TAG_CHARS));
        }
        return json.append('}').toString();
    }

    /** Appends {@code text} as a JSON string (RFC 8259 section 7). */
    static void appendString(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20) {
                json.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
