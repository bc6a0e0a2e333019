package dev.sluice.codec.openai;

import dev.sluice.codec.json.JsonWriter;
import java.util.Arrays;

/** A text that grows. Thread: event loop. */
final class TextBytes {
    private byte[] bytes = new byte[64];
    private int length;

    static TextBytes of(byte[] utf8, int from, int to) {
        TextBytes text = new TextBytes();
        text.add(utf8, from, to);
        return text;
    }

    void add(byte[] utf8, int from, int to) {
        int added = to - from;
        if (length + added > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + added));
        }
        System.arraycopy(utf8, from, bytes, length, added);
        length += added;
    }

    int length() {
        return length;
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** The text as a value. */
    void write(JsonWriter json) {
        write(json, 0, length);
    }

    /** A part of it as a value. */
    void write(JsonWriter json, int from, int to) {
        json.beginString().text(bytes, from, to).endString();
    }

    void writeOrNull(JsonWriter json) {
        if (isEmpty()) {
            json.nullValue();
        } else {
            write(json);
        }
    }
}
