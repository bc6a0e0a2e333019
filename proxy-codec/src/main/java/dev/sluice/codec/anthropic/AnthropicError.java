package dev.sluice.codec.anthropic;

import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.json.JsonReader;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a provider said went wrong, and what that is in the catalogue's terms. Thread: event loop. */
final class AnthropicError {
    private static final int MAX_PLAIN_BYTES = 2048;
    private static final int UNKNOWN_STATUS = 502;

    private @Nullable String type;
    private @Nullable String message;
    private @Nullable String otherMessage;

    /** Reads the body of an error answer, JSON or not; borrows it. */
    static AnthropicError read(ByteBuf body) {
        AnthropicError error = new AnthropicError();
        JsonReader reader = new JsonReader(AnthropicShapes.ERROR_BODY, error::onValue);
        reader.feed(body, body.readerIndex(), body.readableBytes());
        boolean json = reader.end() || reader.rootKind() == JsonReader.Kind.OBJECT;
        if (!json) {
            int length = Math.min(body.readableBytes(), MAX_PLAIN_BYTES);
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
        if (value.kind() != JsonReader.Kind.STRING || value.isEmpty()) {
            return;
        }
        switch (id) {
            case AnthropicShapes.ERROR_TYPE -> type = value.text();
            case AnthropicShapes.ERROR_MESSAGE, AnthropicShapes.ERROR -> message = value.text();
            default -> otherMessage = value.text();
        }
    }

    /**
     * The error in the catalogue's terms.
     *
     * @param httpStatus the status of the answer, or 0 when the error came inside a successful one
     */
    GatewayError toGatewayError(int httpStatus) {
        String said = message == null ? otherMessage : message;
        String lower = said == null ? "" : said.toLowerCase(Locale.ROOT);
        int status = httpStatus == 0 ? statusOf(type) : httpStatus;
        if (status == 400 && lower.contains("credit balance")) {
            // An empty account is said to be a bad request, but it is the operator's, not the caller's.
            status = 402;
        }
        return StatusError.of(status, said, lower.contains("model"));
    }

    /** The status that would have told the same. */
    private static int statusOf(@Nullable String type) {
        return switch (type) {
            case "invalid_request_error" -> 400;
            case "authentication_error" -> 401;
            case "billing_error" -> 402;
            case "permission_error" -> 403;
            case "not_found_error" -> 404;
            case "conflict_error" -> 409;
            case "request_too_large" -> 413;
            case "rate_limit_error" -> 429;
            case "api_error" -> 500;
            case "timeout_error" -> 504;
            case "overloaded_error" -> 529;
            case null, default -> UNKNOWN_STATUS;
        };
    }
}
