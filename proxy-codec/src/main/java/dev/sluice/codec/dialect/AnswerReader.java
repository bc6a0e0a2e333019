package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads an answer as it passes, and never changes it: what does each event say, has the provider finished, what did it
 * report as usage? What is generated it tells to the {@link dev.sluice.codec.chat.ChatEvents} that it was made with.
 *
 * <p>On a stream a payload is the data of one event; otherwise it is the whole body. One reader an attempt. Allocates
 * nothing for each event.
 *
 * <p>Readers are used again: whoever asked {@link ProviderDialect#newAnswer} for it closes it, behind the relay, when
 * nothing is to be asked of it any more. Closing it again does nothing; all else throws {@link IllegalStateException}
 * then. Thread: event loop.
 */
public interface AnswerReader extends AutoCloseable {

    /**
     * What a payload turned out to be. Until the first content an attempt can be repeated elsewhere without anybody's
     * notice: so what every attempt says first is none, but a tool's name is.
     */
    enum Event {
        /** Carries generated output: text, refusal, reasoning, a tool call or its beginning, an image, an embedding. */
        CONTENT,
        /**
         * Legal, but nothing of it has been generated: a role, the empty beginning of a message, an item or a block, a
         * filter result, an empty delta, a finish.
         */
        OTHER,
        /** Only a usage report: exists because somebody asked for it. */
        USAGE_ONLY,
        /** The dialect's end marker. */
        DONE,
        /** The provider reports an error; {@link AnswerReader#error()} tells which. */
        ERROR,
        /** Not what the dialect allows: no JSON object. */
        MALFORMED,
        /** An empty payload: a heartbeat. */
        EMPTY
    }

    /** The frame gives its payload a name. Told before {@link #onPayload}, where frames have names of their own. */
    default void onName(String name) {}

    /** A piece of the current payload; borrows {@code buffer}. */
    void onPayload(ByteBuf buffer, int index, int length);

    /** The framing itself calls the current payload an error ({@code event: error}). Told before {@link #onPayloadEnd}. */
    default void onNamedError() {}

    /** The current payload is complete; the next piece begins another one. */
    Event onPayloadEnd();

    /**
     * The answer has ended, and is {@link #finished}: tells what may have been held back because more could follow. Once,
     * and only where somebody listens who says the answer in another dialect.
     */
    default void onEnd() {}

    /** Whether the provider has finished on the dialect's own terms (each choice finished, or the end marker seen). */
    boolean finished();

    /** Whether a choice ended because a filter of the provider's, or the model, would not say more, as far as is known here. */
    default boolean contentRefused() {
        return false;
    }

    /**
     * The usage reported so far. Reports are never summed: they repeat what came before, grow, or complete one another,
     * so that of each figure the largest counts; with a dialect whose reports also shrink, the last one counts whole.
     */
    Usage usage();

    /** Whether the payload that ended last reported usage. */
    boolean reportedUsage();

    /** The model named by the answer, if it named one. */
    @Nullable
    String model();

    /** The service tier in which the provider served the request, if it said so: what is billed, whatever was asked for. */
    @Nullable
    String serviceTier();

    /** The error of the last {@link Event#ERROR} payload. */
    @Nullable
    GatewayError error();

    /**
     * The caller may be told of this answer's end before it comes: {@link #cut} may be asked for. Before the first
     * payload; what has to be remembered for that is remembered from here on.
     */
    default void mayBeCut() {}

    /**
     * The events, framing included, that end the answer behind the payloads told so far as one that was allowed no more
     * tokens; what has been told of a payload that is not complete is taken for not said. Gives them; null when there is
     * nothing to be ended properly: no answer has begun, or nobody is answered in this dialect.
     */
    default @Nullable ByteBuf cut(StreamCut cut) {
        return null;
    }

    /** Gives it back; what it said stays as it was said. */
    @Override
    void close();
}
