package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.ErrorText;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.json.JsonReader;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a provider said went wrong, in whatever form its host says so, and what that is in the catalogue's terms.
 *
 * <p>What the provider says about its own keys, quotas and accounts is the operator's business and never shown: the
 * caller gets a fixed sentence. Thread: event loop.
 */
final class OpenAiError {
    private static final int MAX_MESSAGE_CHARS = 300;
    private static final int MAX_PARAM_CHARS = 100;

    private @Nullable String message;
    /** How good a place the message was found at; a better one replaces it. */
    private int messageRank;

    private @Nullable String type;
    private @Nullable String code;
    private @Nullable String param;
    private @Nullable String finish;
    /** An HTTP status named by the error itself, or 0. */
    private int status;

    /** Reads the body of an error answer, JSON or not; borrows it. */
    static OpenAiError read(ByteBuf body) {
        OpenAiError error = new OpenAiError();
        JsonReader reader = new JsonReader(OpenAiShapes.ERROR_BODY, error::onValue);
        reader.feed(body, body.readerIndex(), body.readableBytes());
        boolean json = reader.end() || reader.rootKind() == JsonReader.Kind.OBJECT;
        if (!json) {
            int length = Math.min(body.readableBytes(), 4 * MAX_MESSAGE_CHARS);
            String text = body.toString(body.readerIndex(), length, StandardCharsets.UTF_8)
                    .strip();
            // A page of HTML is some proxy's, and helps nobody.
            if (!text.isEmpty() && text.charAt(0) != '<') {
                error.message = text;
            }
        }
        return error;
    }

    /** A value at one of the places of an error; also called for answers, which name a type or a code rarely. */
    void onValue(int id, JsonReader value) {
        switch (value.kind()) {
            case STRING -> onText(id, value);
            case NUMBER -> onNumber(id, value.number());
            case NULL, FALSE, TRUE, OBJECT, ARRAY -> {}
        }
    }

    /** The answer ended with a word for a failure; what else is said of it counts more. */
    void onFinish(String word) {
        finish = word;
    }

    private void onText(int id, JsonReader value) {
        switch (id) {
            case OpenAiShapes.ERROR_MESSAGE -> offerMessage(4, value);
            case OpenAiShapes.ERROR -> offerMessage(3, value);
            case OpenAiShapes.MESSAGE -> offerMessage(2, value);
            case OpenAiShapes.DETAIL -> offerMessage(1, value);
            case OpenAiShapes.TYPE -> type = value.text();
            case OpenAiShapes.CODE -> code = value.text();
            case OpenAiShapes.PARAM -> param = value.text();
            default -> {}
        }
    }

    private void onNumber(int id, long number) {
        if ((id == OpenAiShapes.CODE || id == OpenAiShapes.STATUS) && number >= 300 && number <= 599) {
            status = (int) number;
        }
    }

    private void offerMessage(int rank, JsonReader value) {
        if (rank > messageRank && !value.isEmpty()) {
            messageRank = rank;
            message = value.text();
        }
    }

    /**
     * The error in the catalogue's terms.
     *
     * @param httpStatus the status of the answer, or 0 when the error came inside a successful one
     */
    GatewayError toGatewayError(int httpStatus) {
        int effective = httpStatus != 0 ? httpStatus : statusWithin();
        return switch (effective) {
            case 400, 409, 413, 422 -> refused(effective);
            case 401, 402, 403, 407 ->
                GatewayError.provider(
                        ErrorKind.UPSTREAM_AUTH,
                        "the provider does not accept the gateway's credentials (status " + effective
                                + "); its operator has to look into it");
            case 404 ->
                isAboutModel()
                        ? refused(effective)
                        : failed(ErrorKind.UPSTREAM_ERROR, "the provider does not know this operation", effective);
            case 429 ->
                GatewayError.provider(
                        ErrorKind.RATE_LIMITED, "the provider's rate limit or quota is exhausted (status 429)");
            case 408, 504 -> failed(ErrorKind.UPSTREAM_TIMEOUT, "the provider ran out of time", effective);
            // 498: Groq's way to say that the flexible tier is full.
            case 498, 503, 529 -> failed(ErrorKind.OVERLOADED, "the provider is overloaded", effective);
            default -> failed(ErrorKind.UPSTREAM_ERROR, "the provider failed", effective);
        };
    }

    private GatewayError refused(int effective) {
        String shown = shownMessage();
        String sentence = shown == null ? "the provider refused the request (status " + effective + ")" : shown;
        ErrorKind kind = switch (effective) {
            case 404 -> ErrorKind.MODEL_NOT_FOUND;
            case 413 -> ErrorKind.REQUEST_TOO_LARGE;
            default -> ErrorKind.INVALID_REQUEST;
        };
        return param == null || param.isEmpty()
                ? GatewayError.caller(kind, sentence)
                : GatewayError.caller(kind, sentence, ErrorText.clean(param, MAX_PARAM_CHARS));
    }

    private GatewayError failed(ErrorKind kind, String sentence, int effective) {
        String shown = shownMessage();
        String whole = sentence + " (status " + effective + ")";
        return GatewayError.provider(kind, shown == null ? whole : whole + ": " + shown);
    }

    private @Nullable String shownMessage() {
        String said = message == null && finish != null ? "its answer ended with '" + finish + "'" : message;
        if (said == null) {
            return null;
        }
        String shown = ErrorText.clean(said, MAX_MESSAGE_CHARS);
        return shown.isEmpty() ? null : shown;
    }

    private boolean isAboutModel() {
        return mentionsModel(code)
                || mentionsModel(type)
                || mentionsModel(message)
                || "DeploymentNotFound".equals(code);
    }

    private static boolean mentionsModel(@Nullable String text) {
        return text != null && text.toLowerCase(Locale.ROOT).contains("model");
    }

    /** The status that would have told the same, for an error inside a successful answer. */
    private int statusWithin() {
        if (status != 0) {
            return status;
        }
        int byCode = statusOf(code);
        if (byCode != 0) {
            return byCode;
        }
        int byType = statusOf(type);
        if (byType != 0) {
            return byType;
        }
        return "insufficient_system_resource".equals(finish) ? 503 : 502;
    }

    private static int statusOf(@Nullable String name) {
        if (name == null) {
            return 0;
        }
        return switch (name) {
            case "invalid_request_error",
                    "BadRequestError",
                    "context_length_exceeded",
                    "content_filter",
                    "invalid_value",
                    "unsupported_value",
                    "unsupported_parameter",
                    "tool_use_failed",
                    "400",
                    "422" -> 400;
            case "model_not_found", "DeploymentNotFound" -> 404;
            case "invalid_api_key",
                    "authentication_error",
                    "permission_error",
                    "permission_denied",
                    "AuthenticationError",
                    "PermissionDeniedError",
                    "401",
                    "402",
                    "403" -> 401;
            case "rate_limit_exceeded",
                    "rate_limit_error",
                    "insufficient_quota",
                    "credit_balance_exhausted",
                    "requests",
                    "tokens",
                    "RateLimitError",
                    "429" -> 429;
            case "server_is_overloaded", "slow_down", "overloaded_error", "service_unavailable_error", "503", "529" ->
                503;
            case "timeout", "timeout_error", "408", "504" -> 504;
            default -> 0;
        };
    }
}
