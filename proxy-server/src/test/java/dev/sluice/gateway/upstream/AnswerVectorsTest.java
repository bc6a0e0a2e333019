package dev.sluice.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.route.Origin;
import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Configs;
import dev.sluice.gateway.wire.Engine;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is an answer over HTTP/1.1, and what is none: the same however it is cut into reads, and never laxer than Netty. */
class AnswerVectorsTest {
    private static final int SPLITS = 20;

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final Engine engine = new Engine(buffers);
    private final OriginPool pool =
            new OriginPool(new Origin(false, "alpha", 80, null), engine.pool(), /* tls= */ null);

    @AfterEach
    void everythingIsReleased() {
        pool.closeAll();
        engine.close();
    }

    static List<AnswerVector> vectors() {
        return AnswerVector.all();
    }

    /** A connection and what is heard of the one request on it. */
    private final class Connection {
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final UpstreamHttp1 http = pool.newHttp1(channel);

        Connection() {
            channel.config().setAllocator(buffers.allocator());
            channel.pipeline().addLast(http);
        }

        Listening assign(AnswerVector vector) {
            Listening listening = new Listening(
                    engine,
                    buffers,
                    Configs.provider("alpha", "http://alpha/v1", "the-key"),
                    vector.method(),
                    UpstreamRequest.WHOLE);
            if (pool.idle() > 0) {
                pool.acquire(listening.attempt());
            } else {
                http.assign(listening.attempt(), /* reused= */ false);
            }
            channel.releaseOutbound();
            return listening;
        }

        /** Lets {@code text} arrive, cut into reads at {@code cuts}. */
        void arrive(String text, int... cuts) {
            int from = 0;
            for (int i = 0; i <= cuts.length; i++) {
                int to = i == cuts.length ? text.length() : cuts[i];
                if (to > from && channel.isOpen()) {
                    ByteBuf bytes = buffers.allocator().directBuffer(to - from);
                    bytes.writeCharSequence(text.substring(from, to), StandardCharsets.ISO_8859_1);
                    channel.writeInbound(bytes);
                }
                from = to;
            }
        }
    }

    private static String outcome(Listening listening) {
        String ending = "open";
        int status = 0;
        for (String heard : listening.heard()) {
            switch (heard) {
                case "failed PROTOCOL" -> {
                    return AnswerVector.REFUSED;
                }
                case "failed LOST" -> {
                    return AnswerVector.NOTHING;
                }
                case "end" -> ending = "whole";
                case "cut" -> ending = "cut";
                default -> status = heard.startsWith("head ") ? Integer.parseInt(heard.substring(5)) : status;
            }
        }
        return status == 0 ? AnswerVector.NOTHING : AnswerVector.outcome(status, listening.body(), ending);
    }

    private void readsAlike(AnswerVector vector, int... cuts) {
        Connection connection = new Connection();
        Listening listening = connection.assign(vector);
        connection.arrive(vector.text(), cuts);
        if (vector.closed()) {
            connection.channel.close();
        }
        assertThat(outcome(listening)).as("cut at %s", Arrays.toString(cuts)).isEqualTo(vector.outcome());
        boolean whole = vector.outcome().endsWith(" whole");
        assertThat(pool.idle()).as("in the pool").isEqualTo(vector.kept() && whole ? 1 : 0);
        if (whole || vector.outcome().equals(AnswerVector.REFUSED)) {
            assertThat(connection.channel.isOpen()).as("open").isEqualTo(vector.kept());
        }
        connection.channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void wholeItIsReadAsItIsMeant(AnswerVector vector) {
        readsAlike(vector);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void inSingleBytesItIsTheSame(AnswerVector vector) {
        // A byte each; of long ones as many as a test has time for.
        int step = 1 + vector.text().length() / 1_000;
        int[] cuts = new int[Math.max(0, (vector.text().length() - 1) / step)];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = (i + 1) * step;
        }
        readsAlike(vector, cuts);
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void atAnySplitsItIsTheSame(AnswerVector vector) {
        Random random = new Random(vector.name().hashCode());
        for (int i = 0; i < SPLITS; i++) {
            readsAlike(
                    vector,
                    random.ints(1 + random.nextInt(4), 0, vector.text().length() + 1)
                            .sorted()
                            .toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void nettyReadsItTheSameWhereItIsNotLaxer(AnswerVector vector) {
        assertThat(new NettyReading(vector.method()).read(vector)).isEqualTo(vector.nettys());
    }

    /** Whatever came before, the next answer on the connection is read as if it were the first. */
    @Test
    void aConnectionThatIsKeptReadsEveryKindOfAnswerAfterEveryOther() {
        List<AnswerVector> kept = AnswerVector.all().stream()
                .filter(vector -> vector.kept() && vector.outcome().endsWith(" whole"))
                .toList();
        Random random = new Random(5);
        Connection connection = new Connection();
        for (int round = 0; round < 500; round++) {
            AnswerVector vector = kept.get(random.nextInt(kept.size()));
            Listening listening = connection.assign(vector);
            int cut = random.nextInt(vector.text().length());
            connection.arrive(vector.text(), cut);

            assertThat(outcome(listening)).as("%s, round %d", vector, round).isEqualTo(vector.outcome());
            assertThat(pool.idle()).as("%s, round %d", vector, round).isEqualTo(1);
        }
        connection.channel.finishAndReleaseAll();
    }
}
