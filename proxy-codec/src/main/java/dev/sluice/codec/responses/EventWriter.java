package dev.sluice.codec.responses;

import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of a stream, each with its number. Framing, and the members that tell an event's place, are written
 * here; collects until {@link #take}. Thread: event loop.
 */
final class EventWriter {
    private static final byte[] END = ascii("}\n\n");
    private static final byte[] DELTA_END = ascii("\"}\n\n");
    private static final byte[] TEXT_DELTA_END = ascii("\",\"logprobs\":[]}\n\n");
    /** Room for a few pieces of text, which is what one read of a provider's bytes mostly brings. */
    private static final int USUAL_BYTES = 1024;

    private final ByteBufAllocator allocator;
    private final JsonWriter json = new JsonWriter();
    /** Given by {@link #take}, released by {@link #close}. */
    private @Nullable ByteBuf out;

    private long sequence;

    // What all pieces of one text have in common: all but their numbers and the pieces themselves.
    private @Nullable SaidPart framed;
    private byte[] deltaHead = END;
    private byte[] deltaPlace = END;
    private byte[] deltaEnd = END;

    EventWriter(ByteBufAllocator allocator) {
        this(allocator, 0);
    }

    /** @param sequence the number of the first event */
    EventWriter(ByteBufAllocator allocator, long sequence) {
        this.allocator = allocator;
        this.sequence = sequence;
    }

    /** An event begins; its members follow, by the writer that is returned, then {@link #end}. */
    JsonWriter begin(String type) {
        ByteBuf target = target();
        ByteBufUtil.writeAscii(target, "event: ");
        ByteBufUtil.writeAscii(target, type);
        ByteBufUtil.writeAscii(target, "\ndata: ");
        json.reset(target).beginObject().name("type").string(type);
        return json.name("sequence_number").number(sequence++);
    }

    void end() {
        if (out != null) {
            out.writeBytes(END);
        }
    }

    void itemAdded(SaidItem item) {
        begin("response.output_item.added").name("output_index").number(item.index());
        ItemWriter.newItem(json.name("item"), item);
        end();
    }

    void itemDone(SaidItem item) {
        begin("response.output_item.done").name("output_index").number(item.index());
        ItemWriter.item(json.name("item"), item);
        end();
    }

    /** A part begins; arguments are no part of their own, and begin with their item. */
    void partAdded(SaidItem item, int number) {
        SaidPart part = item.parts().get(number);
        if (part.kind() != SaidPart.Kind.ARGUMENTS) {
            boolean summary = part.kind() == SaidPart.Kind.SUMMARY;
            beginAt(summary ? "response.reasoning_summary_part.added" : "response.content_part.added", item, number);
            ItemWriter.newPart(json.name("part"), part);
            end();
        }
    }

    /** The text of the part up to {@code to}, as far as it has not gone out. */
    void delta(SaidItem item, int number, int to) {
        SaidPart part = item.parts().get(number);
        if (framed != part) {
            frame(item, number, part);
        }
        ByteBuf target = target();
        target.writeBytes(deltaHead);
        json.reset(target).number(sequence++);
        target.writeBytes(deltaPlace);
        json.text(part.bytes(), part.told(), to);
        target.writeBytes(deltaEnd);
        part.tellTo(to);
    }

    void annotationAdded(SaidItem item, int number, int annotation, SaidPart.Citation citation) {
        beginAt("response.output_text.annotation.added", item, number);
        json.name("annotation_index").number(annotation);
        ItemWriter.citation(json.name("annotation"), citation);
        end();
    }

    void partDone(SaidItem item, int number) {
        SaidPart part = item.parts().get(number);
        String type = switch (part.kind()) {
            case TEXT -> "response.output_text.done";
            case REFUSAL -> "response.refusal.done";
            case SUMMARY -> "response.reasoning_summary_text.done";
            case ARGUMENTS -> "response.function_call_arguments.done";
        };
        beginAt(type, item, number);
        if (part.kind() == SaidPart.Kind.ARGUMENTS) {
            json.name("name").string(item.name());
        }
        ItemWriter.text(json.name(ItemWriter.textName(part)), part);
        endText(part);
        if (part.kind() != SaidPart.Kind.ARGUMENTS) {
            boolean summary = part.kind() == SaidPart.Kind.SUMMARY;
            beginAt(summary ? "response.reasoning_summary_part.done" : "response.content_part.done", item, number);
            ItemWriter.part(json.name("part"), part);
            end();
        }
    }

    /** What has been written since the last call; null when nothing has. Gives it. */
    @Nullable
    ByteBuf take() {
        ByteBuf written = out;
        out = null;
        return written;
    }

    void close() {
        if (out != null) {
            out.release();
            out = null;
        }
    }

    private ByteBuf target() {
        ByteBuf target = out;
        if (target == null) {
            target = allocator.buffer(USUAL_BYTES);
            out = target;
        }
        return target;
    }

    private void frame(SaidItem item, int number, SaidPart part) {
        String type = switch (part.kind()) {
            case TEXT -> "response.output_text.delta";
            case REFUSAL -> "response.refusal.delta";
            case SUMMARY -> "response.reasoning_summary_text.delta";
            case ARGUMENTS -> "response.function_call_arguments.delta";
        };
        String index = switch (item.type()) {
            case MESSAGE -> ",\"content_index\":" + number;
            case REASONING -> ",\"summary_index\":" + number;
            case CALL -> "";
        };
        framed = part;
        deltaHead = ascii("event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":");
        deltaPlace =
                ascii(",\"item_id\":\"" + item.id() + "\",\"output_index\":" + item.index() + index + ",\"delta\":\"");
        deltaEnd = part.kind() == SaidPart.Kind.TEXT ? TEXT_DELTA_END : DELTA_END;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** An event about one part of an item. */
    private void beginAt(String type, SaidItem item, int number) {
        begin(type).name("item_id").string(item.id()).name("output_index").number(item.index());
        switch (item.type()) {
            case MESSAGE -> json.name("content_index").number(number);
            case REASONING -> json.name("summary_index").number(number);
            case CALL -> {}
        }
    }

    /** Strict clients read the probabilities of a text without asking whether they are there. */
    private void endText(SaidPart part) {
        if (part.kind() == SaidPart.Kind.TEXT) {
            json.name("logprobs").raw("[]");
        }
        end();
    }
}
