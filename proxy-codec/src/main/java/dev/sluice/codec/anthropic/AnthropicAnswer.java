package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerKit;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.LentAnswer;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer in Anthropic's dialect, event by event or whole.
 *
 * <pre>
 *   message_start ─▶ ( content_block_start ─▶ content_block_delta* ─▶ content_block_stop )*
 *                 ─▶ message_delta* ─▶ message_stop        and ping anywhere
 * </pre>
 *
 * <p>A {@code message_start} may carry the whole answer. One that comes again is ignored when it names the same message;
 * another message has been spliced into this one, by a retry on the way, and is an error: its blocks would be glued to
 * those that have been told. What an answer says at last (why it stopped) is told with {@code message_stop}, before
 * which nothing is finished.
 *
 * <p>Memory for each stream is fixed, but for one block's input, signature and citations. Thread: event loop.
 */
final class AnthropicAnswer implements AnswerReader, JsonReader.Listener {

    private final boolean stream;
    private final boolean counts;
    private final JsonReader reader;
    private final AnswerKit kit;
    private final UsageFigures usage = UsageFigures.take(UsageShape.ANTHROPIC);
    private final HeldEvents held;
    private final AnthropicBlocks blocks;
    private final AnthropicCut cut = new AnthropicCut();

    private @Nullable String messageId;
    private @Nullable String model;
    private boolean started;
    private boolean startTold;
    private boolean stopped;
    private boolean wholeIsLegal;
    private boolean reportedUsage;
    private @Nullable FinishReason finish;
    private @Nullable String stopSequence;
    private @Nullable GatewayError error;

    // The current payload.
    private boolean begun;
    private AnthropicEvent type = AnthropicEvent.UNSAID;
    private long block = OpenCalls.NONE;
    private boolean messageSeen;
    private boolean otherMessage;
    private boolean inputTokensSeen;
    private boolean errorSeen;
    private boolean namedError;
    private @Nullable AnthropicError details;

    private AnthropicAnswer(Endpoint endpoint, boolean stream, AnswerKit kit) {
        this.stream = stream;
        this.counts = endpoint == Endpoint.MESSAGES_COUNT_TOKENS;
        this.kit = kit;
        this.reader = kit.reader(stream ? AnthropicShapes.EVENT : AnthropicShapes.BODY, this);
        this.held = kit.held();
        this.blocks = new AnthropicBlocks(held);
    }

    static AnswerReader of(Endpoint endpoint, boolean stream, ChatEvents events) {
        return new LentAnswer(new AnthropicAnswer(endpoint, stream, AnswerKit.take(events)));
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        int from = index;
        int end = index + length;
        while (!begun && from < end) {
            byte first = buffer.getByte(from);
            begun = first != ' ' && first != '\t' && first != '\n' && first != '\r';
            from += begun ? 0 : 1;
        }
        if (from < end) {
            reader.feed(buffer, from, end - from);
        }
    }

    @Override
    public void onNamedError() {
        namedError = true;
    }

    @Override
    public Event onPayloadEnd() {
        Event event = judge();
        boolean legal = event == Event.CONTENT || event == Event.OTHER || event == Event.DONE;
        if (legal) {
            held.tell();
        } else {
            held.clear();
        }
        reportedUsage = usage.isInPayload();
        usage.endPayload();
        blocks.reset(legal);
        reset();
        return event;
    }

    @Override
    public boolean finished() {
        return stream ? stopped : wholeIsLegal;
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
        return usage.serviceTier();
    }

    @Override
    public @Nullable GatewayError error() {
        return error;
    }

    @Override
    public @Nullable ByteBuf cut(StreamCut why) {
        return started ? cut.write(why) : null;
    }

    @Override
    public void close() {
        kit.giveBack();
        usage.giveBack();
    }

    @Override
    public void onOpen(int id, Kind container) {
        if (id == AnthropicShapes.WHOLE_BLOCK) {
            tellStart();
        }
        blocks.onBlock();
    }

    @Override
    public void onValue(int id, JsonReader value) {
        if (id < 0) {
            usage.onFigure(id, value);
        } else if (id >= AnthropicShapes.FIRST_OF_ERROR) {
            onErrorPart(id, value);
        } else if (id >= AnthropicShapes.FIRST_OF_BLOCKS) {
            blocks.onValue(id, value);
        } else {
            onPart(id, value);
        }
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        if (id == AnthropicShapes.EXPLANATION) {
            tellStart();
        }
        blocks.onText(id, block, bytes, from, to);
    }

    private void onPart(int id, JsonReader value) {
        switch (id) {
            case AnthropicShapes.TYPE ->
                type = value.kind() == Kind.STRING ? AnthropicEvent.of(value) : AnthropicEvent.UNKNOWN;
            case AnthropicShapes.INDEX -> block = value.kind() == Kind.NUMBER ? value.number() : OpenCalls.NONE;
            case AnthropicShapes.MESSAGE -> messageSeen = value.kind() == Kind.OBJECT;
            case AnthropicShapes.MESSAGE_ID -> identify(value);
            case AnthropicShapes.MODEL -> {
                if (model == null && value.kind() == Kind.STRING && !value.isEmpty()) {
                    model = value.text();
                }
            }
            case AnthropicShapes.STOP_REASON -> {
                if (value.kind() == Kind.STRING && !value.isEmpty()) {
                    finish = finish(value);
                }
            }
            case AnthropicShapes.STOP_SEQUENCE -> {
                if (value.kind() == Kind.STRING) {
                    stopSequence = value.text();
                }
            }
            case AnthropicShapes.INPUT_TOKENS -> inputTokensSeen = value.kind() == Kind.NUMBER;
            default -> throw new AssertionError(id);
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
        // The payload's own words count more than the name of its event.
        boolean unnamed = type == AnthropicEvent.UNSAID || type == AnthropicEvent.UNKNOWN;
        if (type == AnthropicEvent.ERROR || (unnamed && (errorSeen || namedError))) {
            error = (details == null ? new AnthropicError() : details).toGatewayError(0);
            return Event.ERROR;
        }
        return stream ? judgeEvent() : judgeBody();
    }

    private Event judgeEvent() {
        switch (type) {
            case MESSAGE_START -> {
                return judgeStart();
            }
            case BLOCK_STOP -> {
                blocks.onStop(block);
                cut.onBlockStop(block);
            }
            case MESSAGE_STOP -> {
                return judgeStop();
            }
            case PING -> {
                // A heartbeat: says nothing of whether there will be an answer.
                return Event.EMPTY;
            }
            case BLOCK_START -> {
                blocks.onPayloadEnd(block);
                cut.onBlockStart(block);
            }
            case BLOCK_DELTA -> blocks.onPayloadEnd(block);
            case MESSAGE_DELTA -> {
                blocks.onPayloadEnd(block);
                if (finish != null) {
                    cut.onEnding();
                }
            }
            case UNSAID, UNKNOWN, ERROR, MESSAGE -> {}
        }
        return blocks.generated() ? Event.CONTENT : Event.OTHER;
    }

    private Event judgeStart() {
        if (!messageSeen) {
            return Event.MALFORMED;
        }
        if (otherMessage) {
            error = GatewayError.provider(
                    ErrorKind.UPSTREAM_ERROR, "the provider began another message in the middle of its answer");
            return Event.ERROR;
        }
        if (started) {
            held.clear();
            return Event.OTHER;
        }
        tellStart();
        started = true;
        return blocks.generated() ? Event.CONTENT : Event.OTHER;
    }

    private Event judgeStop() {
        if (!started) {
            return Event.MALFORMED;
        }
        blocks.onMessageEnd();
        if (!stopped) {
            stopped = true;
            tellFinish();
        }
        return Event.DONE;
    }

    private Event judgeBody() {
        if (counts) {
            wholeIsLegal = inputTokensSeen;
            return Event.OTHER;
        }
        if (type != AnthropicEvent.MESSAGE) {
            return Event.OTHER;
        }
        wholeIsLegal = true;
        tellStart();
        tellFinish();
        return blocks.generated() ? Event.CONTENT : Event.OTHER;
    }

    private void identify(JsonReader value) {
        if (value.kind() != Kind.STRING || value.isEmpty()) {
            return;
        }
        if (!started) {
            messageId = value.text();
        } else {
            otherMessage = messageId == null || !value.textEquals(messageId);
        }
    }

    /** With what is known of it by then: nothing, where blocks stand before id and model. */
    private void tellStart() {
        if (!startTold) {
            startTold = true;
            if (messageId != null || model != null) {
                held.onStart(messageId, model);
            }
        }
    }

    private void tellFinish() {
        FinishReason reason = finish == null ? FinishReason.STOP : finish;
        if (reason == FinishReason.STOP && finish == null && blocks.callSeen()) {
            reason = FinishReason.TOOL_CALLS;
        } else if (reason == FinishReason.TOOL_CALLS && !blocks.callSeen()) {
            reason = FinishReason.STOP;
        }
        held.onFinish(0, reason, reason == FinishReason.STOP_SEQUENCE ? stopSequence : null);
    }

    private void onErrorPart(int id, JsonReader value) {
        if (id == AnthropicShapes.ERROR) {
            errorSeen |= (value.kind() == Kind.OBJECT || value.kind() == Kind.STRING) && !value.isEmpty();
        }
        if (details == null) {
            details = new AnthropicError();
        }
        details.onValue(id, value);
    }

    private void reset() {
        reader.reset();
        begun = false;
        type = AnthropicEvent.UNSAID;
        block = OpenCalls.NONE;
        messageSeen = false;
        otherMessage = false;
        inputTokensSeen = false;
        errorSeen = false;
        namedError = false;
        details = null;
    }

    private static FinishReason finish(JsonReader value) {
        if (value.textEquals("tool_use")) {
            return FinishReason.TOOL_CALLS;
        } else if (value.textEquals("stop_sequence")) {
            return FinishReason.STOP_SEQUENCE;
        } else if (value.textEquals("max_tokens") || value.textEquals("model_context_window_exceeded")) {
            return FinishReason.LENGTH;
        } else if (value.textEquals("refusal")) {
            return FinishReason.CONTENT_FILTER;
        } else if (value.textEquals("pause_turn")) {
            return FinishReason.PAUSE;
        }
        // end_turn, compaction, and what is still to be invented.
        return FinishReason.STOP;
    }
}
