package dev.sluice.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * Hears what becomes of an {@link UpstreamSocket}.
 *
 * <p>Order: {@link #onRequestWritten}, then one of {@link #onRefused} and {@link #onOpen}; behind the latter any number of
 * {@link #onFrame}, {@link #onReadComplete} and {@link #onWritable}, and one of {@link #onClose} and {@link #onLost}. Or,
 * before {@link #onOpen}, one {@link #onFailure}. Nothing behind the last, nor once the socket was closed from this side.
 * Thread: event loop.
 */
public interface SocketListener {

    /** The request has been handed to the connection. */
    void onRequestWritten();

    /** The provider wants no WebSocket. Borrows {@code body}, which may have been cut. */
    void onRefused(int status, ByteBuf body);

    /** Frames may pass. */
    void onOpen(@Nullable String subprotocol);

    /** A frame, but no close frame; takes it. */
    void onFrame(WebSocketFrame frame);

    /** No more frames for now: the moment to flush. */
    void onReadComplete();

    /** The provider can, or for now cannot, take more. */
    void onWritable(boolean writable);

    /**
     * The provider closes the connection.
     *
     * @param code -1 when it gave none
     */
    void onClose(int code, String reason);

    /** The connection is gone without having been closed. */
    void onLost();

    /** There will be no WebSocket. */
    void onFailure(AttemptFailure failure);
}
