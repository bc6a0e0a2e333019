package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.Usage;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One answer's hold on a reader that is used again for the next one; lets go of it when it is closed, for the reasons of
 * {@link LentRequest}. Thread: event loop.
 */
public final class LentAnswer implements AnswerReader {
    /** Null once it has been closed. */
    private @Nullable AnswerReader reader;

    /** @param reader gives itself back when it is closed, which is done once */
    public LentAnswer(AnswerReader reader) {
        this.reader = reader;
    }

    @Override
    public void onName(String name) {
        reader().onName(name);
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        reader().onPayload(buffer, index, length);
    }

    @Override
    public void onNamedError() {
        reader().onNamedError();
    }

    @Override
    public Event onPayloadEnd() {
        return reader().onPayloadEnd();
    }

    @Override
    public void onEnd() {
        reader().onEnd();
    }

    @Override
    public boolean finished() {
        return reader().finished();
    }

    @Override
    public boolean contentRefused() {
        return reader().contentRefused();
    }

    @Override
    public Usage usage() {
        return reader().usage();
    }

    @Override
    public boolean reportedUsage() {
        return reader().reportedUsage();
    }

    @Override
    public @Nullable String model() {
        return reader().model();
    }

    @Override
    public @Nullable String serviceTier() {
        return reader().serviceTier();
    }

    @Override
    public @Nullable GatewayError error() {
        return reader().error();
    }

    @Override
    public void mayBeCut() {
        reader().mayBeCut();
    }

    @Override
    public @Nullable ByteBuf cut(StreamCut cut) {
        return reader().cut(cut);
    }

    @Override
    public void close() {
        AnswerReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    private AnswerReader reader() {
        AnswerReader open = reader;
        if (open == null) {
            throw new IllegalStateException("the reader of this answer has been closed");
        }
        return open;
    }
}
