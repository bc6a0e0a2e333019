package dev.sluice.codec.bedrock;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.json.JsonReader;
import dev.sluice.codec.json.JsonReader.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A block of content, or what one event has of it: gathered, because which block it is may be said behind it, and told
 * when it is complete. Remembers which block was which call, and the signature that is still arriving. Thread: event
 * loop.
 */
final class BedrockBlock {
    /** A tool that Bedrock runs itself: no business of the caller's. */
    private static final String OF_SERVER = "server_tool_use";

    private record Citation(String url, @Nullable String title) {}

    private final ChatEvents events;

    // What has been gathered; garbage-collected.
    private final ByteBuf text = Unpooled.buffer();
    private final ByteBuf reasoning = Unpooled.buffer();
    private final ByteBuf redacted = Unpooled.buffer();
    private final ByteBuf input = Unpooled.buffer();
    private @Nullable String toolId;
    private @Nullable String toolName;
    private boolean toolBegins;
    private boolean ofServer;
    private @Nullable String citationUrl;
    private @Nullable String citationTitle;
    private final List<Citation> citations = new ArrayList<>(0);

    /** Of the reasoning told last; whole only when something else follows. */
    private final ByteBuf signature = Unpooled.buffer();

    /** By call, the number of the block in which it stands. */
    private long[] blockOfCall = {};

    private int calls;
    private long lastText = -1;
    private long lastReasoning = -1;

    /** @param events is told the blocks */
    BedrockBlock(ChatEvents events) {
        this.events = events;
    }

    void onText(int id, byte[] bytes, int from, int to) {
        switch (id) {
            case BedrockShapes.TEXT -> text.writeBytes(bytes, from, to - from);
            case BedrockShapes.REASONING -> reasoning.writeBytes(bytes, from, to - from);
            case BedrockShapes.SIGNATURE -> signature.writeBytes(bytes, from, to - from);
            case BedrockShapes.REDACTED -> redacted.writeBytes(bytes, from, to - from);
            case BedrockShapes.TOOL_INPUT -> input.writeBytes(bytes, from, to - from);
            default -> {}
        }
    }

    void onValue(int id, JsonReader value) {
        switch (id) {
            case BedrockShapes.TOOL_USE -> toolBegins = value.kind() == Kind.OBJECT;
            case BedrockShapes.TOOL_ID -> toolId = string(value);
            case BedrockShapes.TOOL_NAME -> toolName = string(value);
            case BedrockShapes.TOOL_TYPE -> ofServer = value.kind() == Kind.STRING && value.textEquals(OF_SERVER);
            case BedrockShapes.CITATION_URL -> citationUrl = string(value);
            case BedrockShapes.CITATION_TITLE -> citationTitle = string(value);
            case BedrockShapes.CITATION -> endCitation();
            default -> {}
        }
    }

    /**
     * Tells what has been gathered, as of block {@code index}.
     *
     * @param whole whether nothing more of the block is to come
     * @return whether there was anything generated in it
     */
    boolean tell(long index, boolean whole) {
        boolean said = false;
        if (reasoning.isReadable()) {
            if (!whole) {
                // A signature is behind its reasoning: what is there already is another one's.
                endSignature();
            }
            beginText(Channel.REASONING, lastReasoning, index);
            lastReasoning = index;
            events.onText(0, Channel.REASONING, reasoning.array(), 0, reasoning.writerIndex());
            said = true;
        }
        if (whole || text.isReadable() || redacted.isReadable() || toolBegins) {
            endSignature();
        }
        if (redacted.isReadable()) {
            events.onSignature(
                    0,
                    ChatEvents.NO_CALL,
                    SignatureOrigin.BEDROCK,
                    /* redacted= */ true,
                    redacted.array(),
                    0,
                    redacted.writerIndex());
            said = true;
        }
        if (text.isReadable()) {
            beginText(Channel.CONTENT, lastText, index);
            lastText = index;
            events.onText(0, Channel.CONTENT, text.array(), 0, text.writerIndex());
            said = true;
        }
        // By index: an iterator for each piece of text would cost more than the piece.
        for (int i = 0; i < citations.size(); i++) {
            events.onCitation(0, citations.get(i).url(), citations.get(i).title());
        }
        said |= tellTool(index);
        clear();
        return said || signature.isReadable();
    }

    /** Nothing more of the reasoning told last is to come. */
    void endSignature() {
        if (signature.isReadable()) {
            events.onSignature(
                    0,
                    ChatEvents.NO_CALL,
                    SignatureOrigin.BEDROCK,
                    /* redacted= */ false,
                    signature.array(),
                    0,
                    signature.writerIndex());
            signature.clear();
        }
    }

    /** What has been gathered is not to be told. */
    void clear() {
        text.clear();
        reasoning.clear();
        redacted.clear();
        input.clear();
        toolId = null;
        toolName = null;
        toolBegins = false;
        ofServer = false;
        citationUrl = null;
        citationTitle = null;
        if (!citations.isEmpty()) {
            citations.clear();
        }
    }

    boolean hasCalls() {
        return calls > 0;
    }

    private void beginText(Channel channel, long last, long index) {
        if (last >= 0 && last != index) {
            events.onBoundary(0, channel);
        }
    }

    private boolean tellTool(long index) {
        String name = toolName;
        if (toolBegins && name != null && !ofServer) {
            if (calls == blockOfCall.length) {
                blockOfCall = Arrays.copyOf(blockOfCall, Math.max(4, 2 * calls));
            }
            blockOfCall[calls] = index;
            events.onToolCall(0, calls, toolId, name);
            calls++;
        } else if (toolBegins) {
            return false;
        }
        if (input.isReadable()) {
            int call = callOf(index);
            if (call >= 0) {
                events.onArguments(0, call, input.array(), 0, input.writerIndex());
                return true;
            }
        }
        return toolBegins;
    }

    /** Mostly the last one. */
    private int callOf(long index) {
        for (int call = calls - 1; call >= 0; call--) {
            if (blockOfCall[call] == index) {
                return call;
            }
        }
        return -1;
    }

    private void endCitation() {
        String url = citationUrl;
        if (url != null) {
            citations.add(new Citation(url, citationTitle));
        }
        citationUrl = null;
        citationTitle = null;
    }

    private static @Nullable String string(JsonReader value) {
        return value.kind() == Kind.STRING && !value.isEmpty() ? value.text() : null;
    }
}
