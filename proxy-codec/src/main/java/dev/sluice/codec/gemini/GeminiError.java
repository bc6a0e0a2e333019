package dev.sluice.codec.gemini;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.json.JsonReader;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a provider said went wrong, as google.rpc.Status has it, and what that is in the catalogue's terms. Thread: event
 * loop.
 */
final class GeminiError {
    private static final int MAX_TEXT_BYTES = 1200;
    private static final int MAX_RETRY_SECONDS = 24 * 60 * 60;

    private @Nullable String message;
    private @Nullable String status;
    private @Nullable String reason;
    private int code;
    private int retryAfterSeconds;

    /** Reads the body of an error answer, JSON or not; borrows it. */
    static GeminiError read(ByteBuf body) {
        GeminiError error = new GeminiError();
        JsonReader reader = new JsonReader(GeminiShapes.ERROR_BODY, error::onValue);
        reader.feed(body, body.readerIndex(), body.readableBytes());
        if (!reader.end() && reader.rootKind() == null) {
            int length = Math.min(body.readableBytes(), MAX_TEXT_BYTES);
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
            case STRING -> onText(id, value.text());
            case NUMBER -> {
                if (id == GeminiShapes.ERROR_CODE && value.number() >= 300 && value.number() <= 599) {
                    code = (int) value.number();
                }
            }
            case NULL, FALSE, TRUE, OBJECT, ARRAY -> {}
        }
    }

    private void onText(int id, String text) {
        switch (id) {
            case GeminiShapes.ERROR_MESSAGE -> message = text;
            case GeminiShapes.ERROR -> message = message == null ? text : message;
            case GeminiShapes.ERROR_STATUS, GeminiShapes.ERROR_CODE -> status = status == null ? text : status;
            case GeminiShapes.ERROR_REASON -> reason = text;
            case GeminiShapes.RETRY_DELAY -> retryAfterSeconds = seconds(text);
            default -> {}
        }
    }

    /**
     * The error in the catalogue's terms.
     *
     * @param httpStatus the status of the answer, or 0 when the error came inside a successful one
     */
    GatewayError toGatewayError(int httpStatus) {
        int effective = httpStatus == 0 ? statusWithin() : httpStatus;
        if (effective == 400 && isAboutTheKey()) {
            effective = 401;
        } else if (effective == 400 && "FAILED_PRECONDITION".equals(status)) {
            // The account may not do this from here, or not without paying: no fault of the caller's.
            return StatusError.of(502, message, /* aboutModel= */ false);
        }
        GatewayError error = StatusError.of(effective, message, message != null && message.contains("models/"));
        boolean mayTellWhen = error.kind() == ErrorKind.RATE_LIMITED || error.kind() == ErrorKind.OVERLOADED;
        return retryAfterSeconds == 0 || !mayTellWhen
                ? error
                : new GatewayError(
                        error.kind(),
                        error.source(),
                        error.retryable(),
                        error.message(),
                        error.param(),
                        retryAfterSeconds);
    }

    /** A key that is wrong is a bad request here. */
    private boolean isAboutTheKey() {
        return "API_KEY_INVALID".equals(reason)
                || (reason == null && message != null && message.startsWith("API key "));
    }

    /** The status that would have told the same, for an error inside a successful answer. */
    private int statusWithin() {
        if (code != 0) {
            return code;
        }
        return switch (status == null ? "" : status) {
            case "INVALID_ARGUMENT", "FAILED_PRECONDITION", "OUT_OF_RANGE", "invalid_request" -> 400;
            case "UNAUTHENTICATED" -> 401;
            case "PERMISSION_DENIED" -> 403;
            case "NOT_FOUND" -> 404;
            case "RESOURCE_EXHAUSTED" -> 429;
            case "CANCELLED" -> 499;
            case "INTERNAL" -> 500;
            case "UNAVAILABLE" -> 503;
            case "DEADLINE_EXCEEDED" -> 504;
            default -> 502;
        };
    }

    /** Of a duration such as {@code 34.4s}, rounded up; 0 for what is none. */
    private static int seconds(String duration) {
        long whole = 0;
        int i = 0;
        while (i < duration.length() && Character.digit(duration.charAt(i), 10) >= 0 && whole < MAX_RETRY_SECONDS) {
            whole = whole * 10 + Character.digit(duration.charAt(i), 10);
            i++;
        }
        if (i == 0) {
            return 0;
        }
        boolean fraction = false;
        if (i < duration.length() && duration.charAt(i) == '.') {
            for (i++; i < duration.length() && Character.digit(duration.charAt(i), 10) >= 0; i++) {
                fraction |= duration.charAt(i) != '0';
            }
        }
        return (int) Math.min(MAX_RETRY_SECONDS, fraction ? whole + 1 : whole);
    }
}
