package dev.sluice.gateway.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a request body until it is complete. The first piece is kept as it is, which is all of a small request;
 * more pieces are gathered in one growing buffer, so that a body in many tiny pieces costs no more than its size. One can
 * be used for one body after the other. Thread: event loop.
 */
final class RequestBody {
    /** Released by {@link #release} unless given away by {@link #take}. */
    private @Nullable ByteBuf bytes;

    private boolean gathering;

    /** Takes {@code piece}. */
    void add(ByteBuf piece) {
        if (bytes == null) {
            bytes = piece;
            return;
        }
        if (!gathering) {
            ByteBuf gathered =
                    piece.alloc().ioBuffer(Math.max(16 * 1024, 4 * (bytes.readableBytes() + piece.readableBytes())));
            gathered.writeBytes(bytes);
            bytes.release();
            bytes = gathered;
            gathering = true;
        }
        bytes.writeBytes(piece);
        piece.release();
    }

    /** The whole body, to be looked at; stays ours. */
    ByteBuf whole() {
        return bytes == null ? Unpooled.EMPTY_BUFFER : bytes;
    }

    int sizeBytes() {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /** Gives the whole body. */
    ByteBuf take() {
        ByteBuf whole = bytes == null ? Unpooled.EMPTY_BUFFER : bytes;
        bytes = null;
        gathering = false;
        return whole;
    }

    void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
        gathering = false;
    }
}
