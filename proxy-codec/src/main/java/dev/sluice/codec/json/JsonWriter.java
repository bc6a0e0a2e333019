package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON as UTF-8: errors and lists of the gateway's own, requests and answers in another dialect than they came
 * in. Commas and escapes are its business, nesting is the caller's. Allocates nothing for each value.
 *
 * <p>Half a surrogate pair, which has no UTF-8, is written as an escape, so that it can still meet its other half.
 * Thread: any, one at a time.
 */
public final class JsonWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private ByteBuf out;
    private boolean needsComma;

    /** Writes a small document for {@link #toString}. */
    public JsonWriter() {
        this(Unpooled.buffer(256));
    }

    /** @param out what is written to; borrows it until {@link #reset} */
    public JsonWriter(ByteBuf out) {
        this.out = out;
    }

    /** Another document begins, in {@code out}; borrows it. */
    public JsonWriter reset(ByteBuf target) {
        out = target;
        needsComma = false;
        return this;
    }

    public JsonWriter beginObject() {
        return begin('{');
    }

    public JsonWriter endObject() {
        return end('}');
    }

    public JsonWriter beginArray() {
        return begin('[');
    }

    public JsonWriter endArray() {
        return end(']');
    }

    /** The name of the next value. */
    public JsonWriter name(String name) {
        separate();
        quote(name);
        out.writeByte(':');
        needsComma = false;
        return this;
    }

    public JsonWriter string(@Nullable String value) {
        separate();
        if (value == null) {
            ByteBufUtil.writeAscii(out, "null");
        } else {
            quote(value);
        }
        return this;
    }

    public JsonWriter number(long value) {
        separate();
        writeNumber(value);
        return this;
    }

    public JsonWriter bool(boolean value) {
        separate();
        ByteBufUtil.writeAscii(out, value ? "true" : "false");
        return this;
    }

    public JsonWriter nullValue() {
        return string(null);
    }

    /** A value as it stands. */
    public JsonWriter slice(JsonSlice value) {
        separate();
        value.writeTo(out);
        return this;
    }

    /** A value that is JSON already. */
    public JsonWriter raw(String json) {
        separate();
        ByteBufUtil.writeUtf8(out, json);
        return this;
    }

    /** The text of the string {@code value}, unescaped, as a value: for JSON that travels in a string. */
    public JsonWriter unwrapped(JsonSlice value) {
        separate();
        value.tellText(new Unwrapper(this));
        return this;
    }

    /** A string that is the JSON of {@code value}, as it stands. */
    public JsonWriter wrapped(JsonSlice value) {
        beginString();
        byte[] json = value.json().getBytes(StandardCharsets.UTF_8);
        return text(json, 0, json.length).endString();
    }

    /** A string begins, whose text follows by {@link #text}. */
    public JsonWriter beginString() {
        separate();
        out.writeByte('"');
        return this;
    }

    public JsonWriter endString() {
        out.writeByte('"');
        return this;
    }

    /** A piece of the string that has begun, escaped as need be. */
    public JsonWriter text(byte[] utf8, int from, int to) {
        int done = from;
        for (int i = from; i < to; i++) {
            byte next = utf8[i];
            if (next >= ' ' && next != '"' && next != '\\') {
                continue;
            }
            if (next < 0 && !isHalf(utf8, i, to)) {
                continue;
            }
            out.writeBytes(utf8, done, i - done);
            if (next < 0) {
                escapeHalf(utf8, i);
                i += 2;
            } else {
                escape(next);
            }
            done = i + 1;
        }
        out.writeBytes(utf8, done, to - done);
        return this;
    }

    /** A piece of the string that has begun, escaped as need be. */
    public JsonWriter text(String piece) {
        int done = 0;
        int length = piece.length();
        for (int i = 0; i < length; i++) {
            char next = piece.charAt(i);
            boolean plain = next >= ' ' && next != '"' && next != '\\' && !Character.isSurrogate(next);
            if (plain) {
                continue;
            }
            if (Character.isHighSurrogate(next) && i + 1 < length && Character.isLowSurrogate(piece.charAt(i + 1))) {
                i++;
                continue;
            }
            ByteBufUtil.writeUtf8(out, piece, done, i);
            escape(next);
            done = i + 1;
        }
        ByteBufUtil.writeUtf8(out, piece, done, length);
        return this;
    }

    /** A piece of the string that has begun: the text of the string {@code value}, its escapes as they are. */
    public JsonWriter text(JsonSlice value) {
        return text(value, 0);
    }

    /** The same without its first {@code skip} bytes. */
    public JsonWriter text(JsonSlice value, int skip) {
        value.writeContentTo(out, skip);
        return this;
    }

    /** The document so far. */
    @Override
    public String toString() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private JsonWriter begin(char bracket) {
        separate();
        out.writeByte(bracket);
        needsComma = false;
        return this;
    }

    private JsonWriter end(char bracket) {
        out.writeByte(bracket);
        needsComma = true;
        return this;
    }

    private void separate() {
        if (needsComma) {
            out.writeByte(',');
        }
        needsComma = true;
    }

    private void quote(String value) {
        out.writeByte('"');
        text(value);
        out.writeByte('"');
    }

    private void escape(int unit) {
        out.writeByte('\\');
        switch (unit) {
            case '"', '\\' -> out.writeByte(unit);
            case '\n' -> out.writeByte('n');
            case '\r' -> out.writeByte('r');
            case '\t' -> out.writeByte('t');
            default -> {
                out.writeByte('u');
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.writeByte(HEX[unit >> shift & 15]);
                }
            }
        }
    }

    /** Whether half a surrogate pair stands at {@code i}: the three bytes that it would have if UTF-8 allowed them. */
    private static boolean isHalf(byte[] utf8, int i, int to) {
        return utf8[i] == (byte) 0xED && i + 2 < to && (utf8[i + 1] & 0xE0) == 0xA0;
    }

    private void escapeHalf(byte[] utf8, int i) {
        escape(0xD000 | ((utf8[i + 1] & 0x3F) << 6) | (utf8[i + 2] & 0x3F));
    }

    private void writeNumber(long value) {
        if (value < 0) {
            ByteBufUtil.writeAscii(out, Long.toString(value));
            return;
        }
        long divisor = 1;
        while (value / divisor >= 10) {
            divisor *= 10;
        }
        for (; divisor > 0; divisor /= 10) {
            out.writeByte((int) ('0' + value / divisor % 10));
        }
    }

    /** Writes text as it comes, but for halves of pairs: where the text is JSON, those are in strings. */
    private record Unwrapper(JsonWriter json) implements JsonReader.Listener {
        @Override
        public void onValue(int id, JsonReader value) {}

        @Override
        public void onText(int id, byte[] bytes, int from, int to) {
            int done = from;
            for (int i = from; i < to; i++) {
                if (isHalf(bytes, i, to)) {
                    json.out.writeBytes(bytes, done, i - done);
                    json.escapeHalf(bytes, i);
                    i += 2;
                    done = i + 1;
                }
            }
            json.out.writeBytes(bytes, done, to - done);
        }
    }
}
