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

        /**
         * The next piece of the string at the streamed place {@code id}, unescaped; {@link #onValue} follows the last.
         * A surrogate pair within the string is one character of UTF-8, half a pair alone is three bytes that are none.
         * Or the next piece of the object or array at the raw place {@code id}, as it stands.
         *
         * @param bytes cut anywhere; borrowed until the call returns
         */
        default void onText(int id, byte[] bytes, int from, int to) {}

        /** An object or array begins at the place {@code id}, which announces them or is a tree. */
        default void onOpen(int id, Kind container) {}

        /** The name of the value that comes next in the tree {@code id}; borrowed until the call returns. */
        default void onName(int id, byte[] bytes, int from, int to) {}
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
    private static final int IN_WORD = 10;

    private final JsonPlace place;
    private Listener listener;
    private final JsonUnescaper text = new JsonUnescaper();
    private final BareWord word = new BareWord();
    private final JsonDecimal decimal = new JsonDecimal();
    private int state;
    private @Nullable Kind rootKind;
    private Kind kind = Kind.NULL;
    private boolean empty;
    private boolean inName;
    private boolean keepsText;
    private boolean keepsDecimal;
    /** The place that the string being read is handed on for. */
    private int streamedId;
    /** The place that the object or array being read is handed on for as it stands, and how deep that is. */
    private int rawId;

    private int rawDepth;
    /** Where its next piece begins in the array being read. */
    private int rawFrom;

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
        Scratch scratch = Scratch.ofThread();
        byte[] window = scratch.takeWindow();
        try {
            int end = index + length;
            for (int i = index; i < end && state != FAILED; i += window.length) {
                int count = Math.min(window.length, end - i);
                buffer.getBytes(i, window, 0, count);
                read(window, 0, count);
            }
        } finally {
            scratch.giveWindow(window);
        }
    }

    /** The document ends here: whether it was exactly one complete value. Call {@link #reset} before the next one. */
    public boolean end() {
        if (state == IN_WORD && word.kind() == Kind.NUMBER) {
            endValue(place.next(), Kind.NUMBER);
        }
        return state == BEHIND_ROOT;
    }

    /** Forgets the document, and reads those of another shape from here on. */
    public void begin(JsonShape root) {
        reset();
        place.begin(root);
    }

    /** The same, told to somebody else. */
    public void begin(JsonShape root, Listener another) {
        begin(root);
        listener = another;
    }

    /** Forgets the document, and what large ones have made it grow to: nothing is going to be read for a while. */
    public void rest() {
        reset();
        place.rest();
    }

    /** Forgets the document. */
    public void reset() {
        state = VALUE;
        place.reset();
        rootKind = null;
        inName = false;
        rawId = JsonShape.UNREPORTED;
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
        return word.number();
    }

    /** The number reported at a place that keeps its text, in billionths; -1 when negative or 100 million and more. */
    public long nano() {
        return decimal.nano();
    }

    /** The string reported at a place that keeps its text; very long ones are cut. Allocates, but for short ones that came lately. */
    public String text() {
        return text.toString();
    }

    /** Whether the string reported at a place that keeps its text is {@code ascii}. */
    public boolean textEquals(String ascii) {
        return text.contentEquals(ascii);
    }

    private void read(byte[] bytes, int from, int to) {
        int i = from;
        rawFrom = from;
        while (i < to) {
            i = switch (state) {
                case IN_STRING -> readString(bytes, i, to);
                case IN_ESCAPE -> readEscape(bytes, i);
                case IN_WORD -> readWord(bytes, i, to);
                case FAILED -> to;
                default -> readStructure(bytes, i, to);
            };
        }
        if (rawId != JsonShape.UNREPORTED && state != FAILED && rawFrom < to) {
            listener.onText(rawId, bytes, rawFrom, to);
        }
    }

    private int readStructure(byte[] bytes, int i, int to) {
        byte next = bytes[i];
        switch (next) {
            case ' ', '\t', '\n', '\r' -> {}
            case '"' -> {
                return beginString(bytes, i + 1, to);
            }
            case '{' -> open(Kind.OBJECT, FIRST_NAME, i);
            case '[' -> open(Kind.ARRAY, FIRST_ELEMENT, i);
            case '}' -> close(Kind.OBJECT, FIRST_NAME, bytes, i);
            case ']' -> close(Kind.ARRAY, FIRST_ELEMENT, bytes, i);
            case ':' -> state = state == COLON ? VALUE : FAILED;
            case ',' -> nextMember();
            default -> beginWord(bytes, i);
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

    private void open(Kind container, int first, int at) {
        if (!beginValue(container)) {
            return;
        }
        if (place.depth() == JsonPlace.MAX_DEPTH) {
            state = FAILED;
            return;
        }
        JsonShape shape = place.next();
        place.open(container == Kind.OBJECT);
        state = first;
        if (shape != null && shape.announces()) {
            listener.onOpen(shape.id(), container);
        } else if (shape != null && shape.isRaw() && rawId == JsonShape.UNREPORTED) {
            rawId = shape.id();
            rawDepth = place.depth();
            rawFrom = at;
        }
    }

    private void close(Kind container, int first, byte[] bytes, int at) {
        boolean mayEnd = place.depth() > 0 && (state == BEHIND_VALUE || state == first);
        if (!mayEnd || place.isInObject() != (container == Kind.OBJECT)) {
            state = FAILED;
            return;
        }
        empty = state == first;
        if (rawId != JsonShape.UNREPORTED && rawDepth == place.depth()) {
            int id = rawId;
            rawId = JsonShape.UNREPORTED;
            listener.onText(id, bytes, rawFrom, at + 1);
        }
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
        streamedId = shape != null && shape.streamsText() ? shape.id() : JsonShape.UNREPORTED;
        if (keepsText || streams()) {
            text.begin(/* halves= */ streams());
        }
        return readString(bytes, from, to);
    }

    /** Names are mostly whole and plain: looked up where they stand. The others take the way of a kept string. */
    private int beginName(byte[] bytes, int from, int to) {
        inName = true;
        keepsText = place.isShaped();
        streamedId = JsonShape.UNREPORTED;
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
        text.begin(/* halves= */ false);
        return readString(bytes, from, to);
    }

    private void endName(byte[] bytes, int from, int to) {
        place.nextMember(bytes, from, to);
        if (place.isInTree()) {
            listener.onName(place.treeId(), bytes, from, to);
        }
        inName = false;
        state = COLON;
    }

    private int readString(byte[] bytes, int from, int to) {
        int i = PlainText.end(bytes, from, to);
        if (i > from) {
            empty = false;
            if (keepsText) {
                text.append(bytes, from, i);
            } else if (streams()) {
                text.end();
                tellUnescaped();
                listener.onText(streamedId, bytes, from, i);
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
        } else if (streams()) {
            text.end();
            tellUnescaped();
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
        switch (text.escape(bytes[i], keepsText || streams())) {
            case GOING_ON -> {}
            case COMPLETE -> {
                state = IN_STRING;
                if (streams()) {
                    tellUnescaped();
                }
            }
            case ILLEGAL -> state = FAILED;
        }
        return i + 1;
    }

    private boolean streams() {
        return streamedId != JsonShape.UNREPORTED;
    }

    /** Hands on what escapes stood for. */
    private void tellUnescaped() {
        if (text.length() > 0) {
            listener.onText(streamedId, text.bytes(), 0, text.length());
            text.drop();
        }
    }

    private void beginWord(byte[] bytes, int at) {
        Kind begun = word.begin(bytes[at]);
        if (begun == null) {
            state = FAILED;
        } else if (beginValue(begun)) {
            state = IN_WORD;
            JsonShape shape = begun == Kind.NUMBER ? place.next() : null;
            keepsDecimal = shape != null && shape.keepsText();
            if (keepsDecimal) {
                decimal.begin();
                decimal.read(bytes, at, at + 1);
            }
        }
    }

    private int readWord(byte[] bytes, int from, int to) {
        int end = word.read(bytes, from, to);
        if (keepsDecimal) {
            decimal.read(bytes, from, end);
        }
        if (word.isComplete()) {
            endValue(place.next(), word.kind());
        } else if (word.isBroken()) {
            state = FAILED;
        }
        return end;
    }
}
