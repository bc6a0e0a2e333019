package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Ends a provider's own stream of chunks before its time: a chunk for each choice that goes on says that it has reached
 * its length, one with the usage follows where it was asked for, then the end marker. Remembers for that what the chunks
 * have in common. Thread: event loop.
 */
final class OpenAiCut {
    private static final byte[] DATA = "data: ".getBytes(US_ASCII);
    private static final byte[] EVENT_END = "\n\n".getBytes(US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(US_ASCII);

    private boolean legacy;
    private long created;
    /** The usage has passed, in an event of its own. */
    private boolean usagePassed;

    /**
     * Another answer begins.
     *
     * @param isLegacy whether it is a legacy completion
     */
    void begin(boolean isLegacy) {
        legacy = isLegacy;
        created = 0;
        usagePassed = false;
    }

    void onCreated(JsonReader value) {
        if (value.kind() == JsonReader.Kind.NUMBER) {
            created = value.number();
        }
    }

    void onUsagePassed() {
        usagePassed = true;
    }

    /** The events; gives them. */
    ByteBuf write(StreamCut cut, @Nullable String id, @Nullable String model, OpenAiAnswerChoices choices) {
        ByteBuf events = Unpooled.buffer(512);
        JsonWriter json = new JsonWriter();
        if (!choices.isSeen(0) && !legacy) {
            // A first choice is what everybody looks for.
            beginChoice(begin(json, events, id, model), 0).raw("{\"role\":\"assistant\",\"content\":\"\"}");
            endChoice(json, null);
            end(json, events);
        }
        for (int place = 0; place <= OpenAiAnswerChoices.LAST; place++) {
            if (choices.isOpen(place) || (place == 0 && !choices.isSeen(0))) {
                beginChoice(begin(json, events, id, model), place).raw(legacy ? "\"\"" : "{}");
                endChoice(json, OpenAiFinish.of(FinishReason.LENGTH, /* called= */ false));
                cut.write(json);
                end(json, events);
            }
        }
        Usage usage = cut.usage();
        if (OpenAiUsage.isKnown(usage) && !usagePassed) {
            begin(json, events, id, model).name("choices").raw("[]").name("usage");
            OpenAiUsage.write(json, usage, Usage.UNKNOWN);
            end(json, events);
        }
        return events.writeBytes(DONE);
    }

    private JsonWriter begin(JsonWriter json, ByteBuf events, @Nullable String id, @Nullable String model) {
        json.reset(events.writeBytes(DATA)).beginObject();
        json.name("id").string(id == null ? "" : id);
        json.name("object").string(legacy ? "text_completion" : "chat.completion.chunk");
        return json.name("created").number(created).name("model").string(model == null ? "" : model);
    }

    /** All up to what the choice says. */
    private JsonWriter beginChoice(JsonWriter json, int place) {
        json.name("choices").beginArray().beginObject().name("index").number(place);
        return json.name(legacy ? "text" : "delta");
    }

    private static void endChoice(JsonWriter json, @Nullable String finishReason) {
        json.name("logprobs").nullValue().name("finish_reason").string(finishReason);
        json.endObject().endArray();
    }

    private static void end(JsonWriter json, ByteBuf events) {
        json.endObject();
        events.writeBytes(EVENT_END);
    }
}
