package dev.sluice.codec.openai;

import static dev.sluice.codec.json.JsonShape.path;
import static dev.sluice.codec.json.JsonShape.text;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.RealtimeReader;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Adds up what OpenAI's realtime events report: {@code response.done} in its response, the end of an input's transcription
 * in itself. Everything else, audio above all, is stepped over. A transcription that is billed by its duration reports no
 * tokens and counts as none.
 *
 * <p>Memory is fixed, whatever the events' length. Thread: event loop.
 */
final class OpenAiRealtimeUsage implements RealtimeReader, JsonReader.Listener {
    private static final String RESPONSE_DONE = "response.done";
    private static final String TRANSCRIBED = "conversation.item.input_audio_transcription.completed";

    private static final int TYPE = 1;
    private static final int MODEL = 2;
    private static final int TRANSCRIPTION_MODEL = 3;
    // Everything below zero belongs to UsageFigures.

    private static final JsonShape EVENT = event();

    private final JsonReader reader = new JsonReader(EVENT, this);
    private UsageFigures figures = new UsageFigures(UsageShape.OPENAI_REALTIME);
    private Usage responses = Usage.NONE;
    private Usage transcriptions = Usage.NONE;
    private @Nullable String model;
    private @Nullable String transcriptionModel;

    // The current event.
    private boolean responseDone;
    private boolean transcribed;

    private static JsonShape event() {
        JsonShape transcription = path().members(Map.of("model", text(TRANSCRIPTION_MODEL)));
        JsonShape session = path().members(Map.of(
                "model", text(MODEL),
                // Where the preview had it.
                "input_audio_transcription", transcription,
                "audio", path().members(Map.of("input", path().members(Map.of("transcription", transcription))))));
        Map<String, JsonShape> event = new HashMap<>(UsageShape.OPENAI_REALTIME.members());
        event.put("type", text(TYPE));
        event.put("session", session);
        event.put("response", path().members(UsageShape.OPENAI_REALTIME.members()));
        return path().members(event);
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        reader.feed(buffer, index, length);
    }

    @Override
    public boolean onPayloadEnd() {
        boolean complete = reader.end();
        boolean reported = figures.isInPayload();
        figures.endPayload();
        boolean counts = reported && complete && (responseDone || transcribed);
        if (counts && responseDone) {
            responses = responses.plus(figures.reported());
        } else if (counts) {
            transcriptions = transcriptions.plus(figures.reported());
        }
        if (reported) {
            // Reports of one answer complete one another; these have nothing to do with each other.
            figures = new UsageFigures(UsageShape.OPENAI_REALTIME);
        }
        reader.reset();
        responseDone = false;
        transcribed = false;
        return counts;
    }

    @Override
    public Usage responses() {
        return responses;
    }

    @Override
    public Usage transcriptions() {
        return transcriptions;
    }

    @Override
    public @Nullable String model() {
        return model;
    }

    @Override
    public @Nullable String transcriptionModel() {
        return transcriptionModel;
    }

    @Override
    public void onValue(int id, JsonReader value) {
        switch (id) {
            case TYPE -> {
                boolean named = value.kind() == Kind.STRING;
                responseDone = named && value.textEquals(RESPONSE_DONE);
                transcribed = named && value.textEquals(TRANSCRIBED);
            }
            case MODEL -> model = named(value, model);
            case TRANSCRIPTION_MODEL -> transcriptionModel = named(value, transcriptionModel);
            default -> figures.onFigure(id, value);
        }
    }

    private static @Nullable String named(JsonReader value, @Nullable String known) {
        boolean names = value.kind() == Kind.STRING && !value.isEmpty() && (known == null || !value.textEquals(known));
        return names ? value.text() : known;
    }
}
