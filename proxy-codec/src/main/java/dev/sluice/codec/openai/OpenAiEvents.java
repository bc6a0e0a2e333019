package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/**
 * Writes the events of a stream, each about one choice: what they all begin and end with is encoded once. Collects them
 * until they are taken. Thread: event loop.
 */
final class OpenAiEvents implements AutoCloseable {
    static final String CONTENT_TYPE = "text/event-stream; charset=utf-8";

    private static final int FIRST_BYTES = 1024;
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] DONE = ascii("data: [DONE]\n\n");
    private static final byte[] CHOICE = ascii(",\"choices\":[{\"index\":");
    private static final byte[] NO_CHOICE = ascii(",\"choices\":[],\"usage\":");
    private static final byte[] FINISH = ascii(",\"logprobs\":null,\"finish_reason\":");
    private static final String UNFINISHED = "null";
    private static final String CHOICE_END = "}]";
    /** Callers who want usage see the member on every event. */
    private static final String NO_USAGE = ",\"usage\":null";

    private static final String EVENT_END = "}\n\n";

    private final AnswerPlan plan;
    private final OpenAiHead head;
    private final ByteBufAllocator allocator;
    private final JsonWriter json;
    /** All up to the index of the choice; null until the first event is written. */
    private byte @Nullable [] begin;

    private final byte[] end;
    private final byte[] unfinishedEnd;
    /** What has not been taken; released by {@link #close}. */
    private @Nullable ByteBuf out;

    OpenAiEvents(AnswerPlan plan, OpenAiHead head, ByteBufAllocator allocator) {
        this.plan = plan;
        this.head = head;
        this.allocator = allocator;
        this.json = new JsonWriter();
        String tail = CHOICE_END + (plan.reportsUsage() ? NO_USAGE : "") + EVENT_END;
        this.end = ascii(tail);
        this.unfinishedEnd = ascii(new String(FINISH, US_ASCII) + UNFINISHED + tail);
    }

    /** Begins an event; what it says of the choice follows, with a comma before each member. */
    JsonWriter begin(int choice) {
        ByteBuf buffer = buffer();
        byte[] constant = begin;
        if (constant == null) {
            constant = encodeBegin();
            begin = constant;
        }
        buffer.writeBytes(constant);
        json.reset(buffer).number(choice);
        return json;
    }

    /** Ends the event: the choice goes on. */
    void end() {
        buffer().writeBytes(unfinishedEnd);
    }

    /** Ends the event, and the choice with it. */
    void end(String finishReason) {
        ByteBuf buffer = buffer();
        buffer.writeBytes(FINISH);
        json.reset(buffer).string(finishReason);
        buffer.writeBytes(end);
    }

    /** Ends the event, and the choice with it, before its time. */
    void end(String finishReason, StreamCut cut) {
        ByteBuf buffer = buffer();
        buffer.writeBytes(FINISH);
        json.reset(buffer).string(finishReason);
        ByteBufUtil.writeAscii(buffer, CHOICE_END);
        cut.write(json);
        ByteBufUtil.writeAscii(buffer, plan.reportsUsage() ? NO_USAGE + EVENT_END : EVENT_END);
    }

    /** Writes what comes behind all choices. */
    void finish(Usage usage) {
        ByteBuf buffer = buffer();
        if (plan.reportsUsage() && OpenAiUsage.isKnown(usage)) {
            buffer.writeBytes(DATA);
            head.write(json.reset(buffer).beginObject());
            buffer.writeBytes(NO_CHOICE);
            OpenAiUsage.write(json.reset(buffer), usage, plan);
            ByteBufUtil.writeAscii(buffer, EVENT_END);
        }
        buffer.writeBytes(DONE);
    }

    /** What has been written since the last call, for whoever wants to change it. */
    ByteBuf buffer() {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = allocator.buffer(FIRST_BYTES);
            out = buffer;
        }
        return buffer;
    }

    /** Gives what has been written since the last call. */
    @Nullable
    ByteBuf take() {
        ByteBuf taken = out;
        out = null;
        return taken;
    }

    @Override
    public void close() {
        if (out != null) {
            out.release();
            out = null;
        }
    }

    private byte[] encodeBegin() {
        ByteBuf buffer = allocator.heapBuffer(256);
        try {
            buffer.writeBytes(DATA);
            head.write(json.reset(buffer).beginObject());
            buffer.writeBytes(CHOICE);
            return ByteBufUtil.getBytes(buffer);
        } finally {
            buffer.release();
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
