package dev.sluice.codec.relay;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What has come of a stream but has not been passed on: complete events that wait, and behind them the head of an event
 * whose rest has not come. Copies. Thread: event loop.
 */
final class HeldBytes {
    /** Released by {@link #drop} unless {@link #take} gave it. */
    private @Nullable ByteBuf bytes;
    /** How much of it belongs to complete events; 0 once nothing complete is held back any more. */
    private int complete;

    int size() {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /** Of complete events. */
    int complete() {
        return complete;
    }

    /** Adds a piece; borrows {@code from}. */
    void add(ByteBuf from, int start, int end) {
        if (bytes == null) {
            bytes = from.alloc().buffer(end - start);
        }
        bytes.writeBytes(from, start, end - start);
    }

    /** Everything up to here, and {@code more} bytes that are about to be added, is complete. */
    void completeWith(int more) {
        complete = size() + more;
    }

    /** Writes the head of the event that is not complete to {@code target}. */
    void copyHead(ByteBuf target) {
        if (bytes != null) {
            target.writeBytes(bytes, bytes.readerIndex() + complete, size() - complete);
        }
    }

    /** Forgets the head of the event that is not complete. */
    void dropHead() {
        if (complete == 0) {
            drop();
        } else if (bytes != null) {
            bytes.writerIndex(bytes.readerIndex() + complete);
        }
    }

    /** Gives all of it; null when there is nothing. */
    @Nullable
    ByteBuf take() {
        ByteBuf all = bytes;
        bytes = null;
        complete = 0;
        return all;
    }

    /** Gives the complete events, and keeps what is behind them; null when there are none. */
    @Nullable
    ByteBuf takeComplete() {
        if (bytes == null || complete == 0) {
            return null;
        }
        int behind = bytes.readableBytes() - complete;
        ByteBuf all = take();
        if (all != null && behind > 0) {
            int start = all.writerIndex() - behind;
            add(all, start, all.writerIndex());
            all.writerIndex(start);
        }
        return all;
    }

    void drop() {
        ByteBuf all = take();
        if (all != null) {
            all.release();
        }
    }
}
