package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Says an answer in the caller's dialect, while it hears it in nobody's: as events, or as one whole body.
 *
 * <p>What is written is collected until {@link #take}, once for each read of the provider's bytes. As events only whole
 * ones are written, so that an error event can always follow. Whatever the provider does, an answer has one beginning
 * and one end. What a stream holds on to does not grow with its length, except where the dialect repeats the whole at
 * its end. One an answer; allocates nothing for each piece of text but what it writes into. Thread: event loop.
 */
public interface AnswerEncoder extends ChatEvents, AutoCloseable {

    /** The value of {@code content-type}. */
    String contentType();

    /** The provider has finished on its own terms: writes all that was held back, and what ends the answer. Once. */
    void onEnd(Usage usage);

    /**
     * The answer is stopped here, instead of {@link #onEnd}: what is open is closed as a model closes it that may say no
     * more (finish reason length), and what had begun to be held back for its completion is not told, or told as
     * incomplete. Choices that had finished keep their reason. Only of streams.
     */
    default void onCut(StreamCut cut) {
        throw new UnsupportedOperationException("half a body is of no use to anybody");
    }

    /** What has been written since the last call; null when nothing has. Gives it. */
    @Nullable
    ByteBuf take();

    /** Releases what has not been taken. */
    @Override
    void close();
}
