package dev.sluice.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.util.Arrays;

/**
 * Replaces a few spans of a body and leaves every other byte alone: what follows a {@link JsonScanner}. Nothing is
 * parsed or serialised again, so a provider's prompt cache keeps hitting.
 *
 * <p>May be used again: {@link #clear}. Thread: event loop.
 */
public final class JsonSplice {

    /** Up to here a body is copied into one buffer; larger ones become a chain of slices (cheaper from here on). */
    public static final int COPY_BYTES = 16 * 1024;

    private static final int MAX_EDITS = 4;

    private static final byte[] NOTHING = {};

    private final int[] starts = new int[MAX_EDITS];
    private final int[] ends = new int[MAX_EDITS];
    private final byte[][] replacements = new byte[MAX_EDITS][];
    private int edits;
    private int growth;

    /**
     * Puts {@code bytes} in front of the byte at {@code offset}, or of what replaces it; insertions at one offset keep
     * their order.
     */
    public JsonSplice insert(int offset, byte[] bytes) {
        return replace(offset, offset, bytes);
    }

    /**
     * Puts {@code bytes} in the place of a span. Edits come in any order, but must not overlap.
     *
     * @param start offset of the first byte of the span
     * @param end offset behind its last byte
     * @param bytes the replacement; not copied, not to be changed any more
     */
    public JsonSplice replace(int start, int end, byte[] bytes) {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException("a span is 0 <= start <= end, not " + start + " to " + end);
        }
        if (edits == MAX_EDITS) {
            throw new IllegalStateException("more than " + MAX_EDITS + " edits");
        }
        int at = edits;
        while (at > 0 && (starts[at - 1] > start || (starts[at - 1] == start && ends[at - 1] > start))) {
            at--;
        }
        boolean overlaps = (at > 0 && ends[at - 1] > start) || (at < edits && starts[at] < end);
        if (overlaps) {
            throw new IllegalArgumentException("the span " + start + " to " + end + " overlaps another edit: starts "
                    + Arrays.toString(Arrays.copyOf(starts, edits)) + ", ends "
                    + Arrays.toString(Arrays.copyOf(ends, edits)));
        }
        int moved = edits - at;
        System.arraycopy(starts, at, starts, at + 1, moved);
        System.arraycopy(ends, at, ends, at + 1, moved);
        System.arraycopy(replacements, at, replacements, at + 1, moved);
        starts[at] = start;
        ends[at] = end;
        replacements[at] = bytes;
        growth += bytes.length - (end - start);
        edits++;
        return this;
    }

    /**
     * Carries the edits out.
     *
     * @param body the readable bytes are the body, offset 0 is the reader index; takes it
     * @return the edited body; gives it. It is {@code body} itself when there is no edit
     */
    public ByteBuf apply(ByteBuf body, ByteBufAllocator allocator) {
        if (edits == 0) {
            return body;
        }
        try {
            int length = body.readableBytes();
            if (ends[edits - 1] > length) {
                throw new IndexOutOfBoundsException("an edit ends at " + ends[edits - 1] + ", the body at " + length);
            }
            return length <= COPY_BYTES ? copied(body, allocator) : chained(body, allocator);
        } finally {
            body.release();
        }
    }

    /** Forgets the edits. */
    public void clear() {
        Arrays.fill(replacements, 0, edits, NOTHING);
        edits = 0;
        growth = 0;
    }

    private ByteBuf copied(ByteBuf body, ByteBufAllocator allocator) {
        int length = body.readableBytes();
        ByteBuf result = allocator.buffer(length + growth, length + growth);
        int offset = 0;
        int origin = body.readerIndex();
        for (int i = 0; i < edits; i++) {
            result.writeBytes(body, origin + offset, starts[i] - offset).writeBytes(replacements[i]);
            offset = ends[i];
        }
        return result.writeBytes(body, origin + offset, length - offset);
    }

    private ByteBuf chained(ByteBuf body, ByteBufAllocator allocator) {
        CompositeByteBuf chain = allocator.compositeBuffer(Integer.MAX_VALUE);
        boolean complete = false;
        try {
            int offset = 0;
            int origin = body.readerIndex();
            for (int i = 0; i < edits; i++) {
                addSlice(chain, body, origin + offset, starts[i] - offset);
                addBytes(chain, replacements[i], body.isDirect(), allocator);
                offset = ends[i];
            }
            addSlice(chain, body, origin + offset, body.readableBytes() - offset);
            complete = true;
            return chain;
        } finally {
            if (!complete) {
                chain.release();
            }
        }
    }

    private static void addSlice(CompositeByteBuf chain, ByteBuf body, int index, int length) {
        if (length > 0) {
            chain.addComponent(/* increaseWriterIndex= */ true, body.retainedSlice(index, length));
        }
    }

    /** Direct beside direct: a chain with one heap part would be copied whole on its way to a native socket. */
    private static void addBytes(CompositeByteBuf chain, byte[] bytes, boolean direct, ByteBufAllocator allocator) {
        if (bytes.length > 0) {
            ByteBuf part = direct ? allocator.directBuffer(bytes.length) : allocator.heapBuffer(bytes.length);
            chain.addComponent(/* increaseWriterIndex= */ true, part.writeBytes(bytes));
        }
    }
}
