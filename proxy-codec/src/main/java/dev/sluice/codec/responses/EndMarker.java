package dev.sluice.codec.responses;

import io.netty.buffer.ByteBuf;

/** Looks for {@code [DONE]}, which some hosts send behind the last event. Thread: event loop. */
final class EndMarker {
    private static final byte[] DONE = {'[', 'D', 'O', 'N', 'E', ']'};
    private static final int NOT_BEGUN = -1;

    /** Bytes that are as they have to be; more than there are once one is not: an array is no event either. */
    private int matched = NOT_BEGUN;

    /** The payload begins with {@code first}. */
    void begin(byte first) {
        matched = first == DONE[0] ? 0 : NOT_BEGUN;
    }

    /** Whether the payload can be nothing else. */
    boolean hasBegun() {
        return matched != NOT_BEGUN;
    }

    boolean isComplete() {
        return matched == DONE.length;
    }

    /** Borrows {@code buffer}. */
    void match(ByteBuf buffer, int from, int end) {
        for (int i = from; i < end && matched < DONE.length; i++) {
            matched = buffer.getByte(i) == DONE[matched] ? matched + 1 : DONE.length + 1;
        }
    }

    void reset() {
        matched = NOT_BEGUN;
    }
}
