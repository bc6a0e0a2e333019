package dev.sluice.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * An allocator of a test's own that must have everything back when the test is over. The leak detector reports on a
 * later allocation, if at all; this reports each single byte, at once.
 */
public final class AccountedBuffers implements AfterEachCallback {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(/* preferDirect= */ true);

    public ByteBufAllocator allocator() {
        return allocator;
    }

    /** Gives {@code text} as a buffer of this allocator. */
    public ByteBuf utf8(String text) {
        return ByteBufUtil.writeUtf8(allocator, text);
    }

    public long usedBytes() {
        return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        // A test that failed half-way has its own story to tell.
        if (context.getExecutionException().isEmpty()) {
            assertThat(usedBytes()).as("bytes that nobody released").isZero();
        }
    }
}
