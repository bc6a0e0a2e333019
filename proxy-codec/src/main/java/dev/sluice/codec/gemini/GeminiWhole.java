package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as one body, or as an array with that body where a stream without events was asked for. Thread: event
 * loop.
 */
final class GeminiWhole implements AnswerEncoder {
    private final ByteBufAllocator allocator;
    private final boolean array;
    private final List<Content> contents = new ArrayList<>(1);
    private String model;
    private String responseId;
    /** The body; released by {@link #close}. */
    private @Nullable ByteBuf out;

    GeminiWhole(AnswerPlan plan, ByteBufAllocator allocator) {
        this.allocator = allocator;
        this.array = plan.endpoint() == Endpoint.GENERATE_CONTENT_ARRAY;
        this.model = plan.model();
        this.responseId = plan.requestId();
    }

    @Override
    public String contentType() {
        return "application/json; charset=UTF-8";
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String named) {
        responseId = id == null ? responseId : id;
        model = named == null ? model : named;
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        content(choice).onText(channel, utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        content(choice).endPart(null);
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        content(choice).spoken.calls().add(new SpokenCall(id, name));
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        content(choice).spoken.calls().get(call).onArguments(utf8, from, to);
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        byte[] signature = GeminiSignature.of(origin, redacted, utf8, from, to);
        if (call != NO_CALL) {
            content(choice).spoken.calls().get(call).onSignature(signature);
        } else {
            content(choice).onSignature(origin, redacted, new String(signature, StandardCharsets.US_ASCII));
        }
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        GeminiJson.source(content(choice).sources(), url, title);
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        content(choice).spoken.onFinish(reason);
    }

    @Override
    public void onEnd(Usage usage) {
        out = allocator.buffer();
        JsonWriter json = new JsonWriter(out);
        if (array) {
            json.beginArray();
        }
        json.beginObject().name("candidates").beginArray();
        content(0);
        for (int choice = 0; choice < contents.size(); choice++) {
            contents.get(choice).write(json, choice);
        }
        json.endArray();
        GeminiJson.usage(json, usage);
        json.name("modelVersion")
                .string(model)
                .name("responseId")
                .string(responseId)
                .endObject();
        if (array) {
            json.endArray();
        }
    }

    @Override
    public @Nullable ByteBuf take() {
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
        for (Content content : contents) {
            content.close();
        }
    }

    private Content content(int choice) {
        while (contents.size() <= choice) {
            contents.add(new Content(allocator.buffer()));
        }
        return contents.get(choice);
    }

    /** The parts of one candidate so far. */
    private static final class Content {
        private final Spoken spoken = new Spoken();
        /** Released by {@link #close}. */
        private final ByteBuf written;

        private final JsonWriter parts;
        private @Nullable JsonWriter sources;
        private boolean open;
        private boolean thought;

        Content(ByteBuf written) {
            this.written = written;
            this.parts = new JsonWriter(written).beginArray();
        }

        void onText(Channel channel, byte[] utf8, int from, int to) {
            if (open && thought != (channel == Channel.REASONING)) {
                endPart(null);
            }
            if (!open) {
                open = true;
                thought = channel == Channel.REASONING;
                parts.beginObject().name("text").beginString();
            }
            parts.text(utf8, from, to);
        }

        void onSignature(SignatureOrigin origin, boolean redacted, String signature) {
            boolean own = origin == SignatureOrigin.GEMINI;
            if (redacted || (open && !thought && !own)) {
                endPart(null);
            }
            if (!open) {
                open = true;
                thought = !own;
                parts.beginObject().name("text").beginString();
            }
            endPart(signature);
        }

        void endPart(@Nullable String signature) {
            if (!open) {
                return;
            }
            open = false;
            parts.endString();
            if (thought) {
                parts.name("thought").bool(true);
            }
            if (signature != null) {
                parts.name("thoughtSignature").string(signature);
            }
            parts.endObject();
        }

        void write(JsonWriter json, int index) {
            endPart(null);
            for (SpokenCall call : spoken.calls()) {
                if (!call.write(parts)) {
                    spoken.onBrokenCall();
                }
            }
            json.beginObject().name("content").beginObject().name("parts");
            parts.endArray();
            json.slice(JsonSlice.of(written));
            json.name("role").string("model").endObject();
            if (sources != null) {
                json.name("groundingMetadata").beginObject().name("groundingChunks");
                json.raw(sources.endArray().toString()).endObject();
            }
            GeminiJson.endCandidate(json, index, spoken.finish());
        }

        JsonWriter sources() {
            if (sources == null) {
                sources = new JsonWriter().beginArray();
            }
            return sources;
        }

        void close() {
            written.release();
        }
    }
}
