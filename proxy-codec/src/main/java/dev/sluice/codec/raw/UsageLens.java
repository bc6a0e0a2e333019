package dev.sluice.codec.raw;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.json.JsonShape;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads JSON documents for the usage that they report in one way, and for who says so. Thread: event loop. */
final class UsageLens implements JsonReader.Listener {
    private static final int MODEL = 1;
    private static final int SERVICE_TIER = 2;
    private static final int ID = 3;
    private static final int BACKGROUND = 4;

    /** Names that an answer gives to what the provider keeps. */
    private static final String[] ID_MEMBERS = {"id", "input_file_id", "output_file_id", "error_file_id"};

    private static final int MAX_ID_CHARS = 256;

    /** Told of each id, until the call returns. */
    @FunctionalInterface
    interface IdListener {
        void onId(String id);
    }

    private final UsageFigures figures;
    private final JsonReader reader;
    private final IdListener ids;
    private @Nullable String model;
    private @Nullable String serviceTier;
    private boolean background;

    private UsageLens(UsageShape shape, JsonShape root, IdListener ids) {
        this.figures = new UsageFigures(shape);
        this.reader = new JsonReader(root, this);
        this.ids = ids;
    }

    /** For answers that carry their report at the top, or where a stream's events carry the answer: one level down. */
    static UsageLens of(UsageShape shape, IdListener ids) {
        Map<String, JsonShape> root = answerMembers(shape.members());
        root.put("response", JsonShape.path().members(answerMembers(shape.members())));
        root.put("message", JsonShape.path().members(answerMembers(shape.opening())));
        return new UsageLens(shape, JsonShape.path().members(root), ids);
    }

    /** For documents without a report. */
    static UsageLens ofIds(IdListener ids) {
        return new UsageLens(UsageShape.OPENAI, JsonShape.path().members(answerMembers(Map.of())), ids);
    }

    private static Map<String, JsonShape> answerMembers(Map<String, JsonShape> usage) {
        Map<String, JsonShape> members = new HashMap<>(usage);
        members.put("model", JsonShape.text(MODEL));
        members.put("service_tier", JsonShape.text(SERVICE_TIER));
        members.put("background", JsonShape.value(BACKGROUND));
        for (String name : ID_MEMBERS) {
            members.put(name, JsonShape.text(ID));
        }
        return members;
    }

    /** Borrows {@code buffer}. */
    void feed(ByteBuf buffer, int index, int length) {
        reader.feed(buffer, index, length);
    }

    /** The document ends; whether it was a whole one. */
    boolean end() {
        boolean whole = reader.end();
        figures.endPayload();
        reader.reset();
        return whole;
    }

    @Override
    public void onValue(int id, JsonReader value) {
        if (id < 0) {
            figures.onFigure(id, value);
        } else if (id == BACKGROUND) {
            background = value.kind() == Kind.TRUE;
        } else if (value.kind() == Kind.STRING && !value.isEmpty()) {
            onText(id, value.text());
        }
    }

    private void onText(int id, String text) {
        switch (id) {
            case MODEL -> model = model == null ? text : model;
            case SERVICE_TIER -> serviceTier = text;
            default -> {
                if (text.length() <= MAX_ID_CHARS) {
                    ids.onId(text);
                }
            }
        }
    }

    Usage usage() {
        return figures.reported();
    }

    @Nullable
    String model() {
        return model;
    }

    @Nullable
    String serviceTier() {
        String reported = figures.serviceTier();
        return reported == null ? serviceTier : reported;
    }

    /** Whether the answer says of itself that it was made while nobody waited for it. */
    boolean isBackground() {
        return background;
    }
}
