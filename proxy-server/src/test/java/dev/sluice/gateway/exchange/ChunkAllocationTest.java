package dev.sluice.gateway.exchange;

import static dev.sluice.gateway.wire.Answers.ROLE;
import static dev.sluice.gateway.wire.Answers.STREAM_HEAD;
import static dev.sluice.gateway.wire.Answers.chunk;
import static dev.sluice.gateway.wire.Answers.delta;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Engine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.ResourceLeakDetector;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a chunk of a stream takes from the heap between the provider's connection and the client's: nothing. */
class ChunkAllocationTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final ExchangeLoop loop = engine.loop();

    /** Drops what it gets. */
    private final class Client implements ClientChannel {
        private long bytes;

        @Override
        public void answer(int status, HttpHeaders headers, ByteBuf body) {
            body(body);
        }

        @Override
        public void head(int status, HttpHeaders headers) {}

        @Override
        public void body(ByteBuf piece) {
            bytes += piece.readableBytes();
            piece.release();
        }

        @Override
        public void flush() {}

        @Override
        public void end() {}

        @Override
        public void cut() {}

        @Override
        public void read(boolean wanted) {}

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public ByteBufAllocator allocator() {
            return buffers.allocator();
        }
    }

    private static final class Nobody implements Race.Owner, Admission.Owner {
        @Override
        public void finish(AttemptStatus status, @Nullable GatewayError error, long nowNanos) {}

        @Override
        public void onBooksKept() {}

        @Override
        public void onAdmitted(long nowNanos) {}

        @Override
        public void onRefused(GatewayError error) {}
    }

    @Test
    void aChunkOfAStreamTakesNothingFromTheHeap() throws MalformedRequestException {
        Client client = new Client();
        Race race = streaming(client);
        AttemptRun run = Objects.requireNonNull(race.answering());
        ByteBuf chunk = pooledChunk();
        int end = chunk.writerIndex();
        long before = client.bytes;

        double bytes = Allocations.bytesOf(() -> {
            chunk.setIndex(0, end).retain();
            run.onBytes(chunk);
            run.onReadComplete();
        });

        assertThat(client.bytes).as("bytes that passed").isGreaterThan(before);
        // The books are told of the answer's growth once in some hundred chunks.
        assertThat(bytes).isLessThan(1);
        chunk.release();
        race.end(AttemptStatus.CLIENT_ABORT, null, loop.ticker().nanoTime());
        race.release();
        engine.close();
    }

    /**
     * Unseen by who looks for leaks, and notes each retain; on the heap, for Netty reads direct memory by way of an object
     * where it may not use Unsafe, as in tests.
     */
    private static ByteBuf pooledChunk() {
        ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();
        ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
        try {
            ByteBuf chunk = PooledByteBufAllocator.DEFAULT.heapBuffer();
            ByteBufUtil.writeUtf8(chunk, delta("some words"));
            return chunk;
        } finally {
            ResourceLeakDetector.setLevel(level);
        }
    }

    /** A call whose provider has begun to answer. */
    private Race streaming(Client client) throws MalformedRequestException {
        Principal caller = (Principal) engine.callers().authenticate(Engine.KEY, InetAddress.getLoopbackAddress());
        CallPath path = new CallPath(Endpoint.CHAT_COMPLETIONS);
        CallHead head = new CallHead(
                Engine.dialect(),
                path.endpoint().label(),
                "req_1",
                new Caller(InetAddress.getLoopbackAddress(), InstantSource.system()),
                Engine.KEY,
                "HTTP/1.1",
                new DefaultHttpHeaders(),
                loop.ticker().nanoTime());
        CallerRequest asked = new CallerRequest();
        asked.begin(head, path, head.dialect().newRequest(path, 64));
        ByteBuf body = buffers.utf8(Call.STREAM_BODY);
        asked.reader().feed(body);
        asked.body().add(body);
        asked.reader().end();
        ClientAnswer reply = new ClientAnswer(client, head);
        CallRecord call = new CallRecord(head, loop.newCallId(head.startNanos()));
        call.onCaller(caller, CallTags.of(head.headers(), caller));
        Nobody nobody = new Nobody();
        Race race = new Race(nobody, loop, asked, call, reply, new Admission(loop, nobody));
        Route route = Objects.requireNonNull(loop.rules().routes().find("gpt-test"));
        race.plan(route, caller, loop.ticker().nanoTime());
        race.begin(loop.ticker().nanoTime());
        engine.settle();
        engine.provider().last().send(STREAM_HEAD + chunk(ROLE + delta("hello")));
        return race;
    }
}
