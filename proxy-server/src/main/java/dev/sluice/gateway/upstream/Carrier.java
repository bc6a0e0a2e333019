package dev.sluice.gateway.upstream;

import io.netty.buffer.ByteBuf;

/**
 * What carries an attempt: a connection over HTTP/1.1, or a stream of one over HTTP/2. Between the answer's end and the
 * next request it belongs to nobody, and nobody may call it. Thread: event loop.
 */
sealed interface Carrier permits UpstreamHttp1, UpstreamHttp2Stream {

    /**
     * Writes a request's head, and the body or what there is of it.
     *
     * @param content takes one reference to it, and leaves its indexes as they are
     * @return whether it was written; false: there is nothing to sign it with for the time being
     */
    boolean send(UpstreamRequest request, ByteBuf content);

    /** Writes the next piece of a body that was not whole; takes it. */
    void write(ByteBuf piece);

    /** Ends a body that was not whole. */
    void endBody();

    /** Whether anything is to be read from the provider for now; called on change only. */
    void setReading(boolean reading);

    void close();
}
