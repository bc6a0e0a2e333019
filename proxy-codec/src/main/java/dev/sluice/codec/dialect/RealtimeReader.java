package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events that a provider sends in one realtime session as they pass, for what they say of usage. Each report is
 * of a piece of work of its own, so they add up; which is not how {@link AnswerReader} takes the reports of a stream.
 *
 * <p>Thread: event loop.
 */
public interface RealtimeReader {

    /** A piece of the current event; borrows {@code buffer}. */
    void onPayload(ByteBuf buffer, int index, int length);

    /** The current event is complete; the next piece begins another one. Whether it reported usage. */
    boolean onPayloadEnd();

    /** What all responses of the session came to. */
    Usage responses();

    /** What all transcriptions of the caller's speech came to, which another model makes, at prices of its own. */
    Usage transcriptions();

    /** The model that the session says it has, if it said so. */
    @Nullable
    String model();

    /** The model that transcribes, as the session named it last; null when it never did. */
    @Nullable
    String transcriptionModel();
}
