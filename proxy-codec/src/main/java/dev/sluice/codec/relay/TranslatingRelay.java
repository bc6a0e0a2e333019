package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.StreamCut;
import io.netty.buffer.ByteBuf;

/**
 * Carries an answer between two sides of different wire formats, event by event as it arrives.
 *
 * <pre>
 *   bytes ─▶ FrameReader ─▶ AnswerReader ─▶ ChatEvents ─▶ AnswerEncoder ─▶ bytes
 *            payloads        meaning, usage     ├──▶ UsageTap     once a read
 * </pre>
 *
 * <p>Nothing is taken from the encoder before the model has generated something, or the answer has ended without:
 *
 * <pre>
 *              role, ping, usage, empty delta
 *                          │ ▲
 *                          ▼ │
 *   first byte ───────▶ HOLDING ──── error, garbage ────▶ FAILED_UNCOMMITTED, nothing is taken
 *                          │
 *                          │  content, end, release(), more than 64 KiB read
 *                          ▼
 *                       FLOWING ──── error ─────────────▶ FAILED_UNTOLD
 * </pre>
 *
 * As long as it holds, an error can still become an error status, or another attempt. Thread: event loop.
 */
final class TranslatingRelay implements Relay, FrameReader.Listener {
    /** The name of a frame that calls its payload an error. */
    static final String ERROR_NAME = "error";

    /** What the encoder may have to say by then is no more than what has been read. */
    static final int MAX_HELD_BYTES = 64 << 10;

    private final FrameReader frames;
    private final AnswerReader answer;
    private final AnswerEncoder encoder;

    private boolean holding = true;
    /** Bytes read while it holds. */
    private long heldBytes;

    private boolean legalSeen;
    /** There is an answer: content, or an end without any. */
    private boolean accepted;

    private boolean contentSeen;
    private boolean errorSeen;
    /** There is no answer, and nothing of it has been written. */
    private boolean failed;

    private boolean written;
    /** What is still to be told is the head of a payload whose rest never came. */
    private boolean cutOff;
    /** The provider has finished, and the caller's dialect has been told. */
    private boolean ended;

    TranslatingRelay(ProviderDialect dialect, boolean stream, AnswerReader answer, AnswerEncoder encoder) {
        this.answer = answer;
        this.encoder = encoder;
        FrameReader own = stream ? dialect.newFrames(this) : new WholeBody(this);
        this.frames = own == null ? new SseFrames(this) : own;
    }

    @Override
    public State onBytes(ByteBuf bytes, RelaySink sink) {
        int size = bytes.readableBytes();
        try {
            if (isListening()) {
                frames.feed(bytes);
            }
        } finally {
            bytes.release();
        }
        if (holding) {
            heldBytes += size;
            holding = !legalSeen || heldBytes <= MAX_HELD_BYTES;
        }
        failed |= !isCommitted() && frames.isBroken();
        if (failed) {
            return State.FAILED_UNCOMMITTED;
        }
        if (!holding && legalSeen) {
            write(sink);
        }
        if (errorSeen) {
            return written ? State.FAILED_UNTOLD : State.FAILED_UNCOMMITTED;
        }
        return ended ? State.END_MARKER_SEEN : State.FLOWING;
    }

    /** What the encoder has by now may go: the beginning of an answer, or nothing. */
    @Override
    public void release(RelaySink sink) {
        if (!failed) {
            holding = false;
            write(sink);
        }
    }

    @Override
    public Ending onEnd(boolean clean, RelaySink sink) {
        if (isListening()) {
            cutOff = !clean || legalSeen;
            frames.end();
        }
        if (errorSeen) {
            return Ending.PROVIDER_ERROR;
        }
        if (answer.finished() && !failed) {
            finish();
            write(sink);
            return Ending.COMPLETE;
        }
        boolean garbage = failed || frames.isBroken();
        return garbage && !isCommitted() ? Ending.MALFORMED : Ending.TRUNCATED;
    }

    @Override
    public Cut cut(StreamCut cut, RelaySink sink) {
        if (!written) {
            return Cut.NOTHING_WRITTEN;
        }
        if (errorSeen) {
            return Cut.IMPOSSIBLE;
        }
        if (!ended) {
            ended = true;
            if (answer.finished()) {
                answer.onEnd();
                encoder.onEnd(cut.usage());
            } else {
                encoder.onCut(cut);
            }
            write(sink);
        }
        return Cut.WRITTEN;
    }

    @Override
    public boolean holding() {
        return holding;
    }

    @Override
    public boolean contentSeen() {
        return contentSeen;
    }

    @Override
    public boolean atEventBoundary() {
        return true;
    }

    /** The encoder is its owner's. */
    @Override
    public void close() {}

    @Override
    public void onName(String name) {
        if (name.equals(ERROR_NAME)) {
            answer.onNamedError();
        } else {
            answer.onName(name);
        }
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        if (isListening()) {
            answer.onPayload(buffer, index, length);
        }
    }

    @Override
    public void onPayloadEnd() {
        // However the reads are cut: what is broken by now was so before this payload.
        failed |= !isCommitted() && frames.isBroken();
        if (!isListening()) {
            return;
        }
        switch (answer.onPayloadEnd()) {
            case CONTENT -> {
                legalSeen = true;
                contentSeen = true;
                accept();
            }
            case OTHER, USAGE_ONLY -> legalSeen = true;
            case DONE -> {
                legalSeen = true;
                if (answer.finished()) {
                    finish();
                }
            }
            case ERROR -> {
                errorSeen = true;
                failed = !isCommitted();
            }
            case MALFORMED -> failed = !isCommitted() && !cutOff;
            case EMPTY -> {}
        }
    }

    private boolean isListening() {
        return !ended && !errorSeen && !failed;
    }

    /** Whether the client has got something of this answer, or is about to. */
    private boolean isCommitted() {
        return written || accepted;
    }

    /** This is an answer: nothing has to be held any longer. */
    private void accept() {
        accepted = true;
        holding = false;
    }

    private void finish() {
        if (!ended) {
            accept();
            ended = true;
            answer.onEnd();
            encoder.onEnd(answer.usage());
        }
    }

    private void write(RelaySink sink) {
        ByteBuf bytes = encoder.take();
        if (bytes != null) {
            written = true;
            sink.write(bytes);
        }
    }
}
