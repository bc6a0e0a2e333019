package dev.sluice.gateway.exchange;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a {@link RealtimeSession}, implemented by the edge: one {@link #accept}, behind it any number of
 * frames, and one {@link #close}. Thread: event loop.
 */
public interface RealtimeClient {

    /**
     * Completes the client's upgrade, so that frames may pass.
     *
     * @param subprotocol that the provider chose; null for none
     */
    void accept(@Nullable String subprotocol, HttpHeaders headers);

    /** Takes {@code frame}. */
    void frame(WebSocketFrame frame);

    void flush();

    /** Whether the client is read: not while the provider cannot take more. */
    void read(boolean reads);

    /**
     * Ends the connection with a close frame, or answers the client's own.
     *
     * @param code -1 for none
     */
    void close(int code, String reason);
}
