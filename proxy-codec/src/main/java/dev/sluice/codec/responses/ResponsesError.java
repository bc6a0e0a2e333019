package dev.sluice.codec.responses;

import dev.sluice.codec.dialect.ErrorText;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.json.JsonReader;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a provider said went wrong: in the body of an error answer, in an event (where the specification has it flat and
 * the servers nested), or in a response that failed. Thread: event loop.
 */
final class ResponsesError {
    private static final int MAX_BODY_CHARS = 1200;
    private static final int MAX_PARAM_CHARS = 100;
    private static final int UNKNOWN_STATUS = 502;

    private @Nullable String message;
    /** How good a place the message was found at; a better one replaces it. */
    private int messageRank;

    private @Nullable String type;
    private @Nullable String code;
    private @Nullable String param;
    /** An HTTP status named by the error itself, or 0. */
    private int status;

    /** Reads the body of an error answer, JSON or not; borrows it. */
    static ResponsesError read(ByteBuf body) {
        ResponsesError error = new ResponsesError();
        JsonReader reader = new JsonReader(ResponsesShapes.ERROR_BODY, error::onValue);
        reader.feed(body, body.readerIndex(), body.readableBytes());
        if (!reader.end() && reader.rootKind() != JsonReader.Kind.OBJECT) {
            int length = Math.min(body.readableBytes(), MAX_BODY_CHARS);
            String text = body.toString(body.readerIndex(), length, StandardCharsets.UTF_8)
                    .strip();
            // A page of HTML is some proxy's, and helps nobody.
            if (!text.isEmpty() && text.charAt(0) != '<') {
                error.message = text;
            }
        }
        return error;
    }

    /** A value at one of the places of an error. */
    void onValue(int id, JsonReader value) {
        switch (value.kind()) {
            case STRING -> onText(id, value);
            case NUMBER -> {
                boolean names = id == ResponsesShapes.CODE || id == ResponsesShapes.ERROR_STATUS;
                if (names && value.number() >= 300 && value.number() <= 599) {
                    status = (int) value.number();
                }
            }
            case NULL, FALSE, TRUE, OBJECT, ARRAY -> {}
        }
    }

    /**
     * The error in the catalogue's terms.
     *
     * @param httpStatus the status of the answer, or 0 when the error came inside a successful one
     */
    GatewayError toGatewayError(int httpStatus) {
        GatewayError error = StatusError.of(httpStatus != 0 ? httpStatus : statusWithin(), message, isAboutModel());
        boolean callersFault = error.source() == GatewayError.Source.CALLER;
        return callersFault && param != null && !param.isEmpty()
                ? GatewayError.caller(error.kind(), error.message(), ErrorText.clean(param, MAX_PARAM_CHARS))
                : error;
    }

    private void onText(int id, JsonReader value) {
        switch (id) {
            case ResponsesShapes.ERROR_MESSAGE -> offerMessage(4, value);
            case ResponsesShapes.ERROR -> offerMessage(3, value);
            case ResponsesShapes.MESSAGE -> offerMessage(2, value);
            case ResponsesShapes.DETAIL -> offerMessage(1, value);
            case ResponsesShapes.ERROR_TYPE -> type = value.text();
            case ResponsesShapes.CODE -> code = value.text();
            case ResponsesShapes.PARAM -> param = value.text();
            default -> {}
        }
    }

    private void offerMessage(int rank, JsonReader value) {
        if (rank > messageRank && !value.isEmpty()) {
            messageRank = rank;
            message = value.text();
        }
    }

    private boolean isAboutModel() {
        return mentionsModel(code) || mentionsModel(type) || mentionsModel(message);
    }

    private static boolean mentionsModel(@Nullable String text) {
        String lower = text == null ? "" : text.toLowerCase(Locale.ROOT);
        return lower.contains("model") || lower.contains("deployment");
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
        return byType != 0 ? byType : UNKNOWN_STATUS;
    }

    private static int statusOf(@Nullable String name) {
        if (name == null) {
            return 0;
        }
        return switch (name) {
            case "invalid_request_error",
                    "context_length_exceeded",
                    "content_filter",
                    "invalid_prompt",
                    "invalid_value",
                    "unsupported_value",
                    "unsupported_parameter",
                    "invalid_image",
                    "invalid_image_url",
                    "image_too_large",
                    "image_parse_error" -> 400;
            case "model_not_found", "DeploymentNotFound" -> 404;
            case "invalid_api_key", "authentication_error", "permission_error" -> 401;
            case "rate_limit_exceeded",
                    "rate_limit_error",
                    "insufficient_quota",
                    "credit_balance_exhausted",
                    "requests",
                    "tokens" -> 429;
            case "server_is_overloaded", "slow_down", "overloaded_error", "service_unavailable_error" -> 503;
            case "timeout", "timeout_error", "vector_store_timeout" -> 504;
            default -> 0;
        };
    }
}
