package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Carries an answer with vectors between two sides of different wire formats: gathers it, and writes it anew. Vectors
 * come at once and are of a known size, so that there is nothing to stream. Thread: event loop.
 */
final class EmbeddingRelay implements Relay {
    private final AnswerReader answer;
    private final EmbeddingTranslation translation;
    /** The body so far; released by {@link #close}. */
    private @Nullable ByteBuf body;

    private boolean contentSeen;

    EmbeddingRelay(AnswerReader answer, EmbeddingTranslation translation) {
        this.answer = answer;
        this.translation = translation;
    }

    @Override
    public State onBytes(ByteBuf bytes, RelaySink sink) {
        try {
            answer.onPayload(bytes, bytes.readerIndex(), bytes.readableBytes());
            if (body == null) {
                body = bytes.alloc().buffer(bytes.readableBytes());
            }
            body.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
        } finally {
            bytes.release();
        }
        return State.FLOWING;
    }

    /** A body is judged by its end, whatever the time. */
    @Override
    public void release(RelaySink sink) {}

    @Override
    public Ending onEnd(boolean clean, RelaySink sink) {
        AnswerReader.Event event = answer.onPayloadEnd();
        return switch (event) {
            case CONTENT, OTHER, USAGE_ONLY -> {
                ByteBuf translated = body == null ? null : translation.apply(body);
                if (translated == null) {
                    yield Ending.MALFORMED;
                }
                contentSeen = true;
                sink.write(translated);
                yield Ending.COMPLETE;
            }
            case ERROR -> Ending.PROVIDER_ERROR;
            case DONE, MALFORMED, EMPTY -> clean ? Ending.MALFORMED : Ending.TRUNCATED;
        };
    }

    /** The vectors are written at once, at the end. */
    @Override
    public Cut cut(StreamCut cut, RelaySink sink) {
        return contentSeen ? Cut.WRITTEN : Cut.NOTHING_WRITTEN;
    }

    @Override
    public boolean holding() {
        return !contentSeen;
    }

    @Override
    public boolean contentSeen() {
        return contentSeen;
    }

    @Override
    public boolean atEventBoundary() {
        return true;
    }

    @Override
    public void close() {
        if (body != null) {
            body.release();
            body = null;
        }
    }
}
