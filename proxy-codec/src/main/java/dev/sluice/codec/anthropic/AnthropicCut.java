package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.dialect.StreamCut;
import dev.sluice.codec.json.JsonWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.BitSet;
import java.util.Objects;

/**
 * Ends a provider's own stream before its time: the blocks that are open are closed as they are, and the message has
 * reached its length. Remembers for that which blocks those are. Thread: event loop.
 */
final class AnthropicCut {
    /** Nobody numbers blocks as high. */
    private static final int MAX_BLOCKS = 1 << 16;

    private final BitSet open = new BitSet();
    /** Why the message ended has been said. */
    private boolean ending;

    void onBlockStart(long block) {
        if (block >= 0 && block < MAX_BLOCKS) {
            open.set((int) block);
        }
    }

    void onBlockStop(long block) {
        if (block >= 0 && block < MAX_BLOCKS) {
            open.clear((int) block);
        }
    }

    void onEnding() {
        ending = true;
    }

    /** The events; gives them. */
    ByteBuf write(StreamCut cut) {
        try (AnthropicEvents events = new AnthropicEvents(UnpooledByteBufAllocator.DEFAULT)) {
            for (int block = open.nextSetBit(0); block >= 0; block = open.nextSetBit(block + 1)) {
                events.endBlock(block);
            }
            if (ending) {
                events.stop();
            } else {
                JsonWriter json = events.beginMessageDelta();
                json.name("stop_reason").string(AnthropicEnding.stopReason(FinishReason.LENGTH, false, false));
                json.name("stop_sequence").nullValue().endObject().name("usage");
                AnthropicEnding.writeUsage(json, cut.usage(), 0);
                cut.write(json);
                events.endMessage();
            }
            return Objects.requireNonNull(events.take());
        }
    }
}
