package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.ChatPrompt;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.WireFormat;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** Gemini's dialect as callers speak it. Thread: any. */
public final class GeminiInbound implements InboundDialect {
    private static final List<String> METHODS =
            List.of("generateContent", "streamGenerateContent", "countTokens", "embedContent", "batchEmbedContents");

    private static final int PAYMENT_REQUIRED = 402;

    @Override
    public String name() {
        return "gemini";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.GEMINI;
    }

    @Override
    public RequestReader newRequest(CallPath path, int maxDepth) {
        return new GeminiRequest(path, maxDepth);
    }

    /** A prompt that could not be translated is none that could be counted: what of it is understood is not told. */
    @Override
    public void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        JsonSlice request = JsonSlice.of(body);
        try {
            if (endpoint.operation() == Endpoint.Operation.EMBED) {
                EmbeddingRequest embeddings = GeminiTexts.read(request);
                for (JsonSlice input : embeddings.inputs()) {
                    tell(input, parts);
                }
                return;
            }
            JsonSlice counted = GeminiNames.member(request, "generateContentRequest");
            ChatPrompt.tell(GeminiChatReader.read(counted == null ? request : counted, /* stream= */ false), parts);
        } catch (MalformedRequestException e) {
            parts.onUnknownPart();
        }
    }

    @Override
    public ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException {
        return GeminiChatReader.read(JsonSlice.of(body), path.stream());
    }

    @Override
    public long conversation(CallPath path, ByteBuf body) {
        return GeminiConversation.of(path.endpoint()).hash(body);
    }

    @Override
    public EmbeddingRequest readEmbeddings(CallPath path, ByteBuf body) throws MalformedRequestException {
        return GeminiTexts.read(JsonSlice.of(body));
    }

    @Override
    public AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        return plan.stream() ? new GeminiEvents(plan, allocator) : new GeminiWhole(plan, allocator);
    }

    @Override
    public ByteBuf writeEmbeddings(Embeddings embeddings, boolean base64, AnswerPlan plan, ByteBufAllocator allocator) {
        return GeminiVectors.write(embeddings, plan.endpoint() == Endpoint.BATCH_EMBED_CONTENTS, allocator);
    }

    @Override
    public String tokenCount(long tokens) {
        return new JsonWriter()
                .beginObject()
                .name("totalTokens")
                .number(tokens)
                .endObject()
                .toString();
    }

    /** Its clients try again after a 429, which an empty budget is not filled by. */
    @Override
    public int status(GatewayError error) {
        return error.kind() == ErrorKind.BUDGET_EXCEEDED
                ? PAYMENT_REQUIRED
                : error.kind().httpStatus();
    }

    @Override
    public String errorBody(GatewayError error) {
        JsonWriter json = new JsonWriter().beginObject().name("error").beginObject();
        json.name("code").number(status(error));
        json.name("message").string(error.message());
        json.name("status").string(status(error.kind()));
        if (error.param() != null || error.retryAfterSeconds() > 0) {
            writeDetails(json.name("details").beginArray(), error);
            json.endArray();
        }
        return json.endObject().endObject().toString();
    }

    @Override
    public String errorEvent(GatewayError error) {
        return "data: " + errorBody(error) + "\r\n\r\n";
    }

    @Override
    public String modelList(List<ModelEntry> models) {
        JsonWriter json = new JsonWriter().beginObject().name("models").beginArray();
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
        json.beginObject()
                .name("name")
                .string("models/" + model.id())
                .name("displayName")
                .string(model.id())
                .name("supportedGenerationMethods")
                .beginArray();
        for (String method : METHODS) {
            json.string(method);
        }
        return json.endArray().endObject();
    }

    private static void writeDetails(JsonWriter json, GatewayError error) {
        if (error.param() != null) {
            json.beginObject().name("@type").string("type.googleapis.com/google.rpc.BadRequest");
            json.name("fieldViolations").beginArray().beginObject();
            json.name("field").string(error.param()).name("description").string(error.message());
            json.endObject().endArray().endObject();
        }
        if (error.retryAfterSeconds() > 0) {
            json.beginObject().name("@type").string("type.googleapis.com/google.rpc.RetryInfo");
            json.name("retryDelay").string(error.retryAfterSeconds() + "s").endObject();
        }
    }

    /** Google's canonical codes. */
    private static String status(ErrorKind kind) {
        return switch (kind) {
            case INVALID_REQUEST,
                    METHOD_NOT_ALLOWED,
                    REQUEST_TOO_LARGE,
                    URI_TOO_LONG,
                    UNSUPPORTED_MEDIA_TYPE,
                    EXPECTATION_FAILED,
                    HEADERS_TOO_LARGE,
                    VERSION_NOT_SUPPORTED -> "INVALID_ARGUMENT";
            case INVALID_API_KEY -> "UNAUTHENTICATED";
            case MODEL_NOT_ALLOWED, NOT_ALLOWED -> "PERMISSION_DENIED";
            case MODEL_NOT_FOUND, NOT_FOUND -> "NOT_FOUND";
            case CONFLICT -> "ALREADY_EXISTS";
            case REQUEST_TIMEOUT, UPSTREAM_TIMEOUT -> "DEADLINE_EXCEEDED";
            case RATE_LIMITED, TOKENS_LIMITED, BUDGET_EXCEEDED -> "RESOURCE_EXHAUSTED";
            case INTERNAL, UPSTREAM_ERROR, UPSTREAM_AUTH -> "INTERNAL";
            case NOT_IMPLEMENTED -> "UNIMPLEMENTED";
            case OVERLOADED, METERING_UNAVAILABLE, AUTH_UNAVAILABLE -> "UNAVAILABLE";
        };
    }

    private static void tell(JsonSlice text, PromptParts parts) {
        text.tellText(new JsonReader.Listener() {
            @Override
            public void onValue(int id, JsonReader value) {}

            @Override
            public void onText(int id, byte[] bytes, int from, int to) {
                parts.onText(bytes, from, to);
            }
        });
        parts.onTextEnd();
    }
}
