package dev.sluice.codec.json;

/**
 * Details of the value that {@link JsonMembers#onValue} is being told about; not valid after that call.
 *
 * <p>Thread: event loop.
 */
public final class JsonValue {
    private final ScannedString string;
    private final ScannedNumber number;
    private JsonKind kind = JsonKind.NULL;
    private int start;
    private int end;
    private boolean isTrue;

    JsonValue(ScannedString string, ScannedNumber number) {
        this.string = string;
        this.number = number;
    }

    /** A value begins at the offset {@code from}. */
    void begin(JsonKind what, int from) {
        kind = what;
        start = from;
        isTrue = false;
    }

    /** It ends before the offset {@code behind}; of a number it is known what it is. */
    void end(JsonKind what, int behind, boolean wasTrue) {
        kind = what;
        end = behind;
        isTrue = wasTrue;
    }

    JsonKind kind() {
        return kind;
    }

    /** Offset of its first byte. */
    public int start() {
        return start;
    }

    /** Offset behind its last byte; of an object or array it is not known yet. */
    public int end() {
        if (kind == JsonKind.OBJECT || kind == JsonKind.ARRAY) {
            throw new IllegalStateException("no end is known of " + kind.phrase());
        }
        return end;
    }

    /** Whether the boolean is true; false for values of other kinds. */
    public boolean isTrue() {
        return isTrue;
    }

    /** Whether the string is short enough for {@link #text}. */
    public boolean hasWholeText() {
        return string.hasWholeText();
    }

    /** The string, unescaped; one that came lately is the same object again. */
    public String text() {
        return string.text();
    }

    /** UTF-8 size, unescaped, of the string, however long it is. */
    public int textBytes() {
        return string.textBytes();
    }

    /** Whether the integer is one that {@link #longValue} can return. */
    public boolean fitsLong() {
        return number.fitsLong();
    }

    /** The integer. */
    public long longValue() {
        return number.longValue();
    }
}
