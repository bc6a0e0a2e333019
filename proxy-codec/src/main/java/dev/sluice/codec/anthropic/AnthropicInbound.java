package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.ChatRequest;
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
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** Anthropic's dialect as callers speak it. Thread: any. */
public final class AnthropicInbound implements InboundDialect {
    /** Nobody knows when a model was made; clients insist on a date. */
    private static final String CREATED_AT = "1970-01-01T00:00:00Z";

    private static final int PAYMENT_REQUIRED = 402;

    @Override
    public String name() {
        return "anthropic";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.ANTHROPIC;
    }

    @Override
    public RequestReader newRequest(CallPath path, int maxDepth) {
        return new AnthropicRequest(path.endpoint(), maxDepth);
    }

    /** A prompt that cannot be understood has no parts; whoever serves the request will say what is wrong with it. */
    @Override
    public void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        ChatRequest request;
        try {
            request = AnthropicChatReader.read(body);
        } catch (MalformedRequestException e) {
            return;
        }
        ChatPrompt.tell(request, parts);
    }

    @Override
    public ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException {
        return AnthropicChatReader.read(body);
    }

    @Override
    public long conversation(CallPath path, ByteBuf body) {
        return AnthropicConversation.PLACES.hash(body);
    }

    @Override
    public AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        return plan.stream() ? new AnthropicStreamEncoder(plan, allocator) : new AnthropicWholeEncoder(plan, allocator);
    }

    @Override
    public String tokenCount(long tokens) {
        return new JsonWriter()
                .beginObject()
                .name("input_tokens")
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
        return body(error);
    }

    @Override
    public String errorEvent(GatewayError error) {
        return event(error);
    }

    @Override
    public String modelList(List<ModelEntry> models) {
        JsonWriter json = new JsonWriter().beginObject().name("data").beginArray();
        for (ModelEntry model : models) {
            write(json, model);
        }
        json.endArray().name("has_more").bool(false);
        json.name("first_id").string(models.isEmpty() ? null : models.get(0).id());
        json.name("last_id")
                .string(models.isEmpty() ? null : models.get(models.size() - 1).id());
        return json.endObject().toString();
    }

    @Override
    public String model(ModelEntry model) {
        return write(new JsonWriter(), model).toString();
    }

    /** An event that tells of an error. */
    static String event(GatewayError error) {
        return "event: error\ndata: " + body(error) + "\n\n";
    }

    private static String body(GatewayError error) {
        JsonWriter json = new JsonWriter().beginObject().name("type").string("error");
        json.name("error").beginObject().name("type").string(type(error.kind()));
        json.name("message").string(error.message());
        if (error.retryAfterSeconds() > 0) {
            json.name("retry_after").number(error.retryAfterSeconds());
        }
        return json.endObject().endObject().toString();
    }

    private static JsonWriter write(JsonWriter json, ModelEntry model) {
        return json.beginObject()
                .name("type")
                .string("model")
                .name("id")
                .string(model.id())
                .name("display_name")
                .string(model.id())
                .name("created_at")
                .string(CREATED_AT)
                .endObject();
    }

    /** What the official client libraries know. */
    private static String type(ErrorKind kind) {
        return switch (kind) {
            case INVALID_REQUEST,
                    METHOD_NOT_ALLOWED,
                    CONFLICT,
                    URI_TOO_LONG,
                    UNSUPPORTED_MEDIA_TYPE,
                    EXPECTATION_FAILED,
                    HEADERS_TOO_LARGE,
                    VERSION_NOT_SUPPORTED -> "invalid_request_error";
            case INVALID_API_KEY -> "authentication_error";
            case MODEL_NOT_ALLOWED, NOT_ALLOWED -> "permission_error";
            case MODEL_NOT_FOUND, NOT_FOUND -> "not_found_error";
            case REQUEST_TOO_LARGE -> "request_too_large";
            case RATE_LIMITED, TOKENS_LIMITED -> "rate_limit_error";
            case BUDGET_EXCEEDED -> "billing_error";
            case REQUEST_TIMEOUT, UPSTREAM_TIMEOUT -> "timeout_error";
            case OVERLOADED, METERING_UNAVAILABLE, AUTH_UNAVAILABLE -> "overloaded_error";
            case INTERNAL, NOT_IMPLEMENTED, UPSTREAM_ERROR, UPSTREAM_AUTH -> "api_error";
        };
    }
}
