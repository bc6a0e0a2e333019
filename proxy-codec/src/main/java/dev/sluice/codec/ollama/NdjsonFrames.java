package dev.sluice.codec.ollama;

import dev.sluice.codec.dialect.FrameReader;
import io.netty.buffer.ByteBuf;

/** Lines as frames: each that is not empty is a payload. Keeps nothing. Thread: event loop. */
final class NdjsonFrames implements FrameReader {
    /** No answer has lines of this size; who sends one is not to be listened to for ever. */
    static final int MAX_LINE_BYTES = 16 << 20;

    private final Listener listener;
    /** Bytes of the current line, but for those of an empty one. */
    private int lineBytes;

    private boolean broken;

    NdjsonFrames(Listener listener) {
        this.listener = listener;
    }

    @Override
    public void feed(ByteBuf bytes) {
        int from = bytes.readerIndex();
        int end = bytes.writerIndex();
        while (from < end && !broken) {
            int found = bytes.indexOf(from, end, (byte) '\n');
            int to = found < 0 ? end : found;
            piece(bytes, from, to);
            if (found >= 0) {
                endLine();
            }
            from = to + 1;
        }
    }

    @Override
    public void end() {
        endLine();
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    private void piece(ByteBuf bytes, int from, int to) {
        int start = from;
        while (lineBytes == 0 && start < to && isBlank(bytes.getByte(start))) {
            start++;
        }
        int length = to - start;
        if (length == 0) {
            return;
        }
        broken = length > MAX_LINE_BYTES - lineBytes;
        if (!broken) {
            lineBytes += length;
            listener.onPayload(bytes, start, length);
        }
    }

    private void endLine() {
        if (lineBytes > 0 && !broken) {
            lineBytes = 0;
            listener.onPayloadEnd();
        }
    }

    private static boolean isBlank(byte next) {
        return next == ' ' || next == '\r' || next == '\t';
    }
}
