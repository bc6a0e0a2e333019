package dev.sluice.gateway;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringSocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The buffers that an event loop of io_uring has put at the kernel's disposal: one ring of them for all its connections,
 * from which the kernel takes one when something has arrived. Without the ring each connection that waits holds a buffer
 * of its own; with it ten thousand open streams hold none. Kernels older than 5.19 have no such rings, and reading goes on
 * without. Thread: any.
 */
final class ProvidedBuffers {
    private static final Logger LOG = LoggerFactory.getLogger(ProvidedBuffers.class);

    private static final short GROUP = 1;
    /** A power of two: what may arrive in one turn of a busy loop. */
    private static final short BUFFERS = 256;

    private static final int BUFFERS_AT_ONCE = 32;
    /** Holds most heads of requests and nearly all events of streams; more comes in the next buffer. */
    private static final int BUFFER_BYTES = 4 << 10;

    private ProvidedBuffers() {}

    static IoHandlerFactory ioHandlers() {
        IoUringIoHandlerConfig config = new IoUringIoHandlerConfig();
        if (IoUring.isRegisterBufferRingSupported()) {
            config.setBufferRingConfig(IoUringBufferRingConfig.builder()
                    .bufferGroupId(GROUP)
                    .bufferRingSize(BUFFERS)
                    .batchSize(BUFFERS_AT_ONCE)
                    .allocator(new IoUringFixedBufferRingAllocator(PooledByteBufAllocator.DEFAULT, BUFFER_BYTES))
                    .build());
        } else {
            LOG.atWarn().log("this kernel has no rings of provided buffers; io_uring reads without");
        }
        return IoUringIoHandler.newFactory(config);
    }

    /** A connection that reads into the ring of the loop it will be registered with. */
    static SocketChannel socket() {
        IoUringSocketChannel channel = new IoUringSocketChannel();
        if (IoUring.isRegisterBufferRingSupported()) {
            // Only before the registration.
            channel.config().setOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP);
        }
        return channel;
    }

    /** The same for the connections that {@code bootstrap} accepts. */
    static ServerBootstrap readInto(ServerBootstrap bootstrap) {
        return IoUring.isRegisterBufferRingSupported()
                ? bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP)
                : bootstrap;
    }
}
