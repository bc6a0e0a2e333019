package dev.sluice.gateway.edge;

import io.netty.channel.ChannelConfig;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Objects;

/**
 * The messages of one connection that have been read and whose turn has not come: behind an answer that is under way, or
 * behind the question who asks. When they are many, or their bodies large, the connection is not read. Thread: event loop.
 */
final class WaitingMessages {
    private static final int MAX_MESSAGES = 64;
    private static final int MAX_PARKED_BYTES = 16 * 1024;

    private final ArrayDeque<Object> messages = new ArrayDeque<>(0);
    private long bodyBytes;

    boolean isEmpty() {
        return messages.isEmpty();
    }

    /**
     * Takes {@code message}, behind all others.
     *
     * @param parked nobody knows yet whether they will be served: little is read of them
     * @param config stopped when it is full
     */
    void add(Object message, boolean parked, ChannelConfig config) {
        messages.addLast(message);
        bodyBytes += bytesOf(message);
        if (messages.size() >= MAX_MESSAGES || (parked && bodyBytes > MAX_PARKED_BYTES)) {
            config.setAutoRead(false);
        }
    }

    /** Takes back {@code message}, which was the first. */
    void putBack(Object message) {
        messages.addFirst(message);
        bodyBytes += bytesOf(message);
    }

    /** Borrows the first. */
    Object first() {
        return messages.getFirst();
    }

    /** Gives the first. */
    Object take() {
        Object message = Objects.requireNonNull(messages.pollFirst());
        bodyBytes -= bytesOf(message);
        return message;
    }

    /** Whether a request is among them. */
    boolean hasRequest() {
        for (Object message : messages) {
            if (message instanceof HttpRequest) {
                return true;
            }
        }
        return false;
    }

    /** Releases them all. */
    void drop() {
        for (Object message = messages.pollFirst(); message != null; message = messages.pollFirst()) {
            ReferenceCountUtil.release(message);
        }
        bodyBytes = 0;
    }

    private static int bytesOf(Object message) {
        return message instanceof HttpContent content ? content.content().readableBytes() : 0;
    }
}
