package dev.sluice.codec.gemini;

import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A call that the answer makes, kept until it is complete: Gemini has arguments only as a whole. Thread: event loop. */
final class SpokenCall {
    private final @Nullable String id;
    private final String name;
    private final ByteBuf arguments = Unpooled.buffer(64);
    private @Nullable String signature;

    SpokenCall(@Nullable String id, String name) {
        this.id = id;
        this.name = name;
    }

    void onArguments(byte[] utf8, int from, int to) {
        arguments.writeBytes(utf8, from, to - from);
    }

    boolean hasArguments() {
        return arguments.isReadable();
    }

    void onSignature(byte[] ascii) {
        signature = new String(ascii, StandardCharsets.US_ASCII);
    }

    /** Writes it as a part; false, with nothing written, when its arguments are no object. */
    boolean write(JsonWriter json) {
        JsonSlice args = arguments.isReadable() ? JsonSlice.checked(arguments) : JsonSlice.raw("{}");
        if (args == null || !args.isObject()) {
            return false;
        }
        joinLines();
        json.beginObject().name("functionCall").beginObject();
        if (id != null) {
            json.name("id").string(id);
        }
        json.name("name").string(name).name("args").slice(args).endObject();
        if (signature != null) {
            json.name("thoughtSignature").string(signature);
        }
        json.endObject();
        return true;
    }

    /** Between the values of JSON a line may end, and with it would the line of an event. */
    private void joinLines() {
        for (int i = arguments.readerIndex(); i < arguments.writerIndex(); i++) {
            byte next = arguments.getByte(i);
            if (next == '\n' || next == '\r') {
                arguments.setByte(i, ' ');
            }
        }
    }
}
