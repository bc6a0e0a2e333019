package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as Anthropic's events while it hears it. A message is a row of blocks of which one is open at a time
 * and none is opened twice:
 *
 * <pre>
 *              text          ┌──────┐
 *        ┌────────────────▶  │ TEXT │ ──┐
 *   ┌──────┐   reasoning     ├──────┤   │ anything else, a boundary,
 *   │ NONE │ ─────────────▶  │THINK.│ ──┤ a signature, the end
 *   └──────┘   take, or all  ├──────┤   │
 *        │ └──────────────▶  │ TOOL │ ──┘
 *        ▲     that is no    └──────┘   │
 *        │     argument                 │
 *        └──────────────────────────────┘
 * </pre>
 *
 * <p>A call's block begins with the next {@link #take}, or whatever else is told before: Gemini signs its calls behind
 * them, and the signature has to stand in front. From then on its arguments flow; those of other calls wait, for they
 * may come in turns, and nothing in an argument says that it is the last. A tool cannot run before the end anyway. What
 * waits has a limit; more of it, or an argument of a call that has been closed, ends the answer with an error.
 *
 * <p>Thread: event loop.
 */
final class AnthropicStreamEncoder implements AnswerEncoder {
    static final int MAX_HELD_BYTES = 8 << 20;

    private static final byte[] NO_ARGUMENTS = {'{', '}'};
    private static final int NO_LIVE_CALL = -1;

    private enum Open {
        NONE,
        TEXT,
        REFUSAL,
        THINKING,
        TOOL
    }

    private final AnswerPlan plan;
    private final ByteBufAllocator allocator;
    private final AnthropicEvents events;
    /** Calls whose block has not begun; released by {@link #close}. */
    private final Deque<HeldCall> held = new ArrayDeque<>();

    private int heldBytes;
    private boolean begun;
    private boolean failed;
    private Open open = Open.NONE;
    /** The call whose block is open. */
    private int live = NO_LIVE_CALL;

    private boolean liveArgued;
    private boolean called;
    private boolean refused;
    private @Nullable FinishReason finish;
    private @Nullable String stopSequence;

    AnthropicStreamEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        this.plan = plan;
        this.allocator = allocator;
        this.events = new AnthropicEvents(allocator);
    }

    @Override
    public String contentType() {
        return AnthropicEvents.CONTENT_TYPE;
    }

    @Override
    public void onStart(@Nullable String id, @Nullable String model) {
        if (!begun) {
            begun = true;
            String named = model == null || model.isEmpty() ? plan.model() : model;
            events.messageStart(AnthropicEnding.messageId(id, plan), named, plan);
        }
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        if (choice != 0 || failed || from == to) {
            return;
        }
        Open wanted = open(channel);
        if (open != wanted || !held.isEmpty()) {
            endAll();
            begin();
            if (wanted == Open.THINKING) {
                events.beginThinking();
            } else {
                events.beginText();
            }
            open = wanted;
        }
        refused |= channel == Channel.REFUSAL;
        events.delta(utf8, from, to);
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        if (choice == 0 && channel != Channel.TOOL_CALL && open == open(channel)) {
            endBlock();
        }
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String id, String name) {
        if (choice == 0 && !failed) {
            called = true;
            held.add(new HeldCall(call, AnthropicEnding.callId(id, call, plan), name, allocator));
        }
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        if (choice != 0 || failed || from == to) {
            return;
        }
        if (call == live) {
            liveArgued = true;
            events.delta(utf8, from, to);
            return;
        }
        HeldCall waiting = held(call);
        if (waiting == null) {
            fail("arguments of call " + call + " came when its block had been closed");
        } else if (to - from > MAX_HELD_BYTES - heldBytes) {
            fail("calls that come in turns have more than " + MAX_HELD_BYTES + " bytes of arguments");
        } else {
            waiting.arguments().writeBytes(utf8, from, to - from);
            heldBytes += to - from;
        }
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        if (choice != 0 || failed) {
            return;
        }
        if (call != NO_CALL) {
            HeldCall waiting = held(call);
            if (waiting != null) {
                waiting.sign(origin, utf8, from, to);
            }
            return;
        }
        if (open != Open.THINKING || redacted || !held.isEmpty()) {
            endAll();
            begin();
        }
        if (redacted) {
            events.redacted(origin, utf8, from, to);
        } else {
            sign(origin, utf8, from, to);
        }
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        if (choice == 0 && open == Open.TEXT) {
            events.citation(url, title);
        }
    }

    @Override
    public void onFinish(int choice, FinishReason reason, @Nullable String sequence) {
        if (choice == 0 && finish == null) {
            finish = reason;
            stopSequence = sequence;
        }
    }

    @Override
    public void onEnd(Usage usage) {
        if (failed) {
            return;
        }
        begin();
        endAll();
        beginMessageDelta(usage);
        events.endMessage();
    }

    /** Of the calls that wait for their block only those are told that are whole: of the rest nobody has seen anything. */
    @Override
    public void onCut(StreamCut cut) {
        if (failed) {
            return;
        }
        begin();
        finish = finish == null ? FinishReason.LENGTH : finish;
        // A call without arguments may only not have got them yet.
        liveArgued = true;
        endBlock();
        held.removeIf(HeldCall::closeIncomplete);
        endAll();
        cut.write(beginMessageDelta(cut.usage()));
        events.endMessage();
    }

    private JsonWriter beginMessageDelta(Usage usage) {
        JsonWriter json = events.beginMessageDelta();
        json.name("stop_reason").string(AnthropicEnding.stopReason(finish, called, refused));
        json.name("stop_sequence").string(stopSequence).endObject().name("usage");
        AnthropicEnding.writeUsage(json, usage, plan.promptTokens());
        return json;
    }

    @Override
    public @Nullable ByteBuf take() {
        if (open != Open.TOOL && !held.isEmpty()) {
            begin();
            endBlock();
            beginCall(held.remove());
        }
        return events.take();
    }

    @Override
    public void close() {
        dropHeld();
        events.close();
    }

    private void begin() {
        onStart(null, null);
    }

    private static Open open(Channel channel) {
        return switch (channel) {
            case CONTENT -> Open.TEXT;
            case REFUSAL -> Open.REFUSAL;
            case REASONING -> Open.THINKING;
            case TOOL_CALL -> Open.TOOL;
        };
    }

    /** The open block, and all calls that wait for theirs. */
    private void endAll() {
        endBlock();
        while (!held.isEmpty()) {
            begin();
            beginCall(held.remove());
            endBlock();
        }
    }

    private void endBlock() {
        if (open == Open.NONE) {
            return;
        }
        if (open == Open.TOOL && !liveArgued) {
            events.delta(NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
        }
        events.endBlock();
        open = Open.NONE;
        live = NO_LIVE_CALL;
    }

    private void beginCall(HeldCall call) {
        try (call) {
            SignatureOrigin origin = call.origin();
            if (origin != null) {
                sign(origin, call.signature(), 0, call.signature().length);
            }
            events.beginTool(call.id(), call.name());
            open = Open.TOOL;
            live = call.call();
            ByteBuf arguments = call.arguments();
            liveArgued = arguments.isReadable();
            if (liveArgued) {
                heldBytes -= arguments.readableBytes();
                byte[] utf8 = new byte[arguments.readableBytes()];
                arguments.readBytes(utf8);
                events.delta(utf8, 0, utf8.length);
            }
        }
    }

    /** A signature ends the thoughts that it signs; where there are none, it signs none. */
    private void sign(SignatureOrigin origin, byte[] utf8, int from, int to) {
        if (open != Open.THINKING) {
            events.beginThinking();
            open = Open.THINKING;
        }
        events.signature(origin, utf8, from, to);
        endBlock();
    }

    private @Nullable HeldCall held(int call) {
        for (HeldCall waiting : held) {
            if (waiting.call() == call) {
                return waiting;
            }
        }
        return null;
    }

    private void fail(String what) {
        begin();
        failed = true;
        dropHeld();
        events.write(AnthropicInbound.event(
                GatewayError.provider(ErrorKind.UPSTREAM_ERROR, "this answer cannot be told: " + what)));
    }

    private void dropHeld() {
        held.forEach(HeldCall::close);
        held.clear();
        heldBytes = 0;
    }
}
