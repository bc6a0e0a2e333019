package dev.sluice.gateway.http1;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChunkFrameTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(/* preferDirect= */ true);

    @AfterEach
    void everythingIsReleased() {
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    /** With {@code front} bytes before the payload and {@code behind} bytes after it. */
    private ByteBuf payload(String text, int front, int behind) {
        ByteBuf payload = allocator.directBuffer(front + text.length() + behind);
        payload.writeZero(front).skipBytes(front).writeCharSequence(text, ISO_8859_1);
        return payload;
    }

    private static String take(ByteBuf framed) {
        String text = framed.toString(ISO_8859_1);
        framed.release();
        return text;
    }

    @Test
    void theFrameIsWrittenAroundThePayloadWhereItLies() {
        ByteBuf payload = payload("event", 3, 2);
        ByteBuf framed = ChunkFrame.of(payload, allocator);

        assertThat(framed).isSameAs(payload);
        assertThat(take(framed)).isEqualTo("5\r\nevent\r\n");
    }

    @Test
    void withoutRoomInFrontItIsCopied() {
        ByteBuf payload = payload("event", 2, 2);
        ByteBuf framed = ChunkFrame.of(payload, allocator);

        assertThat(framed).isNotSameAs(payload);
        assertThat(payload.refCnt()).isZero();
        assertThat(take(framed)).isEqualTo("5\r\nevent\r\n");
    }

    @Test
    void withoutRoomBehindItIsCopied() {
        ByteBuf payload = payload("event", 16, 1);
        ByteBuf framed = ChunkFrame.of(payload, allocator);

        assertThat(framed).isNotSameAs(payload);
        assertThat(take(framed)).isEqualTo("5\r\nevent\r\n");
    }

    @Test
    void whatSomebodyElseHoldsIsNotWrittenInto() {
        ByteBuf payload = payload("event", 16, 16);
        String before = ByteBufUtil.hexDump(payload, 0, payload.capacity());
        ByteBuf framed = ChunkFrame.of(payload.retain(), allocator);

        assertThat(framed).isNotSameAs(payload);
        assertThat(ByteBufUtil.hexDump(payload, 0, payload.capacity())).isEqualTo(before);
        assertThat(take(framed)).isEqualTo("5\r\nevent\r\n");
        payload.release();
    }

    /** A duplicate of pooled memory has a count of its own. */
    @Test
    void whatADuplicateSharesIsNotWrittenInto() {
        ByteBuf payload = PooledByteBufAllocator.DEFAULT.directBuffer(64);
        payload.writeZero(16).skipBytes(16).writeCharSequence("event", ISO_8859_1);
        String before = ByteBufUtil.hexDump(payload, 0, payload.capacity());
        ByteBuf framed = ChunkFrame.of(payload.retainedDuplicate(), allocator);

        assertThat(ByteBufUtil.hexDump(payload, 0, payload.capacity())).isEqualTo(before);
        assertThat(take(framed)).isEqualTo("5\r\nevent\r\n");
        payload.release();
    }

    @Test
    void aSliceHasNoRoomOfItsOwn() {
        ByteBuf payload = payload("event", 16, 16);
        ByteBuf framed = ChunkFrame.of(payload.retainedSlice(), allocator);

        assertThat(take(framed)).isEqualTo("5\r\nevent\r\n");
        assertThat(payload.getByte(15)).isZero();
        payload.release();
    }

    @Test
    void whatIsReadOnlyIsCopied() {
        ByteBuf payload = payload("event", 16, 16).asReadOnly();

        assertThat(take(ChunkFrame.of(payload, allocator))).isEqualTo("5\r\nevent\r\n");
    }

    @Test
    void inPlaceAndCopiedAreTheSameBytes() {
        Random random = new Random(11);
        for (int length : new int[] {1, 9, 15, 16, 17, 255, 256, 257, 4_095, 4_096, 65_535, 65_536, 1 << 20}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            String text = new String(bytes, ISO_8859_1);
            String expected = Integer.toHexString(length) + "\r\n" + text + "\r\n";

            assertThat(take(ChunkFrame.of(payload(text, ChunkFrame.MAX_PREFIX_BYTES, 2), allocator)))
                    .as("in place, %d", length)
                    .isEqualTo(expected);
            assertThat(take(ChunkFrame.of(payload(text, 0, 0), allocator)))
                    .as("copied, %d", length)
                    .isEqualTo(expected);
        }
    }

    @Test
    void theLastChunkIsTheSameFromEverywhere() {
        assertThat(take(ChunkFrame.last())).isEqualTo("0\r\n\r\n");
        assertThat(take(ChunkFrame.last())).isEqualTo("0\r\n\r\n");
        assertThat(take(ChunkFrame.last(allocator))).isEqualTo("0\r\n\r\n");
    }

    @Test
    void aFrameIsReadAsThePayloadItIsAround() {
        ByteBuf framed = Unpooled.buffer();
        ByteBuf first = ChunkFrame.of(payload("one", 16, 16), allocator);
        ByteBuf second = ChunkFrame.of(payload("two", 0, 0), allocator);
        framed.writeBytes(first).writeBytes(second).writeBytes(ChunkFrame.last());
        first.release();
        second.release();
        ChunkedDecoder decoder = new ChunkedDecoder();
        decoder.decode(framed);

        assertThat(framed.toString(ISO_8859_1)).isEqualTo("onetwo");
        assertThat(decoder.isComplete()).isTrue();
    }
}
