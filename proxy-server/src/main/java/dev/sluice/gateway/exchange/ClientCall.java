package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.GatewayError;
import io.netty.buffer.ByteBuf;

/**
 * A request that is carried to a provider, as the edge drives it: {@link #begin}, any number of {@link #onBody}, {@link
 * #onBodyEnd}; and whatever happens to the client meanwhile. Thread: event loop.
 */
public interface ClientCall extends OpenCall {

    /** The head is here; afterwards the call either wants the body or {@link #isDone}. */
    void begin();

    /** The next piece of the request body; takes it. */
    void onBody(ByteBuf piece);

    /** The request body is complete. */
    void onBodyEnd();

    /** The edge cannot accept the rest of the request. */
    void refuse(GatewayError error);

    /** The client can, or for now cannot, take more. */
    void onClientWritable(boolean writable);

    /** The client is gone: nobody is left to answer. */
    void onClientGone();

    boolean isDone();

    /** The largest body that is accepted, given the largest that is gathered. */
    default long maxBodyBytes(long gatheredBytes) {
        return gatheredBytes;
    }

    /** Whether the body passes on while it arrives: then it may take its time, as long as it goes on arriving. */
    default boolean streamsBody() {
        return false;
    }
}
