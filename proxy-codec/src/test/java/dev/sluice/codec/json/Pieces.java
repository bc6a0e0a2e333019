package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Cuts bodies into the pieces in which a network might deliver them. Thread: any. */
public final class Pieces {
    private Pieces() {}

    /** What is done with each piece; borrows it. */
    @FunctionalInterface
    public interface Feed<E extends Exception> {
        void accept(ByteBuf piece) throws E;
    }

    /** Feeds {@code body} cut in front of each of the {@code cuts}, each piece in a buffer of its own. */
    public static <E extends Exception> void feed(ByteBufAllocator allocator, byte[] body, Feed<E> feed, int... cuts)
            throws E {
        int from = 0;
        for (int i = 0; i <= cuts.length; i++) {
            int to = i == cuts.length ? body.length : cuts[i];
            ByteBuf piece = allocator.buffer(to - from).writeBytes(body, from, to - from);
            try {
                feed.accept(piece);
            } finally {
                piece.release();
            }
            from = to;
        }
    }

    /** As {@link #feed}, a byte at a time. */
    public static <E extends Exception> void feedBytewise(ByteBufAllocator allocator, byte[] body, Feed<E> feed)
            throws E {
        int[] cuts = new int[Math.max(0, body.length - 1)];
        for (int i = 0; i < cuts.length; i++) {
            cuts[i] = i + 1;
        }
        feed(allocator, body, feed, cuts);
    }

    /** Up to six random places to cut at, in ascending order; neighbours may be equal. */
    public static int[] randomCuts(RandomGenerator random, int length) {
        return random.ints(random.nextInt(7), 0, length + 1).sorted().toArray();
    }

    /** The body as one chain of buffers, heap and direct ones in turn, some of them empty. Gives it. */
    public static ByteBuf chain(ByteBufAllocator allocator, byte[] body, int... cuts) {
        CompositeByteBuf chain = allocator.compositeBuffer(Integer.MAX_VALUE);
        List<ByteBuf> parts = new ArrayList<>();
        Pieces.<RuntimeException>feed(
                allocator,
                body,
                piece -> parts.add(
                        parts.size() % 2 == 0
                                ? allocator.directBuffer().writeBytes(piece)
                                : allocator.heapBuffer().writeBytes(piece)),
                cuts);
        chain.addComponents(/* increaseWriterIndex= */ true, parts);
        return chain;
    }
}
