package dev.sluice.codec.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.dialect.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

final class NdjsonFramesTest {

    @Test
    void aLineIsAPayloadHoweverItIsCut() {
        byte[] stream = "\n{\"a\":1}\r\n\r\n \t\n{\"b\": \"世\"} \n{}".getBytes(UTF_8);
        Cuts heap = Cuts.onHeap();
        Cuts direct = Cuts.direct();
        Cuts.forEachCut(stream.length, 50, ends -> {
            assertThat(told(stream, heap, ends)).isEqualTo("{\"a\":1}\r|{\"b\": \"世\"} |{}|");
            assertThat(told(stream, direct, ends)).isEqualTo("{\"a\":1}\r|{\"b\": \"世\"} |{}|");
        });
        assertThat(heap.unreleasedBytes() + direct.unreleasedBytes()).isZero();
    }

    @Test
    void nothingIsNoPayload() {
        assertThat(told(new byte[0], Cuts.onHeap(), new int[0])).isEmpty();
        assertThat(told("\n\r\n  \n".getBytes(UTF_8), Cuts.onHeap(), new int[] {6}))
                .isEmpty();
    }

    @Test
    void aLineWithoutEndIsBroken() {
        Count count = new Count();
        NdjsonFrames frames = new NdjsonFrames(count);
        ByteBuf piece = Unpooled.wrappedBuffer(new byte[1 << 20]).setByte(0, '{');
        for (int i = 0; i < 16; i++) {
            frames.feed(piece);
        }
        assertThat(frames.isBroken()).isFalse();
        assertThat(count.bytes).isEqualTo(NdjsonFrames.MAX_LINE_BYTES);
        frames.feed(Unpooled.copiedBuffer("}\n{}\n", UTF_8));
        frames.end();
        assertThat(frames.isBroken()).isTrue();
        assertThat(count.bytes).isEqualTo(NdjsonFrames.MAX_LINE_BYTES);
        assertThat(count.ends).isZero();
    }

    private static String told(byte[] stream, Cuts cuts, int[] ends) {
        Count count = new Count();
        NdjsonFrames frames = new NdjsonFrames(count);
        int from = 0;
        for (int to : ends) {
            ByteBuf piece = cuts.buffer(stream, from, to);
            frames.feed(piece);
            piece.release();
            from = to;
        }
        frames.end();
        return count.text.toString(UTF_8);
    }

    private static final class Count implements FrameReader.Listener {
        private final ByteBuf text = Unpooled.buffer();
        private long bytes;
        private int ends;

        @Override
        public void onName(String name) {
            throw new AssertionError("lines have no names");
        }

        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            bytes += length;
            if (length < 1_000) {
                text.writeBytes(buffer, index, length);
            }
        }

        @Override
        public void onPayloadEnd() {
            ends++;
            text.writeByte('|');
        }
    }
}
