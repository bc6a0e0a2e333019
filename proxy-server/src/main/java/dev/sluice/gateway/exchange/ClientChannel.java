package dev.sluice.gateway.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * The client's side of an exchange, implemented by the edge: either one {@link #answer}, or {@link #head}, any number
 * of {@link #body} and {@link #flush}, and one of {@link #end} and {@link #cut}. Thread: event loop.
 */
public interface ClientChannel {

    /** A whole answer; takes {@code headers} and {@code body}. */
    void answer(int status, HttpHeaders headers, ByteBuf body);

    /** The head of an answer that is sent piece by piece; its length is known if the headers say so. Takes them. */
    void head(int status, HttpHeaders headers);

    /** Takes {@code bytes}. */
    void body(ByteBuf bytes);

    void flush();

    /**
     * The answer is going to end without being whole, whatever the client has been told of it already. For clients that
     * are told of the end in words of its own; comes before the last call, if at all.
     */
    default void failing() {}

    /** The answer is complete. */
    void end();

    /** The answer is not complete and cannot be: the client must notice, by a lost connection or a reset stream. */
    void cut();

    /** Whether more of the request's body is wanted for now; it is until told otherwise, and again after the answer. */
    void read(boolean wanted);

    /** Whether anybody is still there to be answered. */
    boolean isConnected();

    ByteBufAllocator allocator();
}
