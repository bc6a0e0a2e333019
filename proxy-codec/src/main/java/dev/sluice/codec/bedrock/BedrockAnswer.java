package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import dev.sluice.codec.usage.UsageFigures;
import dev.sluice.codec.usage.UsageShape;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer of Converse, whole or event by event. What an event is, its frame says.
 *
 * <pre>
 *   messageStart ─▶ (contentBlockStart) ─▶ contentBlockDelta … ─▶ contentBlockStop ─┐
 *                          ▲                                                        │
 *                          └────────────────────────────────────────────────────────┤
 *                                            metadata (usage) ◀─ messageStop ◀──────┘
 * </pre>
 *
 * <p>A block of text begins with its first delta, one of a tool with a start of its own. Memory is fixed, but for what
 * one event holds. Thread: event loop.
 */
final class BedrockAnswer implements AnswerReader, JsonReader.Listener {
    static final String MESSAGE_START = "messageStart";
    static final String BLOCK_START = "contentBlockStart";
    static final String DELTA = "contentBlockDelta";
    static final String BLOCK_STOP = "contentBlockStop";
    static final String MESSAGE_STOP = "messageStop";
    static final String METADATA = "metadata";

    private final boolean stream;
    private final HeldEvents held;
    private final BedrockBlock block;
    private final JsonReader reader = new JsonReader(BedrockShapes.ANSWER, this);
    private final UsageFigures usage = new UsageFigures(UsageShape.BEDROCK_CONVERSE);

    private boolean started;
    private boolean finished;
    private boolean reportedUsage;
    private @Nullable String serviceTier;
    private @Nullable GatewayError error;

    // The current payload.
    private String name = "";
    private boolean namedError;
    private boolean begun;
    private boolean output;
    private boolean outputSeen;
    private long index;
    private @Nullable String stopReason;
    private @Nullable String message;
    private @Nullable String originalMessage;
    // Of a whole answer.
    private int blocks;

    BedrockAnswer(boolean stream, ChatEvents events) {
        this.stream = stream;
        this.held = new HeldEvents(events);
        this.block = new BedrockBlock(held);
    }

    @Override
    public void onName(String frameName) {
        name = frameName;
    }

    @Override
    public void onNamedError() {
        namedError = true;
    }

    @Override
    public void onPayload(ByteBuf buffer, int bufferIndex, int length) {
        begun |= length > 0;
        reader.feed(buffer, bufferIndex, length);
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

    /** Converse does not say: it is the one that was asked for. */
    @Override
    public @Nullable String model() {
        return null;
    }

    @Override
    public @Nullable String serviceTier() {
        return serviceTier;
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
        switch (id) {
            case BedrockShapes.OUTPUT -> outputSeen = value.kind() == Kind.OBJECT;
            case BedrockShapes.STOP_REASON -> stopReason = string(value);
            case BedrockShapes.SERVICE_TIER -> nameServiceTier(value);
            case BedrockShapes.BLOCK_INDEX -> index = value.kind() == Kind.NUMBER ? value.number() : 0;
            case BedrockShapes.BLOCK -> endWholeBlock();
            case BedrockShapes.MESSAGE -> message = string(value);
            case BedrockShapes.ORIGINAL_MESSAGE -> originalMessage = string(value);
            default -> {
                if (id < 0) {
                    usage.onFigure(id, value);
                } else {
                    block.onValue(id, value);
                }
            }
        }
    }

    @Override
    public void onText(int id, byte[] bytes, int from, int to) {
        block.onText(id, bytes, from, to);
    }

    private void endWholeBlock() {
        start();
        output |= block.tell(blocks++, /* whole= */ true);
    }

    private Event judge() {
        if (namedError) {
            return fail(BedrockError.named(name, said()));
        }
        if (!begun) {
            return Event.EMPTY;
        }
        if (!reader.end() || reader.rootKind() != Kind.OBJECT) {
            return Event.MALFORMED;
        }
        return stream ? judgeEvent() : judgeWhole();
    }

    private Event judgeEvent() {
        switch (name) {
            case METADATA -> {
                return Event.DONE;
            }
            case MESSAGE_STOP -> {
                return finish() ? Event.OTHER : Event.ERROR;
            }
            case MESSAGE_START -> start();
            case BLOCK_STOP -> block.endSignature();
            default -> {
                if (!finished) {
                    start();
                    output = block.tell(index, /* whole= */ false);
                }
            }
        }
        held.tell();
        return output ? Event.CONTENT : Event.OTHER;
    }

    private Event judgeWhole() {
        if (!outputSeen && stopReason == null) {
            return message == null ? Event.MALFORMED : fail(BedrockError.named("", said()));
        }
        start();
        if (!finish()) {
            return Event.ERROR;
        }
        return output ? Event.CONTENT : Event.OTHER;
    }

    /** Whether the answer has ended as an answer does. */
    private boolean finish() {
        String reason = stopReason;
        if (reason != null && reason.startsWith("malformed_")) {
            // The model wrote what nobody can read. As a silent end it would lose the turn.
            fail(BedrockError.malformed(reason));
            return false;
        }
        if (!finished) {
            finished = true;
            block.endSignature();
            held.onFinish(0, finishReason(reason), null);
            held.tell();
        }
        return true;
    }

    private FinishReason finishReason(@Nullable String reason) {
        return switch (reason == null ? "" : reason) {
            case "stop_sequence" -> FinishReason.STOP_SEQUENCE;
            case "tool_use" -> FinishReason.TOOL_CALLS;
            case "max_tokens", "model_context_window_exceeded" -> FinishReason.LENGTH;
            case "guardrail_intervened", "content_filtered" -> FinishReason.CONTENT_FILTER;
            default -> block.hasCalls() ? FinishReason.TOOL_CALLS : FinishReason.STOP;
        };
    }

    private Event fail(GatewayError failure) {
        error = failure;
        return Event.ERROR;
    }

    private @Nullable String said() {
        return originalMessage == null ? message : originalMessage;
    }

    private void reset() {
        held.clear();
        block.clear();
        reader.reset();
        usage.endPayload();
        name = "";
        namedError = false;
        begun = false;
        output = false;
        outputSeen = false;
        index = 0;
        stopReason = null;
        message = null;
        originalMessage = null;
    }

    private void start() {
        if (!started) {
            started = true;
            held.onStart(null, null);
        }
    }

    private void nameServiceTier(JsonReader value) {
        if (value.kind() == Kind.STRING && !value.isEmpty()) {
            serviceTier = value.text();
        }
    }

    private static @Nullable String string(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : null;
    }
}
