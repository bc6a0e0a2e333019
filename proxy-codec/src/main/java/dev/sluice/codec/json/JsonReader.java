package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that is still arriving, in pieces cut anywhere, and reports the values at the places of a
 * {@link JsonShape}; everything else is stepped over. Used on answers, once for each event of a stream.
 *
 * <p>Why not Jackson: memory stays bounded however long a string is, while Jackson would build the megabytes of a
 * base64 embedding before it could tell that they do not matter; and the places are found without a name becoming a
 * {@code String}, in less time than Jackson's non-blocking parser takes for the bare tokens: 0.35 us an event of 310
 * bytes, against 0.4 us (direct memory) and 0.5 us (heap), see {@code JsonReaderBench}. The price is that numbers are
 * not held to the grammar, nor bytes above 0x7F to UTF-8. Structure, literals, escapes and control characters are.
 *
 * <p>Allocates nothing for each document. Thread: event loop.
 */
public final class JsonReader {

    /** Hears of the values at the places of the shape; of objects and arrays when they end. */
    public interface Listener {
        /** The value at the place {@code id} is complete; ask {@code value} for it now, it is gone afterwards. */
        void onValue(int id, JsonReader value);
    }

    /** What a value is. */
    public enum Kind {
        NULL,
        FALSE,
        TRUE,
        NUMBER,
        STRING,
        OBJECT,
        ARRAY
    }

    private static final int WINDOW_BYTES = 512;

    // Between tokens: what may come next.
    private static final int VALUE = 0;
    private static final int FIRST_ELEMENT = 1;
    private static final int FIRST_NAME = 2;
    private static final int NAME = 3;
    private static final int COLON = 4;
    private static final int BEHIND_VALUE = 5;
    private static final int BEHIND_ROOT = 6;
    private static final int FAILED = 7;
    // Inside a token, where the input may be cut.
    private static final int IN_STRING = 8;
    private static final int IN_ESCAPE = 9;
    private static final int IN_NUMBER = 10;
    private static final int IN_LITERAL = 11;

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};

    private final JsonPlace place;
    private final Listener listener;
    private final JsonUnescaper text = new JsonUnescaper();
    private final JsonDecimal decimal = new JsonDecimal();
    /** Direct memory is read through this window: a copy of 512 bytes costs less than 512 checked accesses. */
    private byte @Nullable [] window;

    private int state;
    private @Nullable Kind rootKind;
    private Kind kind = Kind.NULL;
    private boolean empty;
    private long number;
    private boolean negative;
    private boolean inFraction;
    private boolean inName;
    private boolean keepsText;
    private byte[] literal = NULL;
    private int literalIndex;

    public JsonReader(JsonShape root, Listener listener) {
        this.place = new JsonPlace(root);
        this.listener = listener;
    }

    /** Reads {@code length} bytes from {@code index}; borrows {@code buffer}, its indices stay as they are. */
    public void feed(ByteBuf buffer, int index, int length) {
        if (buffer.hasArray()) {
            int from = buffer.arrayOffset() + index;
            read(buffer.array(), from, from + length);
            return;
        }
        byte[] bytes = window;
        if (bytes == null) {
            bytes = new byte[WINDOW_BYTES];
            window = bytes;
        }
        int end = index + length;
        for (int i = index; i < end && state != FAILED; i += WINDOW_BYTES) {
            int count = Math.min(WINDOW_BYTES, end - i);
            buffer.getBytes(i, bytes, 0, count);
            read(bytes, 0, count);
        }
    }

    /** The document ends here: whether it was exactly one complete value. Call {@link #reset} before the next one. */
    public boolean end() {
        if (state == IN_NUMBER) {
            endNumber();
        }
        return state == BEHIND_ROOT;
    }

    /** Forgets the document. */
    public void reset() {
        state = VALUE;
        place.reset();
        rootKind = null;
        inName = false;
    }

    /** What the document is, or null when there has been nothing but white space, or nothing legal. */
    public @Nullable Kind rootKind() {
        return rootKind;
    }

    /** The kind of the value reported. */
    public Kind kind() {
        return kind;
    }

    /** Whether the string, object or array reported has nothing in it. */
    public boolean isEmpty() {
        return empty;
    }

    /** The whole part of the number reported; -1 when it is negative or has an exponent. */
    public long number() {
        return number;
    }

    /** The number reported at a place that keeps its text, in billionths; -1 when negative or 100 million and more. */
    public long nano() {
        return decimal.nano();
    }

    /** The string reported at a place that keeps its text; very long ones are cut. Allocates. */
    public String text() {
        return text.toString();
    }

    /** Whether the string reported at a place that keeps its text is {@code ascii}. */
    public boolean textEquals(String ascii) {
        return text.contentEquals(ascii);
    }

    private void read(byte[] bytes, int from, int to) {
        int i = from;
        while (i < to) {
            i = switch (state) {
                case IN_STRING -> readString(bytes, i, to);
                case IN_ESCAPE -> readEscape(bytes, i);
                case IN_NUMBER -> readNumber(bytes, i, to);
                case IN_LITERAL -> readLiteral(bytes, i);
                case FAILED -> to;
                default -> readStructure(bytes, i, to);
            };
        }
    }

    private int readStructure(byte[] bytes, int i, int to) {
        byte next = bytes[i];
        switch (next) {
            case ' ', '\t', '\n', '\r' -> {}
            case '"' -> {
                return beginString(bytes, i + 1, to);
            }
            case '{' -> open(Kind.OBJECT, FIRST_NAME);
            case '[' -> open(Kind.ARRAY, FIRST_ELEMENT);
            case '}' -> close(Kind.OBJECT, FIRST_NAME);
            case ']' -> close(Kind.ARRAY, FIRST_ELEMENT);
            case ':' -> state = state == COLON ? VALUE : FAILED;
            case ',' -> nextMember();
            case 'n' -> beginLiteral(NULL, Kind.NULL);
            case 't' -> beginLiteral(TRUE, Kind.TRUE);
            case 'f' -> beginLiteral(FALSE, Kind.FALSE);
            default -> beginNumber(bytes, i);
        }
        return i + 1;
    }

    /** Whether a value may begin here; if not, the document has failed. */
    private boolean beginValue(Kind begun) {
        if (state != VALUE && state != FIRST_ELEMENT) {
            state = FAILED;
            return false;
        }
        if (place.depth() == 0) {
            rootKind = begun;
        }
        return true;
    }

    private void endValue(@Nullable JsonShape shape, Kind ended) {
        state = place.depth() == 0 ? BEHIND_ROOT : BEHIND_VALUE;
        if (shape != null && shape.id() != JsonShape.UNREPORTED) {
            kind = ended;
            listener.onValue(shape.id(), this);
        }
    }

    private void open(Kind container, int first) {
        if (!beginValue(container)) {
            return;
        }
        if (place.depth() == JsonPlace.MAX_DEPTH) {
            state = FAILED;
            return;
        }
        place.open(container == Kind.OBJECT);
        state = first;
    }

    private void close(Kind container, int first) {
        boolean mayEnd = place.depth() > 0 && (state == BEHIND_VALUE || state == first);
        if (!mayEnd || place.isInObject() != (container == Kind.OBJECT)) {
            state = FAILED;
            return;
        }
        empty = state == first;
        endValue(place.close(), container);
    }

    private void nextMember() {
        if (state != BEHIND_VALUE) {
            state = FAILED;
        } else if (place.isInObject()) {
            state = NAME;
        } else {
            state = VALUE;
            place.nextElement();
        }
    }

    private int beginString(byte[] bytes, int from, int to) {
        if (state == NAME || state == FIRST_NAME) {
            return beginName(bytes, from, to);
        }
        if (!beginValue(Kind.STRING)) {
            return from;
        }
        state = IN_STRING;
        empty = true;
        JsonShape shape = place.next();
        keepsText = shape != null && shape.keepsText();
        if (keepsText) {
            text.clear();
        }
        return readString(bytes, from, to);
    }

    /** Names are mostly whole and plain: looked up where they stand. The others take the way of a kept string. */
    private int beginName(byte[] bytes, int from, int to) {
        inName = true;
        keepsText = place.isShaped();
        state = IN_STRING;
        if (!keepsText) {
            return readString(bytes, from, to);
        }
        int end = PlainText.end(bytes, from, to);
        if (end < to && bytes[end] == '"') {
            endName(bytes, from, end);
            int behind = end + 1;
            if (behind < to && bytes[behind] == ':') {
                state = VALUE;
                behind++;
            }
            return behind;
        }
        text.clear();
        return readString(bytes, from, to);
    }

    private void endName(byte[] bytes, int from, int to) {
        place.nextMember(bytes, from, to);
        inName = false;
        state = COLON;
    }

    private int readString(byte[] bytes, int from, int to) {
        int i = PlainText.end(bytes, from, to);
        if (i > from) {
            empty = false;
            if (keepsText) {
                text.append(bytes, from, i);
            }
        }
        if (i == to) {
            return to;
        }
        if (bytes[i] == '"') {
            endString();
        } else if (bytes[i] == '\\') {
            empty = false;
            state = IN_ESCAPE;
            text.beginEscape();
        } else {
            state = FAILED;
        }
        return i + 1;
    }

    private void endString() {
        if (keepsText) {
            text.end();
        }
        if (!inName) {
            endValue(place.next(), Kind.STRING);
        } else if (keepsText) {
            endName(text.bytes(), 0, text.length());
        } else {
            place.nextForeign();
            inName = false;
            state = COLON;
        }
    }

    private int readEscape(byte[] bytes, int i) {
        switch (text.escape(bytes[i], keepsText)) {
            case GOING_ON -> {}
            case COMPLETE -> state = IN_STRING;
            case ILLEGAL -> state = FAILED;
        }
        return i + 1;
    }

    private void beginNumber(byte[] bytes, int at) {
        byte first = bytes[at];
        boolean digit = first >= '0' && first <= '9';
        if ((digit || first == '-') && beginValue(Kind.NUMBER)) {
            number = digit ? first - '0' : 0;
            negative = !digit;
            inFraction = false;
            state = IN_NUMBER;
            JsonShape shape = place.next();
            keepsText = shape != null && shape.keepsText();
            if (keepsText) {
                decimal.begin();
                decimal.read(bytes, at, at + 1);
            }
        } else {
            state = FAILED;
        }
    }

    private int readNumber(byte[] bytes, int from, int to) {
        int i = from;
        for (; i < to; i++) {
            byte next = bytes[i];
            if (next >= '0' && next <= '9') {
                if (!inFraction) {
                    number = number > Long.MAX_VALUE / 10 - 1 ? Long.MAX_VALUE : number * 10 + (next - '0');
                }
            } else if (next == '.') {
                inFraction = true;
            } else if (next == 'e' || next == 'E' || next == '+' || next == '-') {
                inFraction = true;
                negative = true;
            } else {
                break;
            }
        }
        if (keepsText) {
            decimal.read(bytes, from, i);
        }
        if (i < to) {
            endNumber();
        }
        return i;
    }

    private void endNumber() {
        number = negative ? -1 : number;
        endValue(place.next(), Kind.NUMBER);
    }

    private void beginLiteral(byte[] expected, Kind begun) {
        if (beginValue(begun)) {
            literal = expected;
            literalIndex = 1;
            kind = begun;
            state = IN_LITERAL;
        }
    }

    private int readLiteral(byte[] bytes, int i) {
        if (bytes[i] != literal[literalIndex++]) {
            state = FAILED;
        } else if (literalIndex == literal.length) {
            endValue(place.next(), kind);
        }
        return i + 1;
    }
}
