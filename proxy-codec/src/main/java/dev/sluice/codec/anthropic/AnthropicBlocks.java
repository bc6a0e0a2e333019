package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.HeldEvents;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells what the blocks of an answer say, whether they stand in a message or come as a beginning and deltas. Only texts
 * and the caller's own tools are told: what runs at the provider, and what that returns, is swallowed.
 *
 * <p>A block's members may come in any order, so what a call needs first (its kind, id and name) may come last: its
 * input is kept until its block is complete. Thread: event loop.
 */
final class AnthropicBlocks {
    private static final byte[] NO_ARGUMENTS = "{}".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_CITATIONS = 64;
    /** Larger buffers are let go with what was in them. */
    private static final int KEPT_BUFFER_BYTES = 64 << 10;

    private final HeldEvents events;
    private final OpenCalls open = new OpenCalls();
    private int calls;

    private boolean contentTold;
    private boolean reasoningTold;
    /** Another block of the kind has begun, and said nothing yet. */
    private boolean contentBreaks;

    private boolean reasoningBreaks;

    /** Web addresses, each followed by its title: told behind the text that rests on them. */
    private final List<@Nullable String> citations = new ArrayList<>();

    // The block being read, or the one that began last.
    private boolean startSeen;
    private boolean callersTool;
    private boolean foreign;
    private @Nullable String toolId;
    private @Nullable String toolName;
    private byte[] input = new byte[64];
    private int inputLength;
    private byte[] opaque = new byte[0];
    private int opaqueLength;
    private boolean redacted;
    private boolean webCitation;
    private @Nullable String url;
    private @Nullable String title;

    // The current payload.
    private boolean generated;
    private int callsBefore;

    AnthropicBlocks(HeldEvents events) {
        this.events = events;
    }

    /** Whether any call of a tool of the caller's has been told. */
    boolean callSeen() {
        return calls > 0;
    }

    /** Whether the current payload has anything in it that the model has generated. */
    boolean generated() {
        return generated;
    }

    /** A block begins. */
    void onBlock() {
        tellCitations();
        tellPendingInput();
        contentBreaks = contentTold;
        reasoningBreaks = reasoningTold;
        callersTool = false;
        foreign = false;
        toolId = null;
        toolName = null;
    }

    void onValue(int id, JsonReader value) {
        switch (id) {
            case AnthropicShapes.BLOCK_TYPE -> nameKind(value);
            case AnthropicShapes.TOOL_ID -> toolId = textOrNull(value);
            case AnthropicShapes.TOOL_NAME -> toolName = textOrNull(value);
            case AnthropicShapes.INPUT -> {
                boolean says = value.kind() == Kind.OBJECT || value.kind() == Kind.STRING;
                if (!says || value.isEmpty()) {
                    inputLength = 0;
                }
            }
            case AnthropicShapes.REDACTED -> redacted |= opaqueLength > 0;
            case AnthropicShapes.CITATION_TYPE -> webCitation = value.textEquals("web_search_result_location");
            case AnthropicShapes.CITATION_URL -> url = textOrNull(value);
            case AnthropicShapes.CITATION_TITLE -> title = textOrNull(value);
            case AnthropicShapes.CITATION -> endCitation();
            case AnthropicShapes.START_BLOCK -> startSeen = value.kind() == Kind.OBJECT;
            case AnthropicShapes.WHOLE_BLOCK -> {
                if (value.kind() == Kind.OBJECT) {
                    endWhole();
                }
            }
            default -> {}
        }
    }

    /** @param block the number that the payload has named so far; {@link OpenCalls#NONE} when it has not */
    void onText(int id, long block, byte[] utf8, int from, int to) {
        switch (id) {
            case AnthropicShapes.TEXT -> tellText(Channel.CONTENT, utf8, from, to);
            case AnthropicShapes.THINKING -> tellText(Channel.REASONING, utf8, from, to);
            case AnthropicShapes.EXPLANATION -> {
                events.onText(0, Channel.REFUSAL, utf8, from, to);
                generated = true;
            }
            case AnthropicShapes.SIGNATURE, AnthropicShapes.REDACTED -> {
                opaque = grown(opaque, opaqueLength, to - from);
                System.arraycopy(utf8, from, opaque, opaqueLength, to - from);
                opaqueLength += to - from;
            }
            case AnthropicShapes.INPUT -> {
                input = grown(input, inputLength, to - from);
                System.arraycopy(utf8, from, input, inputLength, to - from);
                inputLength += to - from;
            }
            case AnthropicShapes.ARGUMENTS -> tellArguments(block, utf8, from, to);
            default -> {}
        }
    }

    /** The payload is complete, and legal; it began the block of this number if it began one. */
    void onPayloadEnd(long block) {
        tellOpaque();
        if (startSeen && callersTool) {
            int call = tellCall();
            open.begin(block, call);
        } else if (startSeen) {
            inputLength = 0;
        }
        generated |= startSeen && foreign;
    }

    /** A block has ended. */
    void onStop(long block) {
        int call = open.call(block);
        if (call != OpenCalls.NONE && !open.isArgued(block)) {
            if (call != open.last() || inputLength == 0) {
                events.onArguments(0, call, NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
            } else {
                tellInput(call);
            }
        }
        open.end(block);
        tellCitations();
    }

    /** The message has ended, and with it all that is still open. */
    void onMessageEnd() {
        while (open.last() != OpenCalls.NONE) {
            onStop(open.lastBlock());
        }
        tellCitations();
    }

    /** Another payload comes; what the last one said counts only if it was {@code legal}. */
    void reset(boolean legal) {
        if (!legal) {
            calls = callsBefore;
        }
        callsBefore = calls;
        generated = false;
        startSeen = false;
        opaqueLength = 0;
        redacted = false;
        url = null;
        title = null;
        webCitation = false;
    }

    private void nameKind(JsonReader value) {
        callersTool = value.textEquals("tool_use");
        foreign = !callersTool
                && !value.textEquals("text")
                && !value.textEquals("thinking")
                && !value.textEquals("redacted_thinking");
    }

    private void endWhole() {
        tellOpaque();
        if (callersTool) {
            int call = tellCall();
            if (inputLength == 0) {
                events.onArguments(0, call, NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
            } else {
                tellInput(call);
            }
        }
        inputLength = 0;
        generated |= foreign;
        tellCitations();
    }

    private int tellCall() {
        int call = calls++;
        // A nameless call cannot be answered, but neither can it be left out: the caller has to see it.
        events.onToolCall(0, call, toolId, toolName == null ? "unknown" : toolName);
        generated = true;
        return call;
    }

    private void tellArguments(long block, byte[] utf8, int from, int to) {
        int call = block == OpenCalls.NONE ? open.last() : open.call(block);
        generated |= from < to;
        if (call != OpenCalls.NONE && from < to) {
            if (call == open.last()) {
                inputLength = 0;
            }
            open.setArgued(call);
            events.onArguments(0, call, utf8, from, to);
        }
    }

    /** The block that began last has said its input at once, and no deltas followed. */
    private void tellPendingInput() {
        int call = open.last();
        if (call != OpenCalls.NONE && inputLength > 0) {
            tellInput(call);
            open.setArgued(call);
        }
        inputLength = 0;
    }

    private void tellInput(int call) {
        events.onArguments(0, call, input, 0, inputLength);
        inputLength = 0;
        if (input.length > KEPT_BUFFER_BYTES) {
            input = new byte[64];
        }
    }

    private void tellText(Channel channel, byte[] utf8, int from, int to) {
        if (from < to) {
            tellBreak(channel);
            events.onText(0, channel, utf8, from, to);
            generated = true;
        }
    }

    private void tellBreak(Channel channel) {
        if (channel == Channel.CONTENT) {
            if (contentBreaks) {
                events.onBoundary(0, channel);
            }
            contentBreaks = false;
            contentTold = true;
        } else {
            if (reasoningBreaks) {
                events.onBoundary(0, channel);
            }
            reasoningBreaks = false;
            reasoningTold = true;
        }
    }

    private void tellOpaque() {
        if (opaqueLength > 0) {
            tellBreak(Channel.REASONING);
            events.onSignature(0, ChatEvents.NO_CALL, SignatureOrigin.ANTHROPIC, redacted, opaque, 0, opaqueLength);
            generated = true;
        }
        opaqueLength = 0;
        redacted = false;
        if (opaque.length > KEPT_BUFFER_BYTES) {
            opaque = new byte[0];
        }
    }

    private void endCitation() {
        if (webCitation && url != null) {
            if (citations.size() == 2 * MAX_CITATIONS) {
                tellCitations();
            }
            citations.add(url);
            citations.add(title);
        }
        url = null;
        title = null;
        webCitation = false;
    }

    private void tellCitations() {
        for (int i = 0; i < citations.size(); i += 2) {
            String address = citations.get(i);
            if (address != null) {
                events.onCitation(0, address, citations.get(i + 1));
            }
        }
        citations.clear();
    }

    private static byte[] grown(byte[] bytes, int length, int added) {
        return length + added <= bytes.length
                ? bytes
                : Arrays.copyOf(bytes, Math.max(length + added, 2 * bytes.length));
    }

    private static @Nullable String textOrNull(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : null;
    }
}
