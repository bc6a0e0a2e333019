package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Carries a whole answer between two sides of the same wire format, as it is. Up to 1 MiB it waits for the end, so that
 * an answer that is none, or breaks off, can still become an error status, or another attempt; a longer one flows from
 * there on. Nobody reads half a JSON body, so that waiting costs the client nothing; the bound is on what it costs us.
 *
 * <p>Thread: event loop.
 */
final class BodyRelay implements Relay {
    static final int MAX_HELD_BYTES = 1 << 20;

    private final AnswerReader answer;
    /** The body so far, while it is held; released by {@link #close}. */
    private @Nullable ByteBuf held;

    private boolean heldIsOwn;
    private boolean written;
    private boolean contentSeen;

    BodyRelay(AnswerReader answer) {
        this.answer = answer;
    }

    @Override
    public State onBytes(ByteBuf bytes, RelaySink sink) {
        boolean kept = false;
        try {
            answer.onPayload(bytes, bytes.readerIndex(), bytes.readableBytes());
            if (!written && heldBytes() + bytes.readableBytes() <= MAX_HELD_BYTES) {
                kept = hold(bytes);
            } else {
                writeHeld(sink);
                contentSeen = true;
                kept = true;
                write(bytes, sink);
            }
        } finally {
            if (!kept) {
                bytes.release();
            }
        }
        return State.FLOWING;
    }

    /** A body is judged by its end, whatever the time. */
    @Override
    public void release(RelaySink sink) {}

    @Override
    public Ending onEnd(boolean clean, RelaySink sink) {
        return switch (answer.onPayloadEnd()) {
            case CONTENT -> {
                contentSeen = true;
                yield complete(sink);
            }
            // A JSON object tells its own end: it is whole even if the connection was lost behind it.
            case OTHER, USAGE_ONLY -> complete(sink);
            case ERROR -> Ending.PROVIDER_ERROR;
            case DONE, MALFORMED, EMPTY -> clean ? Ending.MALFORMED : Ending.TRUNCATED;
        };
    }

    /** Nobody can do with half a body. */
    @Override
    public Cut cut(StreamCut cut, RelaySink sink) {
        return written ? Cut.IMPOSSIBLE : Cut.NOTHING_WRITTEN;
    }

    @Override
    public boolean holding() {
        return !written;
    }

    @Override
    public boolean contentSeen() {
        return contentSeen;
    }

    @Override
    public boolean atEventBoundary() {
        return !written;
    }

    @Override
    public void close() {
        if (held != null) {
            held.release();
            held = null;
        }
    }

    private Ending complete(RelaySink sink) {
        writeHeld(sink);
        return Ending.COMPLETE;
    }

    private int heldBytes() {
        return held == null ? 0 : held.readableBytes();
    }

    /** Returns whether {@code bytes} itself is kept: the first piece, which is mostly the whole. */
    private boolean hold(ByteBuf bytes) {
        ByteBuf whole = held;
        if (whole == null) {
            held = bytes;
            return true;
        }
        if (!heldIsOwn) {
            // Behind its readable bytes the first piece may be somebody else's: it cannot be appended to.
            ByteBuf first = whole;
            whole = first.alloc().buffer(first.readableBytes() + bytes.readableBytes());
            whole.writeBytes(first, first.readerIndex(), first.readableBytes());
            first.release();
            held = whole;
            heldIsOwn = true;
        }
        whole.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
        return false;
    }

    private void writeHeld(RelaySink sink) {
        ByteBuf whole = held;
        held = null;
        if (whole != null) {
            write(whole, sink);
        }
    }

    /** Takes {@code bytes}. */
    private void write(ByteBuf bytes, RelaySink sink) {
        written = true;
        sink.write(bytes);
    }
}
