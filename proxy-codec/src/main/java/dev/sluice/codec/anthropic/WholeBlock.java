package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.ToolArguments;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A block of a message that is told whole, while it fills. Thread: event loop. */
final class WholeBlock implements AutoCloseable {

    enum Kind {
        TEXT,
        REFUSAL,
        THINKING,
        REDACTED,
        TOOL
    }

    private record Citation(String url, @Nullable String title) {}

    private final Kind kind;
    private final int call;
    private final String id;
    private final String name;
    /** Its text, or the arguments of a call; released by {@link #close}. */
    private final ByteBuf text;

    private final List<Citation> citations = new ArrayList<>();
    private @Nullable SignatureOrigin origin;
    private byte[] signature = new byte[0];

    WholeBlock(Kind kind, ByteBufAllocator allocator) {
        this(kind, -1, "", "", allocator);
    }

    WholeBlock(Kind kind, int call, String id, String name, ByteBufAllocator allocator) {
        this.kind = kind;
        this.call = call;
        this.id = id;
        this.name = name;
        this.text = allocator.buffer(256);
    }

    Kind kind() {
        return kind;
    }

    boolean isCall(int number) {
        return kind == Kind.TOOL && call == number;
    }

    boolean isSigned() {
        return origin != null;
    }

    void append(byte[] utf8, int from, int to) {
        text.writeBytes(utf8, from, to - from);
    }

    void cite(String url, @Nullable String title) {
        citations.add(new Citation(url, title));
    }

    void sign(SignatureOrigin by, byte[] utf8, int from, int to) {
        origin = by;
        signature = Arrays.copyOfRange(utf8, from, to);
    }

    void write(JsonWriter json) {
        switch (kind) {
            case TEXT, REFUSAL -> writeText(json);
            case THINKING -> {
                json.beginObject().name("type").string("thinking").name("thinking");
                writeString(json);
                json.name("signature");
                writeSignature(json);
                json.endObject();
            }
            case REDACTED -> {
                json.beginObject().name("type").string("redacted_thinking").name("data");
                writeSignature(json);
                json.endObject();
            }
            case TOOL -> writeTool(json);
        }
    }

    @Override
    public void close() {
        text.release();
    }

    private void writeText(JsonWriter json) {
        json.beginObject().name("type").string("text").name("text");
        writeString(json);
        // Absent rather than null, as the provider has it: there are libraries that refuse the null.
        if (!citations.isEmpty()) {
            json.name("citations").beginArray();
            for (Citation citation : citations) {
                AnthropicEvents.writeCitation(json, citation.url(), citation.title());
            }
            json.endArray();
        }
        json.endObject();
    }

    /** Behind an empty thought that carries its signature, if it has one: see {@link AnthropicBlockReader}. */
    private void writeTool(JsonWriter json) {
        if (origin != null) {
            json.beginObject().name("type").string("thinking").name("thinking").string("");
            json.name("signature");
            writeSignature(json);
            json.endObject();
        }
        json.beginObject().name("type").string("tool_use").name("id").string(id);
        json.name("name").string(name).name("input");
        if (text.isReadable()) {
            JsonSlice arguments = JsonSlice.checked(text);
            ToolArguments.write(
                    json, arguments == null ? JsonSlice.string(text.toString(StandardCharsets.UTF_8)) : arguments);
        } else {
            json.beginObject().endObject();
        }
        json.endObject();
    }

    private void writeString(JsonWriter json) {
        byte[] utf8 = new byte[text.readableBytes()];
        text.getBytes(text.readerIndex(), utf8);
        json.beginString().text(utf8, 0, utf8.length).endString();
    }

    private void writeSignature(JsonWriter json) {
        if (origin == null) {
            json.string("");
        } else {
            AnthropicEnding.writeSignature(json, origin, signature, 0, signature.length);
        }
    }
}
