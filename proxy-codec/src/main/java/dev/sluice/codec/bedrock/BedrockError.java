package dev.sluice.codec.bedrock;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import io.netty.buffer.ByteBuf;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What Bedrock says went wrong. An answer with an error status names it in a header, the body has no more than a
 * sentence; on a stream the frame names it. Thread: event loop.
 */
final class BedrockError implements JsonReader.Listener {
    private static final String EXCEPTION = "exception";
    private static final int NO_STATUS = 502;

    private @Nullable String message;

    private BedrockError() {}

    /** Of an answer with an error status. Borrows {@code body}. */
    static GatewayError read(int httpStatus, ByteBuf body) {
        BedrockError error = new BedrockError();
        new JsonReader(BedrockShapes.ANSWER, error).feed(body, body.readerIndex(), body.readableBytes());
        String said = error.message == null ? "" : error.message.toLowerCase(Locale.ROOT);
        // A model that does not exist is a matter of validation, one that is not there any more of resources.
        int status = httpStatus == 400 && said.contains("model identifier is invalid") ? 404 : httpStatus;
        return StatusError.of(status, error.message, /* aboutModel= */ said.contains("model"));
    }

    /** Of a stream, or in place of an answer. */
    static GatewayError named(String type, @Nullable String said) {
        return StatusError.of(statusOf(type), said, /* aboutModel= */ true);
    }

    /** The reason for which an answer ended, where that is a failure of the model. */
    static GatewayError malformed(String reason) {
        return GatewayError.provider(
                ErrorKind.UPSTREAM_ERROR, "the model wrote what cannot be read (stop reason " + reason + ")");
    }

    /** The status that would have told the same. Streams spell the first letter of a type small. */
    private static int statusOf(String type) {
        String name = type.toLowerCase(Locale.ROOT);
        String kind = name.endsWith(EXCEPTION) ? name.substring(0, name.length() - EXCEPTION.length()) : name;
        return switch (kind) {
            case "validation" -> 400;
            case "accessdenied", "unrecognizedclient", "expiredtoken" -> 403;
            case "resourcenotfound" -> 404;
            case "modeltimeout" -> 408;
            case "throttling", "modelnotready", "servicequotaexceeded" -> 429;
            case "internalserver", "internalfailure" -> 500;
            case "serviceunavailable" -> 503;
            case "modelerror", "modelstreamerror" -> 424;
            default -> NO_STATUS;
        };
    }

    @Override
    public void onValue(int id, JsonReader value) {
        if (id == BedrockShapes.MESSAGE && value.kind() == Kind.STRING && !value.isEmpty()) {
            message = value.text();
        }
    }
}
