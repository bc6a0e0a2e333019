package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.ProviderDialect;
import io.netty.buffer.ByteBuf;

/**
 * Carries an answer between two sides of different wire formats, event by event as it arrives.
 *
 * <pre>
 *   bytes ─▶ FrameReader ─▶ AnswerReader ─▶ ChatEvents ─▶ AnswerEncoder ─▶ bytes
 *            payloads        meaning, usage     ├──▶ UsageTap     once a read
 * </pre>
 *
 * <p>Nothing is written before the first legal payload, or {@link #release}: until then an error can still become an
 * error status, or another attempt. Thread: event loop.
 */
final class TranslatingRelay implements Relay, FrameReader.Listener {
    /** The name of a frame that calls its payload an error. */
    static final String ERROR_NAME = "error";

    private final FrameReader frames;
    private final AnswerReader answer;
    private final AnswerEncoder encoder;

    private boolean legalSeen;
    private boolean contentSeen;
    private boolean garbageSeen;
    private boolean errorSeen;
    private boolean written;
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
        try {
            if (!ended && !errorSeen) {
                frames.feed(bytes);
            }
        } finally {
            bytes.release();
        }
        if (legalSeen) {
            write(sink);
        }
        if (errorSeen || (!legalSeen && (garbageSeen || frames.isBroken()))) {
            return written ? State.FAILED_UNTOLD : State.FAILED_UNCOMMITTED;
        }
        return ended ? State.END_MARKER_SEEN : State.FLOWING;
    }

    /** What has been written by now may go; mostly there is nothing. */
    @Override
    public void release(RelaySink sink) {
        write(sink);
    }

    @Override
    public Ending onEnd(boolean clean, RelaySink sink) {
        if (!ended && !errorSeen) {
            frames.end();
        }
        if (errorSeen) {
            return Ending.PROVIDER_ERROR;
        }
        if (answer.finished()) {
            finish();
            write(sink);
            return Ending.COMPLETE;
        }
        return !legalSeen && (garbageSeen || frames.isBroken()) ? Ending.MALFORMED : Ending.TRUNCATED;
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
        if (!ended && !errorSeen) {
            answer.onPayload(buffer, index, length);
        }
    }

    @Override
    public void onPayloadEnd() {
        if (ended || errorSeen) {
            return;
        }
        switch (answer.onPayloadEnd()) {
            case CONTENT -> {
                legalSeen = true;
                contentSeen = true;
            }
            case OTHER, USAGE_ONLY -> legalSeen = true;
            case DONE -> {
                legalSeen = true;
                if (answer.finished()) {
                    finish();
                }
            }
            case ERROR -> errorSeen = true;
            case MALFORMED -> garbageSeen = true;
            case EMPTY -> {}
        }
    }

    private void finish() {
        if (!ended) {
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
