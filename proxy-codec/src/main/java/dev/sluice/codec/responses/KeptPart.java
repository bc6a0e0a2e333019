package dev.sluice.codec.responses;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A part of an item that a provider has not said to its end: its text so far, and how far it has been closed. */
final class KeptPart {

    /** What a part is, and what it is called in the events that close it. */
    enum Kind {
        TEXT("output_text", "text", "response.output_text.done"),
        REFUSAL("refusal", "refusal", "response.refusal.done"),
        REASONING("reasoning_text", "text", "response.reasoning_text.done"),
        SUMMARY("summary_text", "text", "response.reasoning_summary_text.done"),
        ARGUMENTS("", "arguments", "response.function_call_arguments.done"),
        INPUT("", "input", "response.custom_tool_call_input.done");

        private final String type;
        private final String member;
        private final String done;

        Kind(String type, String member, String done) {
            this.type = type;
            this.member = member;
            this.done = done;
        }

        /** Of the part that an event is about, which has text. */
        static Kind of(EventType event, Channel channel) {
            return switch (channel) {
                case CONTENT -> TEXT;
                case REFUSAL -> REFUSAL;
                case REASONING -> event.isSummary() ? SUMMARY : REASONING;
                case TOOL_CALL -> event == EventType.INPUT_DELTA || event == EventType.INPUT_DONE ? INPUT : ARGUMENTS;
            };
        }

        /** Of the part that begins, which has no text yet. */
        static Kind of(@Nullable JsonSlice type) {
            for (Kind kind : new Kind[] {REFUSAL, REASONING, SUMMARY}) {
                if (type != null && type.textEquals(kind.type)) {
                    return kind;
                }
            }
            return TEXT;
        }

        boolean isOfCall() {
            return type.isEmpty();
        }
    }

    final int number;
    final Kind kind;
    private byte[] bytes = new byte[64];
    private int length;
    /** Payloads that have an annotation each. */
    private List<byte[]> annotations = List.of();

    /** An event has begun it. */
    boolean announced;

    boolean textEnded;
    boolean ended;

    /** @param number as {@link HeldItem} counts parts */
    KeptPart(int number, Kind kind) {
        this.number = number;
        this.kind = kind;
    }

    /** Returns by how much it has grown. */
    int append(byte[] source, int from, int to) {
        int added = to - from;
        if (added > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(length, added)));
        }
        System.arraycopy(source, from, bytes, length, added);
        length += added;
        return added;
    }

    int sizeBytes() {
        return length;
    }

    boolean isEmpty() {
        return length == 0;
    }

    void annotate(byte[] payload) {
        if (annotations.isEmpty()) {
            annotations = new ArrayList<>();
        }
        annotations.add(payload);
    }

    boolean isSummary() {
        return kind == Kind.SUMMARY;
    }

    /** Its place among those of its kind. */
    int index() {
        return number / 2;
    }

    /** The type of the event that ends its text. */
    String doneType() {
        return kind.done;
    }

    /** The member with the text, in the event that ends it. */
    void writeText(JsonWriter json) {
        json.name(kind.member).beginString().text(bytes, 0, length).endString();
        if (kind == Kind.TEXT) {
            json.name("logprobs").raw("[]");
        }
    }

    /** All of it as an object; not of calls. */
    void write(JsonWriter json) {
        json.beginObject().name("type").string(kind.type);
        if (kind == Kind.TEXT) {
            json.name("annotations").beginArray();
            for (byte[] payload : annotations) {
                JsonSlice annotation =
                        JsonSlice.of(Unpooled.wrappedBuffer(payload)).member("annotation");
                if (annotation != null) {
                    json.slice(annotation);
                }
            }
            json.endArray();
        }
        writeText(json);
        json.endObject();
    }
}
