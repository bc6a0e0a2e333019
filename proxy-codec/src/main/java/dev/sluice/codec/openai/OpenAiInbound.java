package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** OpenAI's dialect as callers speak it. Thread: any. */
public final class OpenAiInbound implements InboundDialect {

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI;
    }

    @Override
    public RequestReader newRequest(CallPath path, int maxDepth) {
        return new OpenAiRequest(path.endpoint(), maxDepth);
    }

    @Override
    public ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException {
        return OpenAiChatReader.read(path.endpoint(), JsonSlice.of(body));
    }

    @Override
    public EmbeddingRequest readEmbeddings(CallPath path, ByteBuf body) throws MalformedRequestException {
        return OpenAiEmbeddings.read(JsonSlice.of(body));
    }

    @Override
    public AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        if (!plan.stream()) {
            return new OpenAiWhole(plan, allocator);
        }
        return plan.endpoint() == Endpoint.COMPLETIONS
                ? new OpenAiTextChunks(plan, allocator)
                : new OpenAiChunks(plan, allocator);
    }

    @Override
    public ByteBuf writeEmbeddings(Embeddings embeddings, boolean base64, AnswerPlan plan, ByteBufAllocator allocator) {
        return OpenAiEmbeddings.write(embeddings, base64, plan, allocator);
    }

    @Override
    public void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        OpenAiPrompt.read(endpoint, body, parts);
    }

    @Override
    public String errorBody(GatewayError error) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .name("error")
                .beginObject()
                .name("message")
                .string(error.message())
                .name("type")
                .string(type(error.kind()))
                .name("param")
                .string(error.param())
                .name("code")
                .string(error.kind().code());
        if (error.retryAfterSeconds() > 0) {
            json.name("retry_after").number(error.retryAfterSeconds());
        }
        return json.endObject().endObject().toString();
    }

    @Override
    public String errorEvent(GatewayError error) {
        return "data: " + errorBody(error) + "\n\n";
    }

    @Override
    public String modelList(List<ModelEntry> models) {
        JsonWriter json = new JsonWriter()
                .beginObject()
                .name("object")
                .string("list")
                .name("data")
                .beginArray();
        for (ModelEntry model : models) {
            write(json, model);
        }
        return json.endArray().endObject().toString();
    }

    @Override
    public String model(ModelEntry model) {
        return write(new JsonWriter(), model).toString();
    }

    private static JsonWriter write(JsonWriter json, ModelEntry model) {
        return json.beginObject()
                .name("id")
                .string(model.id())
                .name("object")
                .string("model")
                .name("created")
                .number(0)
                .name("owned_by")
                .string(model.ownedBy())
                .endObject();
    }

    /** What the official client libraries know: whose fault it is, roughly. */
    private static String type(ErrorKind kind) {
        return switch (kind) {
            case INVALID_REQUEST,
                    INVALID_API_KEY,
                    MODEL_NOT_ALLOWED,
                    MODEL_NOT_FOUND,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    REQUEST_TIMEOUT,
                    REQUEST_TOO_LARGE,
                    URI_TOO_LONG,
                    UNSUPPORTED_MEDIA_TYPE,
                    EXPECTATION_FAILED,
                    HEADERS_TOO_LARGE -> "invalid_request_error";
            case RATE_LIMITED -> "requests";
            case INTERNAL,
                    NOT_IMPLEMENTED,
                    UPSTREAM_ERROR,
                    UPSTREAM_AUTH,
                    OVERLOADED,
                    METERING_UNAVAILABLE,
                    AUTH_UNAVAILABLE,
                    UPSTREAM_TIMEOUT,
                    VERSION_NOT_SUPPORTED -> "server_error";
        };
    }
}
