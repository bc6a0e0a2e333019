package dev.sluice.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** Cuts bytes the way a network does, and counts the memory that is not given back. For tests of decoders. */
public final class Cuts {
    private final UnpooledByteBufAllocator allocator;

    private Cuts(boolean direct) {
        // The account below is exact, which the leak detector is not; and it costs nothing.
        allocator = new UnpooledByteBufAllocator(direct, /* disableLeakDetector= */ true);
    }

    public static Cuts onHeap() {
        return new Cuts(false);
    }

    public static Cuts direct() {
        return new Cuts(true);
    }

    /** Gives a buffer with {@code bytes}, and other bytes before and behind them. */
    public ByteBuf buffer(byte[] bytes, int from, int to) {
        ByteBuf buffer = allocator.buffer(to - from + 5);
        buffer.writeMedium(0x0A0A0A).writeBytes(bytes, from, to - from).skipBytes(3);
        return buffer;
    }

    public long unreleasedBytes() {
        return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
    }

    /** Runs {@code test} with ways to cut {@code length} bytes: whole, each byte, each pair, and at random. */
    public static void forEachCut(int length, int randomCuts, Consumer<int[]> test) {
        test.accept(new int[] {length});
        int[] single = new int[length];
        for (int i = 0; i < length; i++) {
            single[i] = i + 1;
        }
        test.accept(single);
        for (int cut = 1; cut < length; cut++) {
            test.accept(new int[] {cut, length});
        }
        Random random = new Random(length);
        for (int i = 0; i < randomCuts; i++) {
            test.accept(randomCut(random, length));
        }
    }

    /** Ends of pieces, the last of which is {@code length}. */
    public static int[] randomCut(Random random, int length) {
        int longest = 1 + random.nextInt(Math.max(1, length / 2));
        List<Integer> ends = new ArrayList<>();
        int end = 0;
        while (end < length) {
            end = Math.min(length, end + 1 + random.nextInt(longest));
            ends.add(end);
        }
        return ends.stream().mapToInt(Integer::intValue).toArray();
    }
}
