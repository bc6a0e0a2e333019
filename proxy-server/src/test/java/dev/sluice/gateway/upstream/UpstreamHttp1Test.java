package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Origin;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.Target;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Answers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which buffers a connection writes and hands on, and what a request and a chunk take of the heap. */
class UpstreamHttp1Test {
    private static final String HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"
            + "transfer-encoding: chunked\r\nx-request-id: 0123456789\r\n\r\n";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final OriginPool pool =
            new OriginPool(new Origin(false, "alpha", 80, null), engine.pool(), /* tls= */ null);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final UpstreamHttp1 http = pool.newHttp1(channel);
    private final Target target = target();

    UpstreamHttp1Test() {
        channel.config().setAllocator(buffers.allocator());
        channel.pipeline().addLast(http);
    }

    @AfterEach
    void everythingIsReleased() {
        channel.finishAndReleaseAll();
        pool.closeAll();
        engine.close();
    }

    private static Target target() {
        RouteTable routes = Configs.routes(List.of(Configs.provider("alpha", "http://alpha/v1", "the-key")), List.of());
        return routes.direct(Objects.requireNonNull(routes.provider("alpha"))).withModel("m-1");
    }

    private Attempt attempt(AttemptListener listener, ByteBuf body, long rest) {
        return new Attempt(
                engine.pool(),
                new UpstreamRequest(
                        target,
                        HttpMethod.POST,
                        "/v1/chat/completions",
                        FieldLines.take().add("accept", "*/*"),
                        body,
                        rest),
                listener);
    }

    private ByteBuf bytes(String text) {
        ByteBuf bytes = buffers.allocator().directBuffer(text.length() + 16);
        bytes.writeCharSequence(text, ISO_8859_1);
        return bytes;
    }

    private String take() {
        ByteBuf written = channel.readOutbound();
        String text = written.toString(ISO_8859_1);
        written.release();
        return text;
    }

    /** Keeps the last buffer and counts what it hears. */
    private static class Counting implements AttemptListener {
        @Nullable
        ByteBuf last;

        int bytes;
        int ends;

        @Override
        public void onRequestWritten() {}

        @Override
        public void onHead(int status, HttpHeaders headers) {
            ((FieldLines) headers).giveBack();
        }

        @Override
        public void onBytes(ByteBuf received) {
            last = received;
            bytes += received.readableBytes();
            received.release();
        }

        @Override
        public void onReadComplete() {}

        @Override
        public void onEnd(boolean clean) {
            ends++;
        }

        @Override
        public void onFailure(AttemptFailure failure) {
            throw new AssertionError(failure);
        }
    }

    // ---- buffers --------------------------------------------------------------------------------------------------

    @Test
    void headAndBodyAreOnePiece() {
        http.assign(attempt(new Counting(), bytes("b".repeat(UpstreamHttp1.MAX_JOINED_BYTES)), 0), true);

        assertThat(take()).startsWith("POST ").endsWith("\r\ncontent-length: 16384\r\n\r\n" + "b".repeat(16_384));
        assertThat(channel.<Object>readOutbound()).isNull();
    }

    @Test
    void aLargeBodyIsNotCopied() {
        ByteBuf body = bytes("b".repeat(UpstreamHttp1.MAX_JOINED_BYTES + 1));
        http.assign(attempt(new Counting(), body, 0), true);

        assertThat(take()).endsWith("\r\ncontent-length: 16385\r\n\r\n");
        ByteBuf written = channel.readOutbound();
        body.setByte(0, 'B');
        assertThat(written.getByte(0)).as("the same memory").isEqualTo((byte) 'B');
        written.release();
        assertThat(body.refCnt()).as("kept for a repetition").isEqualTo(1);
        assertThat(body.readableBytes()).isEqualTo(UpstreamHttp1.MAX_JOINED_BYTES + 1);
        channel.writeInbound(bytes(Answers.json(200, "{}")));
        assertThat(body.refCnt()).isZero();
    }

    @Test
    void nothingIsKeptForARepetitionThatCannotBe() {
        ByteBuf body = bytes("{}");
        http.assign(attempt(new Counting(), body, 0), /* reused= */ false);

        assertThat(body.refCnt()).isZero();
        assertThat(take()).endsWith("\r\n\r\n{}");
    }

    @Test
    void aBodyOfUnknownLengthIsChunked() {
        Attempt attempt = attempt(new Counting(), bytes("one"), UpstreamRequest.UNKNOWN);
        http.assign(attempt, false);
        assertThat(take()).endsWith("\r\ntransfer-encoding: chunked\r\n\r\n");
        assertThat(take()).isEqualTo("3\r\none\r\n");
        attempt.write(bytes("seventeen letters"));
        attempt.write(bytes(""));
        attempt.endBody();

        assertThat(take()).isEqualTo("11\r\nseventeen letters\r\n");
        assertThat(take()).isEmpty();
        assertThat(take()).isEqualTo("0\r\n\r\n");
    }

    @Test
    void payloadGoesOnInTheBufferItCameIn() {
        Counting listener = new Counting();
        http.assign(attempt(listener, bytes("{}"), 0), false);
        ByteBuf first = bytes(HEAD + "3\r\none\r\n3\r\ntwo\r\n");
        channel.writeInbound(first.retain());
        assertThat(listener.last).isSameAs(first);
        assertThat(first.toString(HEAD.length() + 3, 6, ISO_8859_1)).isEqualTo("onetwo");
        first.release();
        ByteBuf second = bytes("5\r\nthree\r\n0\r\n\r\n");
        channel.writeInbound(second);

        assertThat(listener.last).isSameAs(second);
        assertThat(listener.bytes).isEqualTo(11);
        assertThat(listener.ends).isEqualTo(1);
    }

    @Test
    void aConnectionWhoseRequestIsNotWrittenYetServesNobodyElse() {
        EmbeddedChannel stalled = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext context) {
                // The kernel takes nothing.
            }
        });
        stalled.config().setAllocator(buffers.allocator());
        UpstreamHttp1 slow = pool.newHttp1(stalled);
        stalled.pipeline().addLast(slow);
        Counting listener = new Counting();
        slow.assign(attempt(listener, bytes("{}"), 0), false);
        stalled.writeInbound(bytes(Answers.json(413, "{}")));

        assertThat(listener.ends).isEqualTo(1);
        assertThat(pool.idle()).isZero();
        assertThat(stalled.isOpen()).isFalse();
    }

    // ---- the heap -------------------------------------------------------------------------------------------------

    /** Gives one buffer again and again: what a pooled one takes of the heap is Netty's affair. */
    private static final class OneBuffer extends AbstractByteBufAllocator {
        private final ByteBuf buffer =
                new UnpooledByteBufAllocator(true, /* disableLeakDetector= */ true).directBuffer(64 * 1024);

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new AssertionError("nothing here is on the heap");
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            return buffer.clear().retain();
        }

        @Override
        public boolean isDirectBufferPooled() {
            return true;
        }
    }

    /** Takes what is written, and no object for it. */
    private static final class Sink extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            ((ByteBuf) message).release();
        }

        @Override
        public void flush(ChannelHandlerContext context) {}
    }

    private static ByteBuf unwatched(int capacity) {
        return new UnpooledByteBufAllocator(true, /* disableLeakDetector= */ true).directBuffer(capacity);
    }

    private void measure() {
        channel.pipeline().addFirst(new Sink());
        channel.config().setAllocator(new OneBuffer());
    }

    /** What is used again is kept for threads of Netty's. */
    private static double onEventLoopThread(Runnable work) throws InterruptedException {
        double[] taken = {0};
        Thread thread = new FastThreadLocalThread(() -> taken[0] = Allocations.bytesOf(work));
        thread.start();
        thread.join();
        return taken[0];
    }

    @Test
    void aChunkOfAStreamTakesNothing() {
        measure();
        Counting listener = new Counting();
        ByteBuf body = unwatched(64);
        http.assign(attempt(listener, body, 0), false);
        channel.pipeline().fireChannelRead(bytes(HEAD));
        byte[] event = ("12c\r\n" + "e".repeat(300) + "\r\n").getBytes(ISO_8859_1);
        ByteBuf read = unwatched(512);

        double taken = Allocations.bytesOf(() -> {
            channel.pipeline().fireChannelRead(read.clear().writeBytes(event).retain());
            channel.pipeline().fireChannelReadComplete();
        });
        read.release();

        assertThat(listener.bytes)
                .isPositive()
                .satisfies(bytes -> assertThat(bytes % 300).isZero());
        assertThat(taken).isZero();
    }

    @Test
    void aWholeRequestTakesLessThanAHundredBytes() throws InterruptedException {
        measure();
        Counting listener = new Counting();
        ByteBuf body = unwatched(64).writeZero(20);
        ByteBuf read = unwatched(1024);
        byte[] answer = Answers.json(200, "{\"a\":1}", "x-request-id: 0123456789\r\nserver: x\r\n")
                .getBytes(ISO_8859_1);
        http.assign(attempt(listener, body.retain(), 0), false);
        channel.pipeline().fireChannelRead(read.clear().writeBytes(answer).retain());

        double taken = onEventLoopThread(() -> {
            pool.acquire(attempt(listener, body.retain(), 0));
            channel.pipeline().fireChannelRead(read.clear().writeBytes(answer).retain());
            channel.pipeline().fireChannelReadComplete();
        });
        assertThat(body.refCnt()).isEqualTo(1);
        body.release();
        read.release();

        assertThat(pool.idle()).isEqualTo(1);
        assertThat(listener.ends).isEqualTo(80_001);
        assertThat(taken).isBetween(0.1, 100.0);
    }
}
