package dev.sluice.codec.gemini;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/** Ends a provider's own stream before its time: one more event, in which all candidates that go on have their reason. */
final class GeminiCut {
    private static final byte[] EVENT_BEGIN = "data: ".getBytes(US_ASCII);
    private static final byte[] EVENT_END = "\r\n\r\n".getBytes(US_ASCII);

    private GeminiCut() {}

    /** The event; gives it. Empty when every candidate has finished: there is no end to be said beside that. */
    static ByteBuf write(StreamCut cut, @Nullable String responseId, @Nullable String model, GeminiParts parts) {
        if (parts.allFinished()) {
            return Unpooled.EMPTY_BUFFER;
        }
        ByteBuf event = Unpooled.buffer(512).writeBytes(EVENT_BEGIN);
        JsonWriter json = new JsonWriter(event).beginObject().name("candidates").beginArray();
        if (!parts.anySeen()) {
            candidate(json, 0);
        }
        for (int choice = 0; choice < parts.candidates(); choice++) {
            if (parts.isOpen(choice)) {
                candidate(json, choice);
            }
        }
        json.endArray();
        GeminiJson.usage(json, cut.usage());
        if (model != null) {
            json.name("modelVersion").string(model);
        }
        if (responseId != null) {
            json.name("responseId").string(responseId);
        }
        cut.write(json);
        json.endObject();
        return event.writeBytes(EVENT_END);
    }

    private static void candidate(JsonWriter json, int choice) {
        json.beginObject().name("content").raw("{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"}");
        GeminiJson.endCandidate(json, choice, Finish.MAX_TOKENS);
    }
}
