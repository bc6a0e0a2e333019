package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** The arguments of a call, for dialects in which they are an object and never a string. Thread: any. */
public final class ToolArguments {
    /** What a model wrote that is no object, in the only member of one. */
    private static final String BROKEN = "_raw";

    private ToolArguments() {}

    /**
     * Writes {@code arguments}, an object or the text of one, as an object; as they stand, so that numbers and the order
     * of members stay. Nothing, and null, are an empty object; what is none is put into one.
     */
    public static void write(JsonWriter json, JsonSlice arguments) {
        JsonSlice value = arguments.isString() ? parsed(arguments) : arguments;
        if (value == null) {
            json.beginObject().name(BROKEN).slice(arguments).endObject();
        } else if (value.isObject()) {
            json.slice(value);
        } else if (value.isNull()) {
            json.beginObject().endObject();
        } else {
            json.beginObject().name(BROKEN).slice(value).endObject();
        }
    }

    /** What the text of a string is; null when it is not JSON. */
    private static @Nullable JsonSlice parsed(JsonSlice text) {
        ByteBuf unescaped = Unpooled.buffer(text.sizeBytes());
        text.tellText(new JsonReader.Listener() {
            @Override
            public void onValue(int id, JsonReader value) {}

            @Override
            public void onText(int id, byte[] bytes, int from, int to) {
                unescaped.writeBytes(bytes, from, to - from);
            }
        });
        while (unescaped.isReadable()
                && unescaped.getByte(unescaped.readerIndex()) <= ' '
                && unescaped.getByte(unescaped.readerIndex()) >= 0) {
            unescaped.skipBytes(1);
        }
        return unescaped.isReadable() ? JsonSlice.checked(unescaped) : JsonSlice.raw("null");
    }
}
