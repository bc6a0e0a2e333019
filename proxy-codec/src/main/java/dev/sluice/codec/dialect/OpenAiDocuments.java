package dev.sluice.codec.dialect;

import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.codec.json.JsonWriter;
import java.util.List;

/**
 * What the gateway itself says to callers of OpenAI's dialects, which are the same in chat completions and in Responses:
 * errors and models. Thread: any.
 */
public final class OpenAiDocuments {
    private OpenAiDocuments() {}

    /** The body of an error answer. */
    public static String errorBody(GatewayError error) {
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

    /** The body of the list of models. */
    public static String modelList(List<ModelEntry> models) {
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

    /** The body that describes one model. */
    public static String model(ModelEntry model) {
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
                    NOT_ALLOWED,
                    MODEL_NOT_FOUND,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    REQUEST_TIMEOUT,
                    CONFLICT,
                    REQUEST_TOO_LARGE,
                    URI_TOO_LONG,
                    UNSUPPORTED_MEDIA_TYPE,
                    EXPECTATION_FAILED,
                    HEADERS_TOO_LARGE -> "invalid_request_error";
            case RATE_LIMITED -> "requests";
            case TOKENS_LIMITED -> "tokens";
            case BUDGET_EXCEEDED -> "insufficient_quota";
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
