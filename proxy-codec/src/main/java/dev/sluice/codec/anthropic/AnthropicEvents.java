package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of a stream, of which one block at a time is open, and collects them until they are taken. Thread:
 * event loop.
 */
final class AnthropicEvents implements AutoCloseable {
    static final String CONTENT_TYPE = "text/event-stream; charset=utf-8";

    private static final int FIRST_BYTES = 1024;
    private static final byte[] PING = ascii("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    private static final byte[] STOP = ascii("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    private static final byte[] DELTA_END = ascii("\"}}\n\n");
    private static final byte[] EVENT_END = ascii("\n\n");

    /** The text of a delta, by the kind of block. */
    enum Kind {
        TEXT("text_delta", "text"),
        THINKING("thinking_delta", "thinking"),
        TOOL("input_json_delta", "partial_json");

        private final String delta;
        private final String member;

        Kind(String delta, String member) {
            this.delta = delta;
            this.member = member;
        }
    }

    private final ByteBufAllocator allocator;
    private final JsonWriter json = new JsonWriter();
    /** The block that is open, or comes next. */
    private int index;
    /** What each delta of the open block begins with. */
    private byte[] deltaBegin = {};
    /** What has not been taken; released by {@link #close}. */
    private @Nullable ByteBuf out;

    AnthropicEvents(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    void messageStart(String id, String model, AnswerPlan plan) {
        begin("message_start").name("message").beginObject();
        json.name("id").string(id).name("type").string("message").name("role").string("assistant");
        json.name("model").string(model).name("content").beginArray().endArray();
        json.name("stop_reason").nullValue().name("stop_sequence").nullValue();
        json.name("usage").beginObject();
        json.name("input_tokens").number(Math.max(0, plan.promptTokens()));
        json.name("cache_creation_input_tokens").number(0);
        json.name("cache_read_input_tokens").number(0);
        json.name("output_tokens").number(0).endObject().endObject();
        end();
        buffer().writeBytes(PING);
    }

    void beginText() {
        beginBlock(Kind.TEXT).string("text").name("text").string("");
        endBegin();
    }

    void beginThinking() {
        beginBlock(Kind.THINKING).string("thinking").name("thinking").string("");
        json.name("signature").string("");
        endBegin();
    }

    void beginTool(String id, String name) {
        beginBlock(Kind.TOOL)
                .string("tool_use")
                .name("id")
                .string(id)
                .name("name")
                .string(name);
        json.name("input").beginObject().endObject();
        endBegin();
    }

    /** The next piece of the open block's text; allocates nothing. */
    void delta(byte[] utf8, int from, int to) {
        ByteBuf buffer = buffer();
        buffer.writeBytes(deltaBegin);
        json.reset(buffer).text(utf8, from, to);
        buffer.writeBytes(DELTA_END);
    }

    void signature(SignatureOrigin origin, byte[] utf8, int from, int to) {
        beginDelta("signature_delta").name("signature");
        AnthropicEnding.writeSignature(json, origin, utf8, from, to);
        json.endObject();
        end();
    }

    void citation(String url, @Nullable String title) {
        beginDelta("citations_delta").name("citation");
        writeCitation(json, url, title);
        json.endObject();
        end();
    }

    void redacted(SignatureOrigin origin, byte[] utf8, int from, int to) {
        begin("content_block_start")
                .name("index")
                .number(index)
                .name("content_block")
                .beginObject();
        json.name("type").string("redacted_thinking").name("data");
        AnthropicEnding.writeSignature(json, origin, utf8, from, to);
        json.endObject();
        end();
        endBlock();
    }

    void endBlock() {
        endBlock(index++);
    }

    void endBlock(int block) {
        begin("content_block_stop").name("index").number(block);
        end();
    }

    /** Begins the last event but one, within its {@code delta}; {@link #endMessage} ends it. */
    JsonWriter beginMessageDelta() {
        return begin("message_delta").name("delta").beginObject();
    }

    void endMessage() {
        end();
        stop();
    }

    void stop() {
        buffer().writeBytes(STOP);
    }

    /** An event that is written elsewhere. */
    void write(String event) {
        buffer().writeBytes(event.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives what has been written since the last call. */
    @Nullable
    ByteBuf take() {
        ByteBuf taken = out;
        out = null;
        return taken;
    }

    @Override
    public void close() {
        if (out != null) {
            out.release();
            out = null;
        }
    }

    static void writeCitation(JsonWriter json, String url, @Nullable String title) {
        json.beginObject().name("type").string("web_search_result_location");
        json.name("url").string(url).name("title").string(title);
        json.name("encrypted_index").string("").name("cited_text").string("").endObject();
    }

    private JsonWriter beginBlock(Kind kind) {
        deltaBegin = ascii("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" + index
                + ",\"delta\":{\"type\":\"" + kind.delta + "\",\"" + kind.member + "\":\"");
        return begin("content_block_start")
                .name("index")
                .number(index)
                .name("content_block")
                .beginObject()
                .name("type");
    }

    private void endBegin() {
        json.endObject();
        end();
    }

    private JsonWriter beginDelta(String type) {
        return begin("content_block_delta")
                .name("index")
                .number(index)
                .name("delta")
                .beginObject()
                .name("type")
                .string(type);
    }

    private JsonWriter begin(String type) {
        ByteBuf buffer = buffer();
        buffer.writeBytes(ascii("event: " + type + "\ndata: "));
        return json.reset(buffer).beginObject().name("type").string(type);
    }

    private void end() {
        json.endObject();
        buffer().writeBytes(EVENT_END);
    }

    private ByteBuf buffer() {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = allocator.buffer(FIRST_BYTES);
            out = buffer;
        }
        return buffer;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
