package dev.sluice.codec.ollama;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StatusError;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of Ollama's, line by line or whole, which differ in nothing but in how much a line has of the text.
 * The line that says {@code "done":true} is the last: it has the reason, the figures, and now and then a call.
 *
 * <p>Memory is fixed, but for what one payload holds. Thread: event loop.
 */
final class OllamaAnswer implements AnswerReader, JsonReader.Listener {
    /** Where an error is said in place of an answer, no status says what it is. */
    private static final int NO_STATUS = 502;

    private final boolean stream;
    private final boolean chat;
    private final HeldEvents held;
    private final JsonReader reader = new JsonReader(OllamaShapes.ANSWER, this);
    private final UsageFigures usage = new UsageFigures(UsageShape.OLLAMA);
    private final OllamaCall call = new OllamaCall();
    /** Of the payload: stands before the thoughts of the same payload, and is told behind them. Garbage-collected. */
    private final ByteBuf content = Unpooled.buffer();

    private boolean started;
    private boolean callSeen;
    private boolean finished;
    private boolean reportedUsage;
    private @Nullable String model;
    private @Nullable GatewayError error;

    // The current payload.
    private boolean begun;
    private boolean output;
    private boolean done;
    private FinishReason reason = FinishReason.STOP;
    private boolean errorSeen;
    private @Nullable String errorMessage;

    OllamaAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        this.stream = stream;
        this.chat = endpoint == Endpoint.OLLAMA_CHAT;
        this.held = new HeldEvents(events);
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        begun |= length > 0;
        reader.feed(buffer, index, length);
    }

    @Override
    public Event onPayloadEnd() {
        Event event = judge();
        reportedUsage = usage.isInPayload();
        reset();
        return event;
    }

    @Override
    public boolean finished() {
        return finished;
    }

    @Override
    public Usage usage() {
        return usage.reported();
    }

    @Override
    public boolean reportedUsage() {
        return reportedUsage;
    }

    @Override
    public @Nullable String model() {
        return model;
    }

    @Override
    public @Nullable String serviceTier() {
        return null;
    }

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    /** Nothing is held that would have to be released. */
    @Override
    public void close() {}

    @Override
    public void onValue(int id, JsonReader value) {
        if (id < 0) {
            usage.onFigure(id, value);
            return;
        }
        switch (id) {
            case OllamaShapes.MODEL -> nameModel(value);
            case OllamaShapes.DONE -> done = value.kind() == Kind.TRUE;
            // "stop", and "load" and "unload" where nothing was asked, are no more than an end.
            case OllamaShapes.DONE_REASON ->
                reason = value.kind() == Kind.STRING && value.textEquals("length")
                        ? FinishReason.LENGTH
                        : FinishReason.STOP;
            case OllamaShapes.EMBEDDINGS -> output |= value.kind() == Kind.ARRAY && !value.isEmpty();
            case OllamaShapes.CALL_ID -> call.onId(value);
            case OllamaShapes.CALL_NAME -> call.onName(value);
            case OllamaShapes.CALL -> endCall();
            case OllamaShapes.ERROR, OllamaShapes.ERROR_MESSAGE -> onError(value);
            default -> {}
        }
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        switch (id) {
            case OllamaShapes.CONTENT -> content.writeBytes(bytes, from, to - from);
            case OllamaShapes.THINKING -> tell(Channel.REASONING, bytes, from, to);
            case OllamaShapes.ARGUMENTS -> call.onArguments(bytes, from, to);
            default -> {}
        }
    }

    private void tell(Channel channel, byte[] bytes, int from, int to) {
        if (!errorSeen && !finished && from < to) {
            start();
            output = true;
            held.onText(0, channel, bytes, from, to);
        }
    }

    private void endContent() {
        tell(Channel.CONTENT, content.array(), 0, content.writerIndex());
        content.clear();
    }

    private void endCall() {
        endContent();
        if (errorSeen || finished) {
            call.forget();
            return;
        }
        start();
        if (call.tellTo(held)) {
            callSeen = true;
            output = true;
        }
    }

    private Event judge() {
        if (!begun) {
            return Event.EMPTY;
        }
        boolean complete = reader.end();
        if (stream && complete && reader.rootKind() == Kind.NULL) {
            return Event.EMPTY;
        }
        if (!complete || reader.rootKind() != Kind.OBJECT) {
            return Event.MALFORMED;
        }
        if (errorSeen) {
            error = StatusError.of(NO_STATUS, errorMessage, /* aboutModel= */ false);
            return Event.ERROR;
        }
        endContent();
        boolean last = (done || !stream) && !finished;
        if (last && chat) {
            start();
            held.onFinish(0, callSeen && reason == FinishReason.STOP ? FinishReason.TOOL_CALLS : reason, null);
        }
        held.tell();
        finished |= last;
        if (stream && last) {
            // Whatever else is in it: behind it nothing comes, though the connection may stay open.
            return Event.DONE;
        }
        return output ? Event.CONTENT : Event.OTHER;
    }

    private void reset() {
        held.clear();
        content.clear();
        call.forget();
        reader.reset();
        usage.endPayload();
        begun = false;
        output = false;
        done = false;
        reason = FinishReason.STOP;
        errorSeen = false;
        errorMessage = null;
    }

    private void start() {
        if (!started) {
            started = true;
            held.onStart(null, model);
        }
    }

    private void nameModel(JsonReader value) {
        if (model == null && value.kind() == Kind.STRING && !value.isEmpty()) {
            model = value.text();
        }
    }

    private void onError(JsonReader value) {
        if (value.kind() == Kind.STRING && !value.isEmpty()) {
            errorMessage = value.text();
        }
        errorSeen |= value.kind() != Kind.NULL && value.kind() != Kind.FALSE && !isEmpty(value);
    }

    private static boolean isEmpty(JsonReader value) {
        return switch (value.kind()) {
            case STRING, OBJECT, ARRAY -> value.isEmpty();
            case NULL, FALSE, TRUE, NUMBER -> false;
        };
    }
}
