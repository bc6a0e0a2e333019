package dev.sluice.codec.raw;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.sse.SseScanner;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of whatever operation while it passes: what it reports as usage, and which ids it names. Of bytes
 * that are neither JSON nor events nothing is read. Thread: event loop.
 */
public final class UsageScan implements AnswerReader, SseScanner.Listener {

    /** How the answer is framed. */
    public enum Form {
        /** Sound, pictures, text: nothing to read. */
        OPAQUE,
        /** One JSON document. */
        DOCUMENT,
        /** Server-sent events. */
        EVENTS
    }

    private static final int MAX_IDS = 8;

    private final Form form;
    private final List<UsageLens> lenses = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final @Nullable SseScanner events;
    private boolean whole;

    public UsageScan(RawShape shape, Form form) {
        this.form = form;
        this.events = form == Form.EVENTS ? new SseScanner(this) : null;
        for (UsageShape way : shape.shapes()) {
            lenses.add(UsageLens.of(way, lenses.isEmpty() ? this::noteId : id -> {}));
        }
        if (lenses.isEmpty()) {
            lenses.add(UsageLens.ofIds(this::noteId));
        }
    }

    private void noteId(String id) {
        if (ids.size() < MAX_IDS && !ids.contains(id)) {
            ids.add(id);
        }
    }

    /** The next bytes of the answer; borrows them. */
    public void feed(ByteBuf bytes) {
        switch (form) {
            case OPAQUE -> {}
            case DOCUMENT -> onPayload(bytes, bytes.readerIndex(), bytes.readableBytes());
            case EVENTS -> {
                if (events != null) {
                    events.scan(bytes, bytes.readerIndex(), bytes.writerIndex());
                }
            }
        }
    }

    /** The answer is complete. */
    public void end() {
        if (form == Form.DOCUMENT || (events != null && events.end())) {
            onPayloadEnd();
        }
    }

    /** What the answer's ids are: its own, and those of the files it names. */
    public List<String> ids() {
        return ids;
    }

    /** Whether the answer says of itself that it was made while nobody waited for it. */
    public boolean isBackground() {
        return lenses.get(0).isBackground();
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        for (int i = 0; i < lenses.size(); i++) {
            lenses.get(i).feed(buffer, index, length);
        }
    }

    @Override
    public Event onPayloadEnd() {
        boolean legal = true;
        for (int i = 0; i < lenses.size(); i++) {
            legal &= lenses.get(i).end();
        }
        whole = legal;
        return legal ? Event.OTHER : Event.MALFORMED;
    }

    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        if (hasPayload) {
            onPayloadEnd();
        }
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        return true;
    }

    /** A document that is whole is; when the events of an operation nobody knows are over, nobody knows. */
    @Override
    public boolean finished() {
        return form == Form.DOCUMENT && whole;
    }

    @Override
    public Usage usage() {
        UsageLens found = reporting();
        return found == null ? Usage.NONE : found.usage();
    }

    @Override
    public boolean reportedUsage() {
        return reporting() != null;
    }

    @Override
    public @Nullable String model() {
        return lenses.get(0).model();
    }

    @Override
    public @Nullable String serviceTier() {
        UsageLens found = reporting();
        return (found == null ? lenses.get(0) : found).serviceTier();
    }

    @Override
    public @Nullable GatewayError error() {
        return null;
    }

    /** Nothing is held that would have to be released. */
    @Override
    public void close() {}

    private @Nullable UsageLens reporting() {
        for (int i = 0; i < lenses.size(); i++) {
            if (lenses.get(i).usage().isReported()) {
                return lenses.get(i);
            }
        }
        return null;
    }
}
