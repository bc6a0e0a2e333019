package dev.sluice.gateway.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;

/**
 * Hears what becomes of an attempt; the exchange implements it.
 *
 * <p>Order: {@link #onRequestWritten}, {@link #onHead}, any number of {@link #onBytes} and {@link #onReadComplete},
 * {@link #onEnd}. Or, at any point before {@link #onHead}, one {@link #onFailure} and nothing after it. Thread: event
 * loop.
 */
public interface AttemptListener {

    /** The request has been handed to the connection: from here on the provider may charge for it. */
    void onRequestWritten();

    /** While a body is being sent: whether the connection takes more of it for now. */
    default void onWritable(boolean writable) {}

    /** The final head of the answer; informational ones are not reported. Takes {@code headers}: they change no more. */
    void onHead(int status, HttpHeaders headers);

    /** The next bytes of the body, transfer framing removed; takes them. */
    void onBytes(ByteBuf bytes);

    /** No more bytes for now: the moment to flush. */
    void onReadComplete();

    /** The message ended: by its own framing if {@code clean}, else because the connection was lost or broken. */
    void onEnd(boolean clean);

    /** There will be no answer. */
    void onFailure(AttemptFailure failure);
}
