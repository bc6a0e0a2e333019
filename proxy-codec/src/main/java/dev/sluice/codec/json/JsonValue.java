package dev.sluice.codec.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Details of the value that {@link JsonMembers#onValue} is being told about; not valid after that call.
 *
 * <p>Thread: event loop.
 */
public final class JsonValue {
    private final SegmentParser tokens;
    private final StringSieve sieve;

    JsonValue(SegmentParser tokens, StringSieve sieve) {
        this.tokens = tokens;
        this.sieve = sieve;
    }

    /** Offset of its first byte. */
    public int start() {
        return tokens.valueStart();
    }

    /** Offset behind its last byte, of a string, a boolean or null. */
    public int end() {
        JsonToken token = tokens.parser().currentToken();
        return switch (token) {
            case VALUE_TRUE, VALUE_NULL -> start() + 4;
            case VALUE_FALSE -> start() + 5;
            case VALUE_STRING -> tokens.offset();
            default -> throw new IllegalStateException("no end is known of " + token);
        };
    }

    /** Whether the boolean is true; false for values of other kinds. */
    public boolean isTrue() {
        return tokens.parser().currentToken() == JsonToken.VALUE_TRUE;
    }

    /** Whether the string is short enough for {@link #text}. */
    public boolean hasWholeText() {
        return !sieve.withheldAny();
    }

    /** The string, unescaped. */
    public String text() {
        if (!hasWholeText()) {
            throw new IllegalStateException("only the beginning of the string was kept");
        }
        try {
            return tokens.parser().getText();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** UTF-8 size, unescaped, of the string, however long it is. */
    public int textBytes() {
        JsonParser parser = tokens.parser();
        try {
            return Utf8Size.of(parser.getTextCharacters(), parser.getTextOffset(), parser.getTextLength())
                    + sieve.withheldTextBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the integer is one that {@link #longValue} can return. */
    public boolean fitsLong() {
        try {
            return tokens.parser().getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The integer. */
    public long longValue() {
        try {
            return tokens.parser().getLongValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
