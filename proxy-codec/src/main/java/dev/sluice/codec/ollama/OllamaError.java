package dev.sluice.codec.ollama;

import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import io.netty.buffer.ByteBuf;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What Ollama, or what stands before it, says went wrong: {@code {"error":"..."}}. Thread: event loop. */
final class OllamaError implements JsonReader.Listener {
    private @Nullable String message;

    private OllamaError() {}

    /** Borrows {@code body}. */
    static GatewayError read(int httpStatus, ByteBuf body) {
        OllamaError error = new OllamaError();
        new JsonReader(OllamaShapes.ANSWER, error).feed(body, body.readerIndex(), body.readableBytes());
        // Without a word of a model, it is the path that is not known: a base URL that points elsewhere.
        boolean aboutModel =
                error.message != null && error.message.toLowerCase(Locale.ROOT).contains("model");
        return StatusError.of(httpStatus, error.message, aboutModel);
    }

    @Override
    public void onValue(int id, JsonReader value) {
        boolean sentence = id == OllamaShapes.ERROR || id == OllamaShapes.ERROR_MESSAGE;
        if (sentence && value.kind() == Kind.STRING && !value.isEmpty()) {
            message = value.text();
        }
    }
}
