package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonShape;
import io.netty.util.Recycler;

/**
 * What most readers of answers need and what is large of them, used again for one answer after another: the reader of
 * JSON, and the events held until a payload is legal. What the reader knows of its own answer is made anew each
 * time.
 *
 * <p>Whoever takes it gives it back once, and reaches it no more: {@link LentAnswer} sees to that. Thread: event loop.
 */
public final class AnswerKit {
    private static final Recycler<AnswerKit> SPARE = new Recycler<>(256, 0, 8) {
        @Override
        protected AnswerKit newObject(Handle<AnswerKit> handle) {
            return new AnswerKit(handle);
        }
    };

    private static final JsonReader.Listener NOBODY = (id, value) -> {};

    private final Recycler.Handle<AnswerKit> handle;
    private final JsonReader reader = new JsonReader(JsonShape.path(), NOBODY);
    private final HeldEvents held = new HeldEvents(ChatEvents.IGNORED);

    private AnswerKit(Recycler.Handle<AnswerKit> handle) {
        this.handle = handle;
    }

    /** @param events is told what is held; borrows it until the kit is given back */
    public static AnswerKit take(ChatEvents events) {
        AnswerKit kit = SPARE.get();
        kit.held.begin(events);
        return kit;
    }

    /** The reader, for documents of this shape, told to {@code listener}. */
    public JsonReader reader(JsonShape root, JsonReader.Listener listener) {
        reader.begin(root, listener);
        return reader;
    }

    public HeldEvents held() {
        return held;
    }

    /** To be called once. */
    public void giveBack() {
        reader.rest();
        reader.begin(JsonShape.path(), NOBODY);
        held.begin(ChatEvents.IGNORED);
        handle.recycle(this);
    }
}
