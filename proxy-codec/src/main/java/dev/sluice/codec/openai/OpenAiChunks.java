package dev.sluice.codec.openai;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as a stream of chat chunks. Each choice for itself:
 *
 * <pre>
 *   role ─▶ texts, calls, signatures, citations ─▶ {} of calls without arguments ─▶ finish
 *                                                      all choices ─▶ usage, if wanted ─▶ [DONE]
 * </pre>
 *
 * <p>The role is written with the first thing that is said and not before: until then the answer may still become an
 * error, or come from somebody else. Thread: event loop.
 */
final class OpenAiChunks implements AnswerEncoder {
    private static final byte[] NO_ARGUMENTS = {'{', '}'};
    private static final byte[] PARAGRAPH = {'\n', '\n'};

    private final OpenAiHead head;
    private final OpenAiEvents events;
    private @Nullable ChunkedChoice[] choices = new ChunkedChoice[1];

    // The call that began last, as long as its head has not been taken.
    private int headChoice;
    private int headCall = NO_CALL;
    /** Where another member could be put into that head. */
    private int headEnd;

    OpenAiChunks(AnswerPlan plan, ByteBufAllocator allocator) {
        this.head = new OpenAiHead(plan, "chat.completion.chunk", "chatcmpl");
        this.events = new OpenAiEvents(plan, head, allocator);
    }

    @Override
    public String contentType() {
        return OpenAiEvents.CONTENT_TYPE;
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        head.onStart(id, model);
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        if (from == to) {
            return;
        }
        ChunkedChoice told = begun(choice, /* withContent= */ true);
        if (told.finished) {
            return;
        }
        JsonWriter json = beginDelta(told);
        switch (channel) {
            case CONTENT -> {
                told.content.add(utf8, from, to);
                json.name("content").beginString();
            }
            case REFUSAL -> json.name("refusal").beginString();
            case REASONING -> {
                json.name("reasoning_content").beginString();
                if (told.beginsThought()) {
                    json.text(PARAGRAPH, 0, PARAGRAPH.length);
                }
            }
            case TOOL_CALL -> throw new IllegalArgumentException("a call is no text");
        }
        json.text(utf8, from, to).endString();
        endDelta(json);
    }

    /** Blocks of text are read as one text; thoughts would run into each other. */
    @Override
    public void onBoundary(int choice, Channel channel) {
        ChunkedChoice told = choices.length > OpenAiHead.place(choice) ? choices[OpenAiHead.place(choice)] : null;
        if (told == null) {
            return;
        }
        switch (channel) {
            case CONTENT -> told.content.cut();
            case REASONING -> told.endThought();
            case REFUSAL, TOOL_CALL -> {}
        }
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        ChunkedChoice told = begun(choice, /* withContent= */ false);
        if (told.finished) {
            return;
        }
        told.onCall(call);
        JsonWriter json = beginCall(told, call)
                .name("id")
                .string(id == null || id.isEmpty() ? head.callId(told.index, call) : id)
                .name("type")
                .string("function")
                .name("function")
                .beginObject()
                .name("name")
                .string(name)
                .name("arguments")
                .string("")
                .endObject();
        headChoice = told.index;
        headCall = call;
        headEnd = events.buffer().writerIndex();
        endCall(json);
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        ChunkedChoice told = begun(choice, /* withContent= */ false);
        if (from < to && !told.finished) {
            told.onArguments(call);
            writeArguments(told, call, utf8, from, to);
        }
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        ChunkedChoice told = begun(choice, /* withContent= */ true);
        if (told.finished || from == to) {
            return;
        }
        if (call == NO_CALL) {
            JsonWriter json = beginDelta(told).name("reasoning_details").beginArray();
            OpenAiSignature.beginDetail(json, redacted);
            json.beginString().text(utf8, from, to).endString();
            OpenAiSignature.endDetail(json, origin, told.reasoningDetails++);
            endDelta(json.endArray());
        } else if (origin == SignatureOrigin.GEMINI) {
            signCall(told, call, utf8, from, to);
        }
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        ChunkedChoice told = begun(choice, /* withContent= */ true);
        if (!told.finished) {
            JsonWriter json = beginDelta(told).name("annotations").beginArray();
            new OpenAiCitation(told.content.start(), told.content.end(), url, title).write(json);
            endDelta(json.endArray());
        }
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
        ChunkedChoice told = begun(choice, /* withContent= */ true);
        if (!told.finished) {
            beginFinish(told, reason);
            events.end(OpenAiFinish.of(reason, told.calls > 0));
        }
    }

    private void beginFinish(ChunkedChoice told, FinishReason reason) {
        // The last call of an answer that was cut off may have lost its arguments: nobody shall run it without.
        int complete = reason == FinishReason.LENGTH ? told.calls - 1 : told.calls;
        for (int call = 0; call < complete; call++) {
            if (!told.hasArguments(call)) {
                writeArguments(told, call, NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
            }
        }
        told.finished = true;
        events.begin(told.index).name("delta").beginObject().endObject();
    }

    @Override
    public void onCut(StreamCut cut) {
        begun(0, /* withContent= */ true);
        for (ChunkedChoice told : choices) {
            if (told != null && !told.finished) {
                beginFinish(told, FinishReason.LENGTH);
                events.end(OpenAiFinish.of(FinishReason.LENGTH, /* called= */ false), cut);
            }
        }
        events.finish(cut.usage());
    }

    @Override
    public void onEnd(Usage usage) {
        if (choices[0] == null) {
            begun(0, /* withContent= */ true);
        }
        for (ChunkedChoice told : choices) {
            if (told != null) {
                onFinish(told.index, FinishReason.STOP, null);
            }
        }
        events.finish(usage);
    }

    @Override
    public @Nullable ByteBuf take() {
        headCall = NO_CALL;
        return events.take();
    }

    @Override
    public void close() {
        events.close();
    }

    /** The choice, whose role has been written. */
    private ChunkedChoice begun(int choice, boolean withContent) {
        int place = OpenAiHead.place(choice);
        if (place >= choices.length) {
            choices = Arrays.copyOf(choices, place + 1);
        }
        ChunkedChoice told = choices[place];
        if (told == null) {
            told = new ChunkedChoice(place);
            choices[place] = told;
            JsonWriter json = beginDelta(told).name("role").string("assistant");
            // Where a call comes first, a client that adds the texts up is to end with none.
            json.name("content").string(withContent ? "" : null);
            endDelta(json.name("refusal").nullValue());
        }
        return told;
    }

    private JsonWriter beginDelta(ChunkedChoice told) {
        return events.begin(told.index).name("delta").beginObject();
    }

    private void endDelta(JsonWriter json) {
        json.endObject();
        events.end();
    }

    private JsonWriter beginCall(ChunkedChoice told, int call) {
        return beginDelta(told)
                .name("tool_calls")
                .beginArray()
                .beginObject()
                .name("index")
                .number(call);
    }

    private void endCall(JsonWriter json) {
        endDelta(json.endObject().endArray());
    }

    private void writeArguments(ChunkedChoice told, int call, byte[] utf8, int from, int to) {
        JsonWriter json = beginCall(told, call)
                .name("function")
                .beginObject()
                .name("arguments")
                .beginString()
                .text(utf8, from, to)
                .endString();
        endCall(json.endObject());
    }

    /**
     * A client looks for the signature in the head of the call, but the provider may tell it behind the arguments: so
     * it is put into the head as long as that is here, which it is when both came at once.
     */
    private void signCall(ChunkedChoice told, int call, byte[] utf8, int from, int to) {
        if (headCall != call || headChoice != told.index) {
            JsonWriter json = beginCall(told, call);
            writeSignature(json, utf8, from, to);
            endCall(json);
            return;
        }
        ByteBuf out = events.buffer();
        ByteBuf behind = out.copy(headEnd, out.writerIndex() - headEnd);
        try {
            out.writerIndex(headEnd).writeByte(',');
            writeSignature(new JsonWriter(out), utf8, from, to);
            out.writeBytes(behind);
        } finally {
            behind.release();
        }
        headCall = NO_CALL;
    }

    private static void writeSignature(JsonWriter json, byte[] utf8, int from, int to) {
        OpenAiSignature.beginOfCall(json);
        json.beginString().text(utf8, from, to).endString();
        OpenAiSignature.endOfCall(json);
    }
}
