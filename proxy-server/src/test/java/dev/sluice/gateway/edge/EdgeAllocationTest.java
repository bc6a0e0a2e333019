package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.Dialects;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a connection that is kept costs in objects: counted by the JVM, on a thread that keeps used ones as loops do. */
class EdgeAllocationTest {
    private static final int WARM = 20_000;
    private static final int COUNTED = 10_000;
    private static final int MAX_BYTES_A_REQUEST = 150;

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);

    /** Takes the place of the socket. */
    private static final class Drain extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void flush(ChannelHandlerContext context) {
            // Nothing has been kept.
        }
    }

    @Test
    void aRequestThatIsAnsweredHereCostsOneMessage() throws Exception {
        byte[] request = ("GET /healthz HTTP/1.1\r\nhost: gateway\r\nconnection: keep-alive\r\naccept: */*\r\n"
                        + "user-agent: somebody/1.0\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);

        long bytes = bytesEach(channel -> {
            ByteBuf in = channel.alloc().directBuffer(512);
            channel.pipeline().fireChannelRead(in.writeBytes(request));
            channel.pipeline().fireChannelReadComplete();
        });

        assertThat(bytes).isLessThanOrEqualTo(MAX_BYTES_A_REQUEST);
    }

    @Test
    void aChunkCostsNothing() throws Exception {
        byte[] event = "data: {\"choices\":[]}\n\n".getBytes(StandardCharsets.US_ASCII);
        Http1Writer[] writer = new Http1Writer[1];

        long bytes = bytesEach(channel -> {
            if (writer[0] == null) {
                writer[0] = new Http1Writer(channel.pipeline().lastContext());
                writer[0].head(200, FieldLines.take(), /* chunked= */ true);
            }
            ByteBuf payload = channel.alloc().directBuffer(512);
            payload.setIndex(16, 16);
            writer[0].body(payload.writeBytes(event));
            channel.flush();
        });

        assertThat(bytes).isZero();
    }

    /** What each of many calls allocates, once all is warm. */
    private long bytesEach(Consumer<Channel> call) throws Exception {
        FutureTask<Long> counted = new FutureTask<>(() -> {
            EmbeddedChannel channel = new EmbeddedChannel();
            channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
            channel.pipeline()
                    .addLast(new Drain())
                    .addLast(new RequestDecoder(EdgeScene.LIMITS))
                    .addLast(new EdgeHandler(
                            engine.loop(),
                            new CallerDialects(Dialects.inbound()),
                            EdgeScene.LIMITS,
                            new Browsers(List.of(), /* tls= */ false),
                            /* http2= */ false,
                            InetAddress.getLoopbackAddress()));
            for (int i = 0; i < WARM; i++) {
                call.accept(channel);
            }
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < COUNTED; i++) {
                call.accept(channel);
            }
            long bytes = threads.getCurrentThreadAllocatedBytes() - before;
            channel.finishAndReleaseAll();
            return bytes / COUNTED;
        });
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            new FastThreadLocalThread(counted).start();
            return counted.get(60, TimeUnit.SECONDS);
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }
}
