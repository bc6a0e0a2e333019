package dev.sluice.gateway.it;

import java.io.IOException;

/** The provider's end of one request: what a {@link Script} plays on. Each write leaves at once. Thread: the script's. */
interface Wire {

    ReceivedRequest request();

    /**
     * Begins the answer. Without a {@code content-length} among the fields the body is chunked (HTTP/1.1).
     *
     * @param fields names and values in turn
     */
    void head(int status, String... fields) throws IOException;

    /** One chunk or one DATA frame. */
    void write(byte[] bytes) throws IOException;

    /** Ends the answer by its framing. */
    void end() throws IOException;

    /** Ends abruptly: RST on HTTP/1.1, RST_STREAM on HTTP/2. */
    void reset() throws IOException;

    /** Closes the connection without ending the answer. */
    void cut() throws IOException;

    /** Bytes past all framing; HTTP/1.1 only. */
    void raw(byte[] bytes) throws IOException;

    /** Cuts each later write into pieces of its own, framing included; HTTP/1.1 only. */
    void splitWrites(Split split);

    /**
     * Blocks until the other side has gone.
     *
     * @return the {@link System#nanoTime} at which that was seen
     */
    long awaitGone() throws IOException, InterruptedException;
}
