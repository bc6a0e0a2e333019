package dev.sluice.gateway.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.Allocations;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChunkedDecoderTest {
    private static final int ROUNDS = 2_000;

    private final ChunkedDecoder decoder = new ChunkedDecoder();

    /** What one body comes to, read in pieces. */
    private record Read(String payload, String surplus, boolean complete, boolean malformed) {}

    /** @param cuts where the text is cut into reads, rising */
    private Read read(String text, int... cuts) {
        StringBuilder payload = new StringBuilder();
        StringBuilder surplus = new StringBuilder();
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i == cuts.length ? text.length() : cuts[i];
            // With something in front and behind, as a receive buffer has it.
            ByteBuf piece = Unpooled.directBuffer(to - from + 7);
            piece.writeBytes(new byte[] {1, 2, 3}).skipBytes(3).writeCharSequence(text.substring(from, to), ISO_8859_1);
            int end = piece.writerIndex();
            int behind = decoder.decode(piece);
            payload.append(piece.toString(ISO_8859_1));
            if (decoder.isComplete()) {
                assertThat(decoder.surplusStart()).isEqualTo(end - behind);
                surplus.append(piece.toString(decoder.surplusStart(), behind, ISO_8859_1));
            } else {
                assertThat(behind).isZero();
            }
            piece.release();
            from = to;
        }
        return new Read(payload.toString(), surplus.toString(), decoder.isComplete(), decoder.isMalformed());
    }

    private static int[] everyByte(String text) {
        int[] cuts = new int[text.length() - 1];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i + 1;
        }
        return cuts;
    }

    @Test
    void allPayloadOfOneReadIsOnePiece() {
        assertThat(read("3\r\none\r\n3;a=b\r\ntwo\r\n0\r\n\r\n")).isEqualTo(new Read("onetwo", "", true, false));
    }

    @Test
    void aChunkThatFillsItsReadIsNotMoved() {
        ByteBuf piece = Unpooled.directBuffer();
        piece.writeCharSequence("5\r\nevent\r\n", ISO_8859_1);
        decoder.decode(piece);

        assertThat(piece.readerIndex()).isEqualTo(3);
        assertThat(piece.toString(ISO_8859_1)).isEqualTo("event");
        piece.release();
    }

    @Test
    void framesAroundTheFirstChunkLeaveRoomForAnother() {
        ByteBuf piece = Unpooled.directBuffer();
        piece.writeCharSequence("5\r\nevent\r\n6\r\nevents\r\n", ISO_8859_1);
        decoder.decode(piece);
        ByteBuf framed = ChunkFrame.of(piece, PooledByteBufAllocator.DEFAULT);

        assertThat(framed).isSameAs(piece);
        assertThat(framed.toString(ISO_8859_1)).isEqualTo("b\r\neventevents\r\n");
        framed.release();
    }

    @Test
    void randomBodiesAreReadAtRandomSplits() {
        Random random = new Random(20_261_122);
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder payload = new StringBuilder();
            StringBuilder body = new StringBuilder();
            for (int chunks = random.nextInt(6); chunks > 0; chunks--) {
                String chunk = randomText(random, 1 + random.nextInt(random.nextInt(20) == 0 ? 3_000 : 40));
                payload.append(chunk);
                body.append(randomSize(random, chunk.length()))
                        .append("\r\n")
                        .append(chunk)
                        .append("\r\n");
            }
            body.append("0".repeat(1 + random.nextInt(8))).append("\r\n");
            for (int trailers = random.nextInt(3); trailers > 0; trailers--) {
                body.append("x-trailer: \t value\r\n");
            }
            body.append("\r\n");
            String surplus = random.nextBoolean() ? "" : randomText(random, 1 + random.nextInt(30));
            String text = body + surplus;
            decoder.reset();
            int[] cuts =
                    random.ints(random.nextInt(8), 0, text.length()).sorted().toArray();

            assertThat(read(text, cuts))
                    .as("round %d: %s", round, text)
                    .isEqualTo(new Read(payload.toString(), surplus, true, false));
        }
    }

    @Test
    void randomBodiesAreReadInSingleBytes() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            String chunk = randomText(random, 1 + random.nextInt(40));
            String text = randomSize(random, chunk.length()) + "\r\n" + chunk + "\r\n0\r\na: b\r\n\r\nnext";
            decoder.reset();

            assertThat(read(text, everyByte(text))).isEqualTo(new Read(chunk, "next", true, false));
        }
    }

    /** Each of these, whole and in single bytes. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                ";a\r\n",
                " 3\r\none\r\n",
                "3 \r\none\r\n",
                "+3\r\none\r\n",
                "-3\r\none\r\n",
                "0x3\r\none\r\n",
                "g\r\n",
                "3\none\r\n",
                "3\r\r\none\r\n",
                "3\rxone\r\n",
                "3\r\none\n",
                "3\r\noneX\r\n",
                "3\r\none\rX",
                "3\r\none0\r\n\r\n",
                "3\r\none\r\n\r\n",
                "000000003\r\none\r\n",
                "100000000\r\none\r\n",
                "3;a\u0001\r\none\r\n",
                "3;a\nb\r\none\r\n",
                "3;a\rb\r\none\r\n",
                "0\n\r\n",
                "0\r\n\n",
                "0\r\n\rX",
                "0\r\n: a\r\n\r\n",
                "0\r\nname\r\n\r\n",
                "0\r\nna me: a\r\n\r\n",
                "0\r\n a: b\r\n\r\n",
                "0\r\na: b\n\r\n",
                "0\r\na: \u0000\r\n\r\n",
                "0\r\na: b\r\n folded\r\n\r\n"
            })
    void whatIsNoChunkedBodyIsRefused(String text) {
        assertThat(read(text).malformed()).as("whole").isTrue();
        decoder.reset();
        assertThat(read(text, everyByte(text)).malformed())
                .as("in single bytes")
                .isTrue();
    }

    @Test
    void nothingIsReadBehindWhatIsMalformed() {
        assertThat(read("3\r\none\r\nzz\r\n3\r\ntwo\r\n0\r\n\r\n")).isEqualTo(new Read("one", "", false, true));
        assertThat(read("3\r\ntwo\r\n0\r\n\r\n").payload()).isEmpty();
    }

    @Test
    void aBodyThatWasBrokenOffLeavesNothingToTheNext() {
        for (String begun :
                new String[] {"", "1", "10;x", "10\r", "5\r\nab", "3\r\none\r", "0\r\na: b", "zz", "0\r\n\r\n"}) {
            read(begun);
            decoder.reset();
            assertThat(read("3\r\none\r\n0\r\n\r\n")).as(begun).isEqualTo(new Read("one", "", true, false));
            decoder.reset();
        }
    }

    @Test
    void extensionsAndTrailersAreBoundedTogether() {
        String half = "x".repeat(4_000);
        assertThat(read("1;" + half + "\r\na\r\n0\r\na:" + half + "\r\n\r\n").complete())
                .isTrue();
        decoder.reset();
        assertThat(read("1;" + half + "\r\na\r\n1;" + half + "\r\na\r\n0\r\na:" + half + "\r\n\r\n")
                        .malformed())
                .isTrue();
    }

    @Test
    void theLargestSizeIsWaitedFor() {
        assertThat(read("ffffffff\r\nabc")).isEqualTo(new Read("abc", "", false, false));
    }

    @Test
    void aChunkCostsNoObject() {
        byte[] bytes = ("12c\r\n" + "e".repeat(300) + "\r\n3\r\none\r\n").getBytes(ISO_8859_1);
        // The leak detector has an object for each access.
        ByteBuf read = new UnpooledByteBufAllocator(true, /* disableLeakDetector= */ true).directBuffer(512);

        double allocated = Allocations.bytesOf(() -> {
            read.clear().writeBytes(bytes);
            decoder.decode(read);
            if (read.readableBytes() != 303) {
                throw new AssertionError("read " + read);
            }
        });
        read.release();

        assertThat(allocated).isZero();
    }

    private static String randomSize(Random random, int length) {
        String digits = Integer.toHexString(length);
        String size = "0".repeat(random.nextInt(8 - digits.length() + 1))
                + (random.nextBoolean() ? digits : digits.toUpperCase(Locale.ROOT));
        return switch (random.nextInt(4)) {
            case 0 -> size + ";name=\"value; \t\"";
            default -> size;
        };
    }

    /** Of bytes that framing is made of, among others. */
    private static String randomText(Random random, int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            int kind = random.nextInt(4);
            text.append(kind == 0 ? "\r\n0;:a".charAt(random.nextInt(6)) : (char) random.nextInt(256));
        }
        return text.toString();
    }
}
