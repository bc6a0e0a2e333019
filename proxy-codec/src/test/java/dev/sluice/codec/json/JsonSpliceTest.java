package dev.sluice.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSpliceTest {
    private static final int SMALL = 100;
    private static final int LARGE = JsonSplice.COPY_BYTES + 1;

    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, JsonSplice.COPY_BYTES, LARGE})
    void replacesAndInsertsInAnyOrderAndKeepsTheRest(int length) {
        String body = letters(length);
        JsonSplice splice = new JsonSplice()
                .insert(length, bytes("<end>"))
                .replace(10, 20, bytes("<ten>"))
                .insert(0, bytes("<begin>"))
                .replace(20, 20, bytes("<twenty>"));
        String expected = "<begin>" + body.substring(0, 10) + "<ten><twenty>" + body.substring(20) + "<end>";
        assertThat(applied(splice, direct(body))).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, LARGE})
    void keepsTheOrderOfInsertionsAtOnePlace(int length) {
        String body = letters(length);
        JsonSplice splice =
                new JsonSplice().insert(5, bytes("1")).replace(5, 6, bytes("3")).insert(5, bytes("2"));
        assertThat(applied(splice, direct(body))).isEqualTo(body.substring(0, 5) + "123" + body.substring(6));
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, LARGE})
    void removesAllBytesWhenAskedTo(int length) {
        assertThat(applied(new JsonSplice().replace(0, length, new byte[0]), direct(letters(length))))
                .isEmpty();
    }

    @Test
    void givesTheBodyItselfBackWhenThereIsNothingToDo() {
        ByteBuf body = direct("{}");
        ByteBuf result = new JsonSplice().apply(body, allocator);
        assertThat(result).isSameAs(body);
        assertThat(result.refCnt()).isOne();
        result.release();
    }

    @Test
    void copiesSmallBodiesAndChainsLargeOnes() {
        JsonSplice splice = new JsonSplice().insert(1, bytes("x"));
        ByteBuf small = splice.apply(direct(letters(JsonSplice.COPY_BYTES)), allocator);
        assertThat(small).isNotInstanceOf(CompositeByteBuf.class);
        assertThat(small.capacity()).isEqualTo(small.readableBytes());
        small.release();

        ByteBuf body = direct(letters(LARGE));
        long bodyBytes = allocator.metric().usedDirectMemory();
        ByteBuf large = splice.apply(body, allocator);
        assertThat(large).isInstanceOf(CompositeByteBuf.class);
        assertThat(allocator.metric().usedDirectMemory() - bodyBytes).isLessThan(1_000);
        large.release();
    }

    @Test
    void keepsDirectBodiesDirectAndHeapBodiesOnTheHeap() {
        JsonSplice splice = new JsonSplice().insert(1, bytes("x"));
        ByteBuf direct = splice.apply(direct(letters(LARGE)), allocator);
        assertThat(direct.isDirect()).isTrue();
        direct.release();
        ByteBuf heap = splice.apply(allocator.heapBuffer().writeBytes(bytes(letters(LARGE))), allocator);
        assertThat(heap.isDirect()).isFalse();
        heap.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, LARGE})
    void countsOffsetsFromTheReaderIndex(int length) {
        String body = letters(length);
        ByteBuf shifted = direct("???" + body + "???");
        shifted.setIndex(3, 3 + length);
        assertThat(applied(new JsonSplice().replace(0, 1, bytes("!")), shifted)).isEqualTo("!" + body.substring(1));
    }

    @Test
    void leavesAloneABodyThatSomebodyElseStillHolds() {
        ByteBuf body = direct(letters(LARGE)).retain();
        assertThat(applied(new JsonSplice().replace(0, 9, bytes("!")), body)).hasSize(LARGE - 8);
        assertThat(body.toString(UTF_8)).isEqualTo(letters(LARGE));
        assertThat(body.refCnt()).isOne();
        body.release();
    }

    @Test
    void agreesWithStringsOnRandomChains() {
        long seed = Seeds.ofThisRun();
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 2_000; i++) {
            int length = 10 + random.nextInt(random.nextBoolean() ? 200 : 2 * JsonSplice.COPY_BYTES);
            String body = letters(length);
            int a = random.nextInt(length);
            int b = a + random.nextInt(length - a);
            int c = b + random.nextInt(length - b);
            int d = c + random.nextInt(length - c);
            String first = letters(random.nextInt(9));
            String second = letters(random.nextInt(90));
            JsonSplice splice = a < c
                    ? new JsonSplice().replace(c, d, bytes(second)).replace(a, b, bytes(first))
                    : new JsonSplice().insert(a, bytes(first)).replace(c, d, bytes(second));
            ByteBuf chain = Pieces.chain(allocator, bytes(body), Pieces.randomCuts(random, length));
            assertThat(applied(splice, chain))
                    .as("-Dseed=%s, round %s", seed, i)
                    .isEqualTo(body.substring(0, a) + first + body.substring(b, c) + second + body.substring(d));
        }
    }

    @Test
    void refusesEditsThatOverlap() {
        JsonSplice splice = new JsonSplice().replace(10, 20, bytes("x"));
        assertThatThrownBy(() -> splice.replace(19, 21, bytes("y")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("19 to 21 overlaps another edit: starts [10], ends [20]");
        assertThatThrownBy(() -> splice.replace(5, 11, bytes("y"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> splice.insert(15, bytes("y"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> splice.replace(3, 2, bytes("y"))).isInstanceOf(IllegalArgumentException.class);
        assertThat(applied(splice, direct(letters(SMALL)))).hasSize(SMALL - 9);
    }

    @Test
    void releasesTheBodyWhenAnEditDoesNotFit() {
        ByteBuf body = direct("{}");
        assertThatThrownBy(() -> new JsonSplice().replace(1, 3, bytes("y")).apply(body, allocator))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessageContaining("an edit ends at 3, the body at 2");
        assertThat(body.refCnt()).isZero();
    }

    @Test
    void releasesEverythingWhenMemoryRunsOutHalfway() {
        ByteBuf body = direct(letters(LARGE));
        JsonSplice splice = new JsonSplice().insert(1, bytes("x")).insert(2, bytes("y"));
        assertThatThrownBy(() -> splice.apply(body, new OneBufferOnly())).isInstanceOf(OutOfMemoryError.class);
        assertThat(body.refCnt()).isZero();
    }

    @Test
    void quotesTextSoThatItCanBeReadBack() {
        assertThat(JsonText.quoted("plain/ é中😀")).isEqualTo(bytes("\"plain/ é中😀\""));
        assertThat(JsonText.quoted("\"\\\n\u0000\u001f\u007f"))
                .isEqualTo(bytes("\"\\\"\\\\\\u000a\\u0000\\u001f\u007f\""));
        assertThat(JsonText.quoted("\ud83d \ude00 \ud83d")).isEqualTo(bytes("\"\\ud83d \\ude00 \\ud83d\""));
    }

    private String applied(JsonSplice splice, ByteBuf body) {
        ByteBuf result = splice.apply(body, allocator);
        try {
            return result.toString(UTF_8);
        } finally {
            result.release();
        }
    }

    private ByteBuf direct(String text) {
        return allocator.directBuffer().writeBytes(bytes(text));
    }

    private static String letters(int length) {
        StringBuilder letters = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            letters.append((char) ('a' + i * 7 % 26));
        }
        return letters.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Has memory for one more buffer, which it takes from the allocator that keeps the accounts. */
    private final class OneBufferOnly extends AbstractByteBufAllocator {
        private int left = 1;

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (left-- == 0) {
                throw new OutOfMemoryError("as arranged");
            }
            return allocator.directBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            throw new AssertionError("a direct body needs no heap");
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }
}
