package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** What Netty's transports call is deprecated for everybody else. */
@SuppressWarnings("deprecation")
class HeadroomBuffersTest {
    private final RecvByteBufAllocator.Handle handle = new HeadroomBuffers().newHandle();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    /** Reads {@code bytes}, as much of it as fits, as a transport does; gives the size of the buffer it took. */
    private int read(int bytes) {
        handle.reset(channel.config());
        ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
        assertThat(buffer.readerIndex()).isEqualTo(HeadroomBuffers.HEADROOM_BYTES);
        assertThat(buffer.isReadable()).isFalse();
        handle.attemptedBytesRead(buffer.writableBytes());
        handle.lastBytesRead(Math.min(bytes, buffer.writableBytes()));
        handle.incMessagesRead(1);
        handle.readComplete();
        buffer.release();
        return buffer.capacity();
    }

    private int afterReads(int bytes) {
        int size = 0;
        for (int i = 0; i < 20; i++) {
            size = read(bytes);
        }
        return size;
    }

    @Test
    void aConnectionBeginsWithTwoKibibytes() {
        assertThat(read(300)).isEqualTo(HeadroomBuffers.HEADROOM_BYTES + 2_048);
    }

    @Test
    void eventsOfAPacedStreamTakeTheSmallestBuffer() {
        assertThat(afterReads(300)).isEqualTo(HeadroomBuffers.HEADROOM_BYTES + 512);
    }

    @Test
    void burstsAndLargeAnswersTakeLargeOnes() {
        afterReads(300);
        assertThat(afterReads(1 << 20)).isEqualTo(HeadroomBuffers.HEADROOM_BYTES + 65_536);
        assertThat(afterReads(300)).isEqualTo(HeadroomBuffers.HEADROOM_BYTES + 512);
    }
}
