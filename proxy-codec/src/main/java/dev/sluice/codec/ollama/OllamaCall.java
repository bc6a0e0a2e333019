package dev.sluice.codec.ollama;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The call that is being read: it comes whole, with its members in any order, and is told when it is complete. Thread:
 * event loop.
 */
final class OllamaCall {
    private @Nullable String id;
    private @Nullable String name;
    private byte[] arguments = {};
    private int length;

    /** How many have been told: its number within the answer. */
    private int told;

    void onId(JsonReader value) {
        id = text(value);
    }

    void onName(JsonReader value) {
        name = text(value);
    }

    void onArguments(byte[] bytes, int from, int to) {
        int added = to - from;
        if (length + added > arguments.length) {
            arguments = Arrays.copyOf(arguments, Math.max(2 * arguments.length, length + added));
        }
        System.arraycopy(bytes, from, arguments, length, added);
        length += added;
    }

    /** The call is complete; whether it was one. */
    boolean tellTo(ChatEvents events) {
        String called = name;
        if (called != null) {
            int call = told++;
            events.onToolCall(0, call, id, called);
            if (length > 0) {
                events.onArguments(0, call, arguments, 0, length);
            }
        }
        forget();
        return called != null;
    }

    /** What has been read is not to be told. */
    void forget() {
        id = null;
        name = null;
        length = 0;
    }

    private static @Nullable String text(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : null;
    }
}
