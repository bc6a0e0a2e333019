package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.chat.SignatureOrigin;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer as one message of Anthropic's, at its end: a failure before then can still become an error status.
 * Thread: event loop.
 */
final class AnthropicWholeEncoder implements AnswerEncoder {
    private final AnswerPlan plan;
    private final ByteBufAllocator allocator;
    /** In the order in which they began; released by {@link #close}. */
    private final List<WholeBlock> blocks = new ArrayList<>();

    private @Nullable String id;
    private String model;
    private boolean boundary;
    private boolean called;
    private boolean refused;
    private @Nullable FinishReason finish;
    private @Nullable String stopSequence;
    /** The message, until it is taken; released by {@link #close}. */
    private @Nullable ByteBuf out;

    AnthropicWholeEncoder(AnswerPlan plan, ByteBufAllocator allocator) {
        this.plan = plan;
        this.allocator = allocator;
        this.model = plan.model();
    }

    @Override
    public String contentType() {
        return "application/json";
    }

    @Override
    public void onStart(@Nullable String named, @Nullable String by) {
        id = named;
        if (by != null && !by.isEmpty()) {
            model = by;
        }
    }

    @Override
    public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
        if (choice == 0 && from < to) {
            refused |= channel == Channel.REFUSAL;
            block(kind(channel)).append(utf8, from, to);
        }
    }

    @Override
    public void onBoundary(int choice, Channel channel) {
        boundary |= choice == 0 && channel != Channel.TOOL_CALL && last(kind(channel)) != null;
    }

    @Override
    public void onToolCall(int choice, int call, @Nullable String given, String name) {
        if (choice == 0) {
            called = true;
            String own = AnthropicEnding.callId(given, call, plan);
            blocks.add(new WholeBlock(WholeBlock.Kind.TOOL, call, own, name, allocator));
        }
    }

    @Override
    public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
        WholeBlock block = choice == 0 ? call(call) : null;
        if (block != null) {
            block.append(utf8, from, to);
        }
    }

    @Override
    public void onSignature(
            int choice, int call, SignatureOrigin origin, boolean redacted, byte[] utf8, int from, int to) {
        if (choice != 0) {
            return;
        }
        WholeBlock signed;
        if (call != NO_CALL) {
            signed = call(call);
        } else if (redacted) {
            signed = begin(WholeBlock.Kind.REDACTED);
        } else {
            signed = block(WholeBlock.Kind.THINKING);
        }
        if (signed != null) {
            signed.sign(origin, utf8, from, to);
        }
    }

    @Override
    public void onCitation(int choice, String url, @Nullable String title) {
        WholeBlock text = choice == 0 ? last(WholeBlock.Kind.TEXT) : null;
        if (text != null) {
            text.cite(url, title);
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
        ByteBuf body = allocator.buffer();
        out = body;
        JsonWriter json = new JsonWriter(body).beginObject();
        json.name("id").string(AnthropicEnding.messageId(id, plan));
        json.name("type").string("message").name("role").string("assistant");
        json.name("model").string(model).name("content").beginArray();
        for (WholeBlock block : blocks) {
            block.write(json);
        }
        json.endArray();
        json.name("stop_reason").string(AnthropicEnding.stopReason(finish, called, refused));
        json.name("stop_sequence").string(stopSequence).name("usage");
        AnthropicEnding.writeUsage(json, usage, plan.promptTokens());
        json.endObject();
        dropBlocks();
    }

    @Override
    public @Nullable ByteBuf take() {
        ByteBuf taken = out;
        out = null;
        return taken;
    }

    @Override
    public void close() {
        dropBlocks();
        if (out != null) {
            out.release();
            out = null;
        }
    }

    private static WholeBlock.Kind kind(Channel channel) {
        return switch (channel) {
            case CONTENT -> WholeBlock.Kind.TEXT;
            case REFUSAL -> WholeBlock.Kind.REFUSAL;
            case REASONING -> WholeBlock.Kind.THINKING;
            case TOOL_CALL -> WholeBlock.Kind.TOOL;
        };
    }

    /** The block that goes on, or another one. */
    private WholeBlock block(WholeBlock.Kind kind) {
        WholeBlock last = last(kind);
        return last == null || boundary || last.isSigned() ? begin(kind) : last;
    }

    private WholeBlock begin(WholeBlock.Kind kind) {
        WholeBlock block = new WholeBlock(kind, allocator);
        blocks.add(block);
        boundary = false;
        return block;
    }

    /** The block that began last, if it is of that kind. */
    private @Nullable WholeBlock last(WholeBlock.Kind kind) {
        WholeBlock last = blocks.isEmpty() ? null : blocks.get(blocks.size() - 1);
        return last == null || last.kind() != kind ? null : last;
    }

    private @Nullable WholeBlock call(int call) {
        for (WholeBlock block : blocks) {
            if (block.isCall(call)) {
                return block;
            }
        }
        return null;
    }

    private void dropBlocks() {
        blocks.forEach(WholeBlock::close);
        blocks.clear();
    }
}
