package dev.sluice.gateway.edge;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Puts answers on the wire, in the client's protocol. What they say, and in what order, is the {@link EdgeResponder}'s;
 * nothing is flushed here but what says so. Thread: event loop.
 */
sealed interface AnswerWriter permits Http1Writer, Http2Writer {

    /** Asks for the body of a request that waits for leave to send it; flushes. */
    void proceed();

    /** A whole answer; takes {@code headers} and {@code body}. */
    void whole(int status, HttpHeaders headers, ByteBuf body);

    /**
     * The head of an answer; takes {@code headers}.
     *
     * @param chunked whether the pieces of the body are to be framed as chunks, as the headers say
     */
    void head(int status, HttpHeaders headers, boolean chunked);

    /** A piece of the body, not empty; taken. */
    void body(ByteBuf bytes);

    /** The answer is complete. */
    void end();

    /** Ends the connection or stream, in a way that tells the client that the answer is not complete; flushes. */
    void cut();
}
