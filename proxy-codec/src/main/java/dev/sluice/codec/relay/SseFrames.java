package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;

/** Server-sent events as frames, for answers that are not passed on as they are. Thread: event loop. */
final class SseFrames implements FrameReader, SseScanner.Listener {
    private final SseScanner scanner = new SseScanner(this);
    private final Listener listener;

    SseFrames(Listener listener) {
        this.listener = listener;
    }

    @Override
    public void feed(ByteBuf bytes) {
        scanner.scan(bytes, bytes.readerIndex(), bytes.writerIndex());
    }

    @Override
    public void end() {
        if (scanner.end()) {
            endPayload();
        }
    }

    @Override
    public boolean isBroken() {
        return scanner.strayLineSeen() || scanner.isOversize();
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        listener.onPayload(buffer, index, length);
    }

    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        if (hasPayload) {
            endPayload();
        }
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        return true;
    }

    private void endPayload() {
        if (scanner.isNamedError()) {
            listener.onName(TranslatingRelay.ERROR_NAME);
        }
        listener.onPayloadEnd();
    }
}
