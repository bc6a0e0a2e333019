package dev.sluice.codec.responses;

import dev.sluice.codec.chat.ChatRequest;
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
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** OpenAI's Responses as callers speak it. Thread: any. */
public final class ResponsesInbound implements InboundDialect {

    @Override
    public String name() {
        return "responses";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI_RESPONSES;
    }

    @Override
    public RequestReader newRequest(CallPath path, int maxDepth) {
        return new ResponsesRequest(maxDepth);
    }

    @Override
    public ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException {
        return ResponsesChat.read(body);
    }

    @Override
    public void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts) {
        ResponsesChat.tellPrompt(body, parts);
    }

    @Override
    public AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        return new ResponsesEncoder(plan, allocator);
    }

    @Override
    public String errorBody(GatewayError error) {
        JsonWriter json = new JsonWriter().beginObject().name("error").beginObject();
        json.name("message").string(error.message()).name("type").string(type(error.kind()));
        json.name("param")
                .string(error.param())
                .name("code")
                .string(error.kind().code());
        if (error.retryAfterSeconds() > 0) {
            json.name("retry_after").number(error.retryAfterSeconds());
        }
        return json.endObject().endObject().toString();
    }

    /**
     * Flat, as specified: the official libraries hand on this form as an event, and break off at the nested one. Where in
     * the stream it stands is not known here, so its number is 0.
     */
    @Override
    public String errorEvent(GatewayError error) {
        JsonWriter json = new JsonWriter().beginObject().name("type").string("error");
        json.name("sequence_number").number(0).name("code").string(error.kind().code());
        json.name("message").string(error.message()).name("param").string(error.param());
        return "event: error\ndata: " + json.endObject() + "\n\n";
    }

    @Override
    public String modelList(List<ModelEntry> models) {
        JsonWriter json = new JsonWriter().beginObject().name("object").string("list");
        json.name("data").beginArray();
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
        json.beginObject().name("id").string(model.id()).name("object").string("model");
        return json.name("created")
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
