package dev.sluice.codec.ollama;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The call that is being read: it comes whole, with its members in any order, and is told when it is complete. Thread:
 * event loop.
 */
final class OllamaCall {
    private @Nullable String id;
    private @Nullable String name;
    /** Garbage-collected. */
    private final ByteBuf arguments = Unpooled.buffer();

    /** How many have been told: its number within the answer. */
    private int told;

    void onId(JsonReader value) {
        id = text(value);
    }

    void onName(JsonReader value) {
        name = text(value);
    }

    void onArguments(byte[] bytes, int from, int to) {
        arguments.writeBytes(bytes, from, to - from);
    }

    /** The call is complete; whether it was one. */
    boolean tellTo(ChatEvents events) {
        String called = name;
        if (called != null) {
            int call = told++;
            events.onToolCall(0, call, id, called);
            if (arguments.isReadable()) {
                events.onArguments(0, call, arguments.array(), 0, arguments.writerIndex());
            }
        }
        forget();
        return called != null;
    }

    /** What has been read is not to be told. */
    void forget() {
        id = null;
        name = null;
        arguments.clear();
    }

    private static @Nullable String text(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : null;
    }
}
