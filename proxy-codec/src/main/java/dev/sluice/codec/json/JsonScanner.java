package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.util.Recycler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Scans one JSON object while its bytes arrive, and never binds it to a tree: checks it, tells {@link JsonMembers}
 * where the members near the root stand, and measures the text below them. The first thing that happens to a body.
 *
 * <p>Strict, unlike {@link JsonReader}: what is not JSON (RFC 8259) in UTF-8 is refused at its first byte that cannot be,
 * so that no two readers of one body can take it for two different ones. The heap a request needs is bounded, however
 * long its strings are (see {@link ScannedString}).
 *
 * <p>Offsets count from the first byte that was fed.
 *
 * <p>Life: {@link #feed} for each piece, {@link #end} once, {@link #close} in any case. After an exception only
 * {@link #close} is allowed. Thread: event loop.
 */
public final class JsonScanner implements AutoCloseable {
    private static final Recycler<JsonScanner> SPARE = new Recycler<>(256, 0, 8) {
        @Override
        protected JsonScanner newObject(Handle<JsonScanner> handle) {
            return new JsonScanner(handle);
        }
    };

    // Between tokens: what may come next.
    private static final int ROOT = 0;
    private static final int FIRST_NAME = 1;
    private static final int NAME = 2;
    private static final int COLON = 3;
    private static final int FIRST_ELEMENT = 4;
    private static final int VALUE = 5;
    private static final int BEHIND_VALUE = 6;
    private static final int BEHIND_ROOT = 7;
    // Inside a token, where the input may be cut.
    private static final int IN_NAME = 8;
    private static final int IN_STRING = 9;
    private static final int IN_NUMBER = 10;
    private static final int IN_LITERAL = 11;

    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private final Recycler.@Nullable Handle<JsonScanner> handle;
    private JsonLimits limits = JsonLimits.DEFAULT;
    private @Nullable JsonMembers members;
    private final ScannedString string = new ScannedString();
    private final ScannedNumber number = new ScannedNumber();
    private final JsonValue value = new JsonValue(string, number);

    private int state;
    /** Bytes of all arrays before the current one; and what turns an index of that into an offset. */
    private int scannedBytes;

    private int indexToOffset;
    /** Offset behind the last token. */
    private int tokensEnd;

    private int depth;
    /** One bit a level: set for an object. */
    private long[] objects = new long[1];

    private byte[] literal = NULL;
    private int matched;
    private long nestedTextBytes;

    /** One that is used once; {@link #take} gives one that is used again. */
    public JsonScanner(JsonLimits limits, JsonMembers members) {
        this.handle = null;
        this.limits = limits;
        this.members = members;
    }

    private JsonScanner(Recycler.Handle<JsonScanner> handle) {
        this.handle = handle;
    }

    /**
     * One that goes back to its thread's spare ones when it is closed, and must be forgotten then.
     *
     * @param members is told of the members near the root; borrows it until the scanner is closed
     */
    public static JsonScanner take(JsonLimits limits, JsonMembers members) {
        JsonScanner scanner = SPARE.get();
        scanner.limits = limits;
        scanner.members = members;
        return scanner;
    }

    /** Scans the readable bytes of {@code piece}; borrows it, its indices stay as they are. */
    public void feed(ByteBuf piece) throws JsonSyntaxException {
        int length = piece.readableBytes();
        if (length > Integer.MAX_VALUE - scannedBytes) {
            throw new JsonSyntaxException("The request body has more than " + Integer.MAX_VALUE + " bytes", null);
        }
        int index = piece.readerIndex();
        if (piece.hasArray()) {
            int from = piece.arrayOffset() + index;
            scan(piece.array(), from, from + length);
            return;
        }
        Scratch scratch = Scratch.ofThread();
        byte[] window = scratch.takeWindow();
        try {
            int end = index + length;
            for (int i = index; i < end; i += window.length) {
                int count = Math.min(window.length, end - i);
                piece.getBytes(i, window, 0, count);
                scan(window, 0, count);
            }
        } finally {
            scratch.giveWindow(window);
        }
    }

    /** The body is complete. */
    public void end() throws JsonSyntaxException {
        if (state == ROOT) {
            throw new JsonSyntaxException(
                    "The request body must be a JSON object; it is empty (" + scannedBytes + " bytes)", null);
        }
        if (state != BEHIND_ROOT) {
            throw new JsonSyntaxException(
                    "The request body ends at byte offset " + scannedBytes + ", before its JSON object is complete",
                    null);
        }
    }

    /** UTF-8 size, unescaped, of all string values that are not members of the root itself. */
    public long nestedTextBytes() {
        return nestedTextBytes;
    }

    /** To be called once; whoever has the scanner calls it, and forgets it. */
    @Override
    public void close() {
        Recycler.Handle<JsonScanner> back = handle;
        if (back != null && members != null) {
            members = null;
            state = ROOT;
            scannedBytes = 0;
            tokensEnd = 0;
            depth = 0;
            nestedTextBytes = 0;
            string.forget();
            back.recycle(this);
        }
    }

    private void scan(byte[] bytes, int from, int to) throws JsonSyntaxException {
        indexToOffset = scannedBytes - from;
        int i = from;
        while (i < to) {
            i = switch (state) {
                case IN_NAME, IN_STRING -> readString(bytes, i, to);
                case IN_NUMBER -> readNumber(bytes, i, to);
                case IN_LITERAL -> readLiteral(bytes, i, to);
                default -> readStructure(bytes, i, to);
            };
        }
        if (state == IN_NAME || state == IN_STRING) {
            string.leaveArray();
        }
        scannedBytes += to - from;
    }

    private int readStructure(byte[] bytes, int i, int to) throws JsonSyntaxException {
        byte next = bytes[i];
        if (next == ' ' || next == '\n' || next == '\r' || next == '\t') {
            return i + 1;
        }
        if (state == ROOT) {
            requireObject(next, i);
        } else if (state == BEHIND_ROOT) {
            throw invalid(shown(next) + " behind the end of the object", i);
        }
        switch (next) {
            case '"' -> {
                return beginString(bytes, i, to);
            }
            case '{' -> open(JsonKind.OBJECT, next, i);
            case '[' -> open(JsonKind.ARRAY, next, i);
            case '}' -> close(/* object= */ true, FIRST_NAME, next, i);
            case ']' -> close(/* object= */ false, FIRST_ELEMENT, next, i);
            case ':' -> {
                require(state == COLON, next, i);
                state = VALUE;
            }
            case ',' -> {
                require(state == BEHIND_VALUE, next, i);
                state = isInObject() ? NAME : VALUE;
            }
            case 't' -> beginLiteral(TRUE, JsonKind.BOOLEAN, next, i);
            case 'f' -> beginLiteral(FALSE, JsonKind.BOOLEAN, next, i);
            case 'n' -> beginLiteral(NULL, JsonKind.NULL, next, i);
            default -> {
                require(ScannedNumber.mayBegin(next), next, i);
                beginValue(JsonKind.INTEGER, next, i);
                number.begin();
                state = IN_NUMBER;
                return readNumber(bytes, i, to);
            }
        }
        tokensEnd = i + 1 + indexToOffset;
        return i + 1;
    }

    private void requireObject(byte first, int at) throws JsonSyntaxException {
        if (first != '{') {
            String actual = first == (byte) 0xEF ? "a byte order mark" : shown(first);
            throw new JsonSyntaxException(
                    "The request body must be a JSON object; it begins with " + actual + " at byte offset "
                            + (at + indexToOffset),
                    null);
        }
        state = VALUE;
    }

    private void beginValue(JsonKind kind, byte first, int at) throws JsonSyntaxException {
        require(state == VALUE || state == FIRST_ELEMENT, first, at);
        value.begin(kind, at + indexToOffset);
    }

    /** A value that is no object or array is complete; {@code behind} is the index behind it. */
    private void endValue(JsonKind kind, int behind, boolean isTrue) throws JsonSyntaxException {
        tokensEnd = behind + indexToOffset;
        state = BEHIND_VALUE;
        value.end(kind, tokensEnd, isTrue);
        tellValue(kind);
    }

    private void tellValue(JsonKind kind) throws JsonSyntaxException {
        JsonMembers told = members;
        if (told != null && tellsMembers()) {
            told.onValue(depth, kind, value);
        }
    }

    private void open(JsonKind kind, byte bracket, int at) throws JsonSyntaxException {
        beginValue(kind, bracket, at);
        if (depth > 0) {
            tellValue(kind);
        }
        if (depth == limits.depth()) {
            throw invalid("more than " + limits.depth() + " objects and arrays within each other", at);
        }
        int word = depth / Long.SIZE;
        if (word == objects.length) {
            objects = Arrays.copyOf(objects, 2 * word);
        }
        long bit = 1L << depth;
        boolean object = kind == JsonKind.OBJECT;
        objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
        depth++;
        state = object ? FIRST_NAME : FIRST_ELEMENT;
    }

    private void close(boolean object, int first, byte bracket, int at) throws JsonSyntaxException {
        if (state == NAME || state == VALUE) {
            throw invalid("a closing bracket behind a comma or colon", at);
        }
        require((state == BEHIND_VALUE || state == first) && isInObject() == object, bracket, at);
        JsonMembers told = members;
        if (told != null && object && tellsMembers()) {
            told.onObjectEnd(depth, tokensEnd, state == first);
        }
        depth--;
        state = depth == 0 ? BEHIND_ROOT : BEHIND_VALUE;
    }

    private int beginString(byte[] bytes, int at, int to) throws JsonSyntaxException {
        boolean told = tellsMembers();
        if (state == NAME || state == FIRST_NAME) {
            state = IN_NAME;
            string.begin(told ? ScannedString.Use.NAME : ScannedString.Use.FOREIGN_NAME, bytes, at + 1);
        } else {
            beginValue(JsonKind.STRING, bytes[at], at);
            state = IN_STRING;
            string.begin(told ? ScannedString.Use.VALUE : ScannedString.Use.MEASURED, bytes, at + 1);
        }
        return readString(bytes, at + 1, to);
    }

    private int readString(byte[] bytes, int from, int to) throws JsonSyntaxException {
        int i = string.read(bytes, from, to);
        String fault = string.fault();
        if (fault != null) {
            throw invalid(fault, i);
        }
        if (i == to) {
            return to;
        }
        if (state == IN_STRING) {
            if (depth > 1) {
                nestedTextBytes += string.textBytes();
            }
            endValue(JsonKind.STRING, i + 1, /* isTrue= */ false);
        } else {
            state = COLON;
            JsonMembers told = members;
            if (told != null && tellsMembers()) {
                told.onName(depth, string.text());
            }
        }
        return i + 1;
    }

    private int readNumber(byte[] bytes, int from, int to) throws JsonSyntaxException {
        int i = number.read(bytes, from, to);
        String fault = number.fault();
        if (fault != null) {
            throw invalid(fault, i);
        }
        if (i < to) {
            require(number.isComplete(), bytes[i], i);
            endValue(number.isInteger() ? JsonKind.INTEGER : JsonKind.DECIMAL, i, /* isTrue= */ false);
        }
        return i;
    }

    private void beginLiteral(byte[] expected, JsonKind kind, byte first, int at) throws JsonSyntaxException {
        beginValue(kind, first, at);
        literal = expected;
        matched = 1;
        state = IN_LITERAL;
    }

    private int readLiteral(byte[] bytes, int from, int to) throws JsonSyntaxException {
        int i = from;
        while (i < to && matched < literal.length) {
            require(bytes[i] == literal[matched], bytes[i], i);
            matched++;
            i++;
        }
        if (matched == literal.length) {
            JsonKind kind = value.kind();
            endValue(kind, i, kind == JsonKind.BOOLEAN && literal.length == TRUE.length);
        }
        return i;
    }

    /** Whether the innermost object or array is an object whose members are told. */
    private boolean tellsMembers() {
        return depth == 1 || (depth == 2 && isObject(2));
    }

    private boolean isInObject() {
        return depth > 0 && isObject(depth);
    }

    private boolean isObject(int atDepth) {
        return (objects[(atDepth - 1) / Long.SIZE] & 1L << (atDepth - 1)) != 0;
    }

    private void require(boolean expected, byte actual, int at) throws JsonSyntaxException {
        if (!expected) {
            throw invalid("unexpected " + shown(actual), at);
        }
    }

    private static String shown(byte b) {
        return b > ' ' && b < 0x7F ? "'" + (char) b + "'" : "byte 0x" + Integer.toHexString(b & 0xFF);
    }

    private JsonSyntaxException invalid(String what, int at) {
        return new JsonSyntaxException(
                "The request body is not valid JSON: " + what + " at byte offset " + (at + indexToOffset), null);
    }
}
