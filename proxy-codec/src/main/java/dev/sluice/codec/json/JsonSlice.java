package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One value of a JSON document, as the stretch of bytes in which it stands. Requests are translated with it: what need
 * not be understood (the schema of a tool, a number, a megabyte of base64) is copied as it is, whatever it says.
 *
 * <p>The document must have been checked, by {@link JsonScanner} or {@link #checked}; nothing is checked here again.
 * Looking at an object or array walks over its bytes, so members are best asked for once, by {@link #members}.
 *
 * <p>Borrows the buffer of its document, and reads it by absolute index alone. Thread: any.
 */
public final class JsonSlice {

    /** A member of an object; names may come more than once. */
    public record Member(String name, JsonSlice value) {}

    private static final int LONGEST_LONG = Long.toString(Long.MIN_VALUE).length();

    private final ByteBuf bytes;
    private final int from;
    private final int to;

    private JsonSlice(ByteBuf bytes, int from, int to) {
        this.bytes = bytes;
        this.from = from;
        this.to = to;
    }

    /** The value that the readable bytes of {@code document} consist of; borrows it for as long as slices are used. */
    public static JsonSlice of(ByteBuf document) {
        int from = document.readerIndex();
        int to = document.writerIndex();
        while (from < to && isBlank(document.getByte(from))) {
            from++;
        }
        while (to > from && isBlank(document.getByte(to - 1))) {
            to--;
        }
        return new JsonSlice(document, from, to);
    }

    /** The same for bytes that nobody has checked; null when they are not exactly one value. */
    public static @Nullable JsonSlice checked(ByteBuf document) {
        JsonReader reader = new JsonReader(JsonShape.path(), (id, value) -> {});
        reader.feed(document, document.readerIndex(), document.readableBytes());
        if (!reader.end()) {
            return null;
        }
        JsonSlice slice = of(document);
        return slice.hasLegalNumbers() ? slice : null;
    }

    /** A string of our own. */
    public static JsonSlice string(String text) {
        return of(Unpooled.wrappedBuffer(JsonText.quoted(text)));
    }

    /** A value of our own. */
    public static JsonSlice raw(String json) {
        return of(Unpooled.wrappedBuffer(json.getBytes(StandardCharsets.UTF_8)));
    }

    public JsonKind kind() {
        return switch (bytes.getByte(from)) {
            case '{' -> JsonKind.OBJECT;
            case '[' -> JsonKind.ARRAY;
            case '"' -> JsonKind.STRING;
            case 't', 'f' -> JsonKind.BOOLEAN;
            case 'n' -> JsonKind.NULL;
            default -> isInteger() ? JsonKind.INTEGER : JsonKind.DECIMAL;
        };
    }

    public boolean isObject() {
        return bytes.getByte(from) == '{';
    }

    public boolean isArray() {
        return bytes.getByte(from) == '[';
    }

    /** Whether it is an array of nothing but numbers, at least one. */
    public boolean isNumbers() {
        boolean numbers = isArray() && !isEmpty();
        for (int i = from + 1; numbers && i < to - 1; i++) {
            byte next = bytes.getByte(i);
            // From plus to nine: comma, minus, dot, digits, and a slash, which no legal array has outside of strings.
            numbers = (next >= '+' && next <= '9') || next == 'e' || next == 'E' || isBlank(next);
        }
        return numbers;
    }

    public boolean isString() {
        return bytes.getByte(from) == '"';
    }

    public boolean isNull() {
        return bytes.getByte(from) == 'n';
    }

    public boolean isTrue() {
        return bytes.getByte(from) == 't';
    }

    public boolean isFalse() {
        return bytes.getByte(from) == 'f';
    }

    /** Whether the string, object or array has nothing in it. */
    public boolean isEmpty() {
        return switch (kind()) {
            case STRING -> to - from == 2;
            case OBJECT, ARRAY -> skipBlanks(from + 1) == to - 1;
            case INTEGER, DECIMAL, BOOLEAN, NULL -> false;
        };
    }

    /** Bytes of the value as it stands. */
    public int sizeBytes() {
        return to - from;
    }

    /** Copies the value as it stands; borrows {@code out}. */
    public void writeTo(ByteBuf out) {
        out.writeBytes(bytes, from, to - from);
    }

    /**
     * Copies a string as it stands, escapes included, without its quotes and the first {@code skip} bytes; borrows
     * {@code out}.
     */
    public void writeContentTo(ByteBuf out, int skip) {
        require(isString());
        out.writeBytes(bytes, from + 1 + skip, to - from - 2 - skip);
    }

    /** The first byte {@code ascii} in a string as it stands, counted from behind its quote; -1 when there is none. */
    public int indexInContent(char ascii) {
        require(isString());
        int found = bytes.indexOf(from + 1, to - 1, (byte) ascii);
        return found < 0 ? -1 : found - from - 1;
    }

    /** At most {@code length} bytes of a string, unescaped, behind the first {@code skip} bytes of it as it stands. */
    public String text(int skip, int length) {
        require(isString());
        int start = from + 1 + skip;
        String content = bytes.toString(start, Math.min(length, to - 1 - start), StandardCharsets.UTF_8);
        return content.indexOf('\\') < 0 ? content : unescaped(content);
    }

    /** Tells the text of a string, unescaped, piece by piece. */
    public void tellText(JsonReader.Listener listener) {
        require(isString());
        JsonReader reader = new JsonReader(JsonShape.streamed(1), listener);
        reader.feed(bytes, from, to - from);
    }

    /** The text of a string, unescaped. Half a surrogate pair becomes a replacement character. */
    public String text() {
        require(isString());
        int content = from + 1;
        int length = to - 1 - content;
        if (bytes.indexOf(content, to - 1, (byte) '\\') < 0) {
            return bytes.toString(content, length, StandardCharsets.UTF_8);
        }
        return unescaped(bytes.toString(content, length, StandardCharsets.UTF_8));
    }

    /** Whether it is a string that is {@code ascii}, written without escapes. */
    public boolean textEquals(String ascii) {
        return to - from - 2 == ascii.length() && textStartsWith(ascii);
    }

    /** Whether it is a string that begins with {@code ascii}, written without escapes. */
    public boolean textStartsWith(String ascii) {
        if (!isString() || to - from - 2 < ascii.length()) {
            return false;
        }
        for (int i = 0; i < ascii.length(); i++) {
            if (bytes.getByte(from + 1 + i) != ascii.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** The value of an integer; {@code otherwise} for everything else, and for those that no long can hold. */
    public long longValue(long otherwise) {
        int length = to - from;
        if (kind() != JsonKind.INTEGER || length > LONGEST_LONG) {
            return otherwise;
        }
        try {
            return Long.parseLong(bytes.toString(from, length, StandardCharsets.US_ASCII));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    /** The value as it stands. */
    public String json() {
        return bytes.toString(from, to - from, StandardCharsets.UTF_8);
    }

    /** The members of an object, in their order; none of anything else. */
    public List<Member> members() {
        List<Member> members = new ArrayList<>();
        if (isObject()) {
            int i = skipBlanks(from + 1);
            while (bytes.getByte(i) != '}') {
                int nameEnd = end(i);
                String name = new JsonSlice(bytes, i, nameEnd).text();
                int start = skipBlanks(skipBlanks(nameEnd) + 1);
                int end = end(start);
                members.add(new Member(name, new JsonSlice(bytes, start, end)));
                i = next(end);
            }
        }
        return members;
    }

    /** The member called {@code name}: the last one of that name; null when there is none, or it is null. */
    public @Nullable JsonSlice member(String name) {
        JsonSlice found = null;
        for (Member member : members()) {
            if (member.name().equals(name)) {
                found = member.value();
            }
        }
        return found == null || found.isNull() ? null : found;
    }

    /** The elements of an array; none of anything else. */
    public List<JsonSlice> elements() {
        List<JsonSlice> elements = new ArrayList<>();
        if (isArray()) {
            int i = skipBlanks(from + 1);
            while (bytes.getByte(i) != ']') {
                int end = end(i);
                elements.add(new JsonSlice(bytes, i, end));
                i = next(end);
            }
        }
        return elements;
    }

    /** Nothing of what a caller wrote. */
    @Override
    public String toString() {
        return "JSON[" + (to - from) + " bytes]";
    }

    private int next(int end) {
        int i = skipBlanks(end);
        return bytes.getByte(i) == ',' ? skipBlanks(i + 1) : i;
    }

    /** The index behind the value that begins at {@code start}. */
    private int end(int start) {
        return switch (bytes.getByte(start)) {
            case '"' -> stringEnd(start);
            case '{', '[' -> containerEnd(start);
            default -> wordEnd(start);
        };
    }

    private int stringEnd(int start) {
        int i = start + 1;
        while (true) {
            int quote = bytes.indexOf(i, to, (byte) '"');
            int escapes = 0;
            while (bytes.getByte(quote - 1 - escapes) == '\\') {
                escapes++;
            }
            if ((escapes & 1) == 0) {
                return quote + 1;
            }
            i = quote + 1;
        }
    }

    private int containerEnd(int start) {
        int depth = 0;
        int i = start;
        while (true) {
            switch (bytes.getByte(i)) {
                case '"' -> i = stringEnd(i) - 1;
                case '{', '[' -> depth++;
                case '}', ']' -> depth--;
                default -> {}
            }
            i++;
            if (depth == 0) {
                return i;
            }
        }
    }

    private int wordEnd(int start) {
        int i = start;
        while (i < to) {
            byte next = bytes.getByte(i);
            if (next == ',' || next == '}' || next == ']' || isBlank(next)) {
                break;
            }
            i++;
        }
        return i;
    }

    private int skipBlanks(int start) {
        int i = start;
        while (isBlank(bytes.getByte(i))) {
            i++;
        }
        return i;
    }

    private boolean isInteger() {
        for (int i = from; i < to; i++) {
            byte next = bytes.getByte(i);
            if (next == '.' || next == 'e' || next == 'E') {
                return false;
            }
        }
        return true;
    }

    private void require(boolean string) {
        if (!string) {
            throw new IllegalStateException("the value is " + kind().phrase() + ", not a string");
        }
    }

    /** What {@link JsonReader} lets pass, and every provider refuses: {@code 01}, {@code 1.}, {@code 1e}. */
    private boolean hasLegalNumbers() {
        int i = from;
        while (i < to) {
            byte next = bytes.getByte(i);
            if (next == '"') {
                i = stringEnd(i);
            } else if (JsonNumber.mayBegin(next)) {
                int end = wordEnd(i);
                if (!JsonNumber.isLegal(bytes, i, end)) {
                    return false;
                }
                i = end;
            } else {
                i++;
            }
        }
        return true;
    }

    private static String unescaped(String escaped) {
        StringBuilder text = new StringBuilder(escaped.length());
        for (int i = 0; i < escaped.length(); i++) {
            char next = escaped.charAt(i);
            if (next != '\\') {
                text.append(next);
                continue;
            }
            if (++i == escaped.length()) {
                break;
            }
            char escape = escaped.charAt(i);
            switch (escape) {
                case 'b' -> text.append('\b');
                case 'f' -> text.append('\f');
                case 'n' -> text.append('\n');
                case 'r' -> text.append('\r');
                case 't' -> text.append('\t');
                case 'u' -> {
                    if (i + 5 > escaped.length()) {
                        // Cut within the escape.
                        return text.toString();
                    }
                    text.append((char) Integer.parseInt(escaped, i + 1, i + 5, 16));
                    i += 4;
                }
                default -> text.append(escape);
            }
        }
        return text.toString();
    }

    private static boolean isBlank(byte next) {
        return next == ' ' || next == '\n' || next == '\r' || next == '\t';
    }
}
