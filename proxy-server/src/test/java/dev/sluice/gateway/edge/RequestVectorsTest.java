package dev.sluice.gateway.edge;

import static dev.sluice.gateway.edge.EdgeScene.LIMITS;
import static dev.sluice.gateway.edge.RequestVectors.MARKER;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.edge.RequestVectors.Netty;
import dev.sluice.gateway.edge.RequestVectors.Vector;
import dev.sluice.gateway.wire.AccountedBuffers;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The table of requests, in all the ways in which their bytes can arrive, and beside Netty's reading of them. */
class RequestVectorsTest {
    private static final int SPLITS = 50;

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    static List<Vector> vectors() {
        return RequestVectors.all();
    }

    static Stream<Vector> whereNettyAgrees() {
        return vectors().stream().filter(vector -> vector.netty() == Netty.AGREES);
    }

    static Stream<Vector> whereNettyDiffers() {
        return vectors().stream().filter(vector -> vector.netty() == Netty.DIFFERS);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void inOneRead(Vector vector) {
        EmbeddedChannel channel = channel(new RequestDecoder(LIMITS));
        send(channel, vector.bytes() + MARKER);

        assertThat(outcome(channel)).isEqualTo(expected(vector));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void byteByByte(Vector vector) {
        EmbeddedChannel channel = channel(new RequestDecoder(LIMITS));
        String all = vector.bytes() + MARKER;
        for (int i = 0; i < all.length(); i++) {
            send(channel, all.substring(i, i + 1));
        }

        assertThat(outcome(channel)).isEqualTo(expected(vector));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void inAnyPieces(Vector vector) {
        SplittableRandom random = new SplittableRandom(vector.name().hashCode());
        String all = vector.bytes() + MARKER;
        for (int i = 0; i < SPLITS; i++) {
            EmbeddedChannel channel = channel(new RequestDecoder(LIMITS));
            int most = 1 + random.nextInt(all.length());
            for (int from = 0; from < all.length(); ) {
                int to = Math.min(all.length(), from + 1 + random.nextInt(most));
                send(channel, all.substring(from, to));
                from = to;
            }

            assertThat(outcome(channel)).isEqualTo(expected(vector));
        }
    }

    @ParameterizedTest
    @MethodSource("whereNettyAgrees")
    void nettyReadsItAlike(Vector vector) {
        EmbeddedChannel channel = channel(new NettyReader(LIMITS));
        send(channel, vector.bytes() + MARKER);

        assertThat(outcome(channel)).isEqualTo(expected(vector));
    }

    /** Else the table would say so of a vector that has long been read alike. */
    @ParameterizedTest
    @MethodSource("whereNettyDiffers")
    void nettyReadsItDifferently(Vector vector) {
        EmbeddedChannel channel = channel(new NettyReader(LIMITS));
        send(channel, vector.bytes() + MARKER);

        assertThat(outcome(channel)).isNotEqualTo(expected(vector));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void nothingIsKeptOfAConnectionThatEndsInTheMiddle(Vector vector) {
        for (int i = 1; i < vector.bytes().length(); i += 1 + i / 8) {
            EmbeddedChannel channel = channel(new RequestDecoder(LIMITS));
            send(channel, vector.bytes().substring(0, i));
            outcome(channel);

            assertThat(buffers.usedBytes()).isZero();
        }
    }

    private static String expected(Vector vector) {
        boolean refused = vector.outcome().contains("refused");
        return refused ? vector.outcome() : vector.outcome() + " GET /marker host=m ''";
    }

    private EmbeddedChannel channel(ChannelHandler reader) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(buffers.allocator());
        channel.pipeline().addLast(reader);
        return channel;
    }

    private void send(EmbeddedChannel channel, String latin1) {
        channel.writeInbound(buffers.allocator().directBuffer(latin1.length()).writeBytes(latin1.getBytes(ISO_8859_1)));
    }

    private static String outcome(EmbeddedChannel channel) {
        String told = RequestOutcome.of(channel);
        channel.finishAndReleaseAll();
        return told;
    }
}
