package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Carries one answer. Until a relay first writes to its sink, nothing is committed: the exchange can still answer with
 * an error status, or try elsewhere. So a relay holds what comes before the first generated content (roles, heartbeats,
 * the beginnings of items and blocks), up to a bound: on its own it writes only once there is content, or an end
 * without any, or more than it may hold; {@link #release} makes it write what it has.
 *
 * <p>Life: {@link #onBytes} for each piece, {@link #onEnd} once, {@link #close} in any case. Thread: event loop.
 */
public interface Relay extends AutoCloseable {

    /** What the exchange has to know after each piece. */
    enum State {
        /** Go on. */
        FLOWING,
        /** The dialect's end marker has passed: the provider owes nothing but the end of its message. */
        END_MARKER_SEEN,
        /** The provider reported an error, or sent what is no answer, before anything was committed; nothing ever is. */
        FAILED_UNCOMMITTED,
        /** The provider reported an error behind what has been written, and the client has not been told yet. */
        FAILED_UNTOLD
    }

    /** How an answer ended. */
    enum Ending {
        /** Finished on the dialect's own terms. */
        COMPLETE,
        /** The provider told of an error itself. */
        PROVIDER_ERROR,
        /** The provider stopped without finishing. */
        TRUNCATED,
        /** What came was no answer at all. */
        MALFORMED
    }

    /** What {@link #cut} could do. */
    enum Cut {
        /** The client has, or is about to get, an answer that ends as its dialect wants it. */
        WRITTEN,
        /** The client has got nothing: an error can be its whole answer. */
        NOTHING_WRITTEN,
        /** Half an event is at the client, or what can only end with an error: it ends as a failure does. */
        IMPOSSIBLE
    }

    /**
     * For an event stream between two sides of the same wire format.
     *
     * @param answer is told every payload; borrows it, the caller closes it behind the relay
     * @param stripUsage whether usage reports are dropped because the caller did not ask for them
     * @param cost what to put into usage reports that are not dropped; null for callers who did not ask for it
     */
    static Relay events(AnswerReader answer, boolean stripUsage, @Nullable AnswerCost cost) {
        return new PassThroughRelay(answer, stripUsage, cost);
    }

    /**
     * For a whole answer between two sides of the same wire format.
     *
     * @param answer is told the body; borrows it, the caller closes it behind the relay
     */
    static Relay body(AnswerReader answer) {
        return new BodyRelay(answer);
    }

    /**
     * For an answer between two sides of different wire formats.
     *
     * @param stream whether the answer comes as events
     * @param answer is told every payload and tells {@code encoder}; borrows it, the caller closes it behind the relay
     * @param encoder says the answer in the caller's dialect; borrows it, the caller closes it behind the relay
     */
    static Relay translated(ProviderDialect dialect, boolean stream, AnswerReader answer, AnswerEncoder encoder) {
        return new TranslatingRelay(dialect, stream, answer, encoder);
    }

    /**
     * For vectors between two sides of different wire formats.
     *
     * @param answer is told the body; borrows it, the caller closes it behind the relay
     */
    static Relay embeddings(AnswerReader answer, EmbeddingTranslation translation) {
        return new EmbeddingRelay(answer, translation);
    }

    /** The next bytes of the provider's body, framing removed; takes {@code bytes}. */
    State onBytes(ByteBuf bytes, RelaySink sink);

    /**
     * The hold is over in time: writes what was held back for the sake of a possible error status or another attempt, if
     * it is whole. From here on openers and heartbeats pass as they come.
     */
    void release(RelaySink sink);

    /**
     * The provider's message ended.
     *
     * @param clean whether it ended by its own framing, as opposed to a lost connection
     */
    Ending onEnd(boolean clean, RelaySink sink);

    /**
     * The answer is stopped here: writes what ends it in the caller's dialect. Once, instead of {@link #onEnd}; no bytes
     * follow.
     */
    Cut cut(StreamCut cut, RelaySink sink);

    /** Whether nothing has been written, and what comes is still held back: another attempt may take over unnoticed. */
    boolean holding();

    /** Whether generated output has passed: from here on nothing may be retried. */
    boolean contentSeen();

    /** Whether an event of the dialect's own may be appended: false after half an event has been written. */
    boolean atEventBoundary();

    /** Releases what is held. */
    @Override
    void close();
}
