package dev.sluice.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Receive buffers with some room in front of what is read: a read that is all payload can then be framed where it lies
 * before it goes on to the client. Sized for event streams: an event is a few hundred bytes, a burst may be more. Thread:
 * any; each connection has its own handle.
 */
final class HeadroomBuffers implements RecvByteBufAllocator {

    /** More than the longest beginning of a chunk; the least step between two buffer sizes of Netty's allocators. */
    static final int HEADROOM_BYTES = 16;

    private static final int MIN_BYTES = 512;
    private static final int INITIAL_BYTES = 2048;
    private static final int MAX_BYTES = 65_536;

    private final RecvByteBufAllocator sizes = new AdaptiveRecvByteBufAllocator(MIN_BYTES, INITIAL_BYTES, MAX_BYTES);

    @Override
    @SuppressWarnings("deprecation") // Netty's transports cast to it.
    public ExtendedHandle newHandle() {
        return new HeadroomHandle((ExtendedHandle) sizes.newHandle());
    }

    @SuppressWarnings("deprecation")
    private static final class HeadroomHandle implements ExtendedHandle {
        private final ExtendedHandle sizes;

        HeadroomHandle(ExtendedHandle sizes) {
            this.sizes = sizes;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(HEADROOM_BYTES + sizes.guess()).setIndex(HEADROOM_BYTES, HEADROOM_BYTES);
        }

        @Override
        public int guess() {
            return sizes.guess();
        }

        @Override
        public void reset(ChannelConfig config) {
            sizes.reset(config);
        }

        @Override
        public void incMessagesRead(int messages) {
            sizes.incMessagesRead(messages);
        }

        @Override
        public void lastBytesRead(int bytes) {
            sizes.lastBytesRead(bytes);
        }

        @Override
        public int lastBytesRead() {
            return sizes.lastBytesRead();
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            sizes.attemptedBytesRead(bytes);
        }

        @Override
        public int attemptedBytesRead() {
            return sizes.attemptedBytesRead();
        }

        @Override
        public boolean continueReading() {
            return sizes.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return sizes.continueReading(maybeMoreData);
        }

        @Override
        public void readComplete() {
            sizes.readComplete();
        }
    }
}
