package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.sse.SseScanner;
import io.netty.buffer.ByteBuf;

/**
 * Server-sent events as frames, for answers that are not passed on as they are. Lines that no event stream has are
 * overlooked in an event with a payload; by themselves they are something else. Thread: event loop.
 */
final class SseFrames implements FrameReader, SseScanner.Listener {
    private final SseScanner scanner = new SseScanner(this);
    private final Listener listener;

    private boolean strayLineOverlooked;
    private boolean strayBlockSeen;

    SseFrames(Listener listener) {
        this.listener = listener;
    }

    @Override
    public void feed(ByteBuf bytes) {
        scanner.scan(bytes, bytes.readerIndex(), bytes.writerIndex());
    }

    @Override
    public void end() {
        endBlock(scanner.end());
    }

    @Override
    public boolean isBroken() {
        return strayBlockSeen || scanner.isOversize();
    }

    @Override
    public void onPayload(ByteBuf buffer, int index, int length) {
        listener.onPayload(buffer, index, length);
    }

    @Override
    public boolean onBlockEnd(int end, boolean hasPayload) {
        endBlock(hasPayload);
        return true;
    }

    @Override
    public boolean onLateLineFeed(int end) {
        return true;
    }

    private void endBlock(boolean hasPayload) {
        if (hasPayload) {
            strayLineOverlooked |= scanner.strayLineSeen();
            endPayload();
        } else {
            strayBlockSeen |= scanner.strayLineSeen() && !strayLineOverlooked;
        }
    }

    private void endPayload() {
        if (scanner.isNamedError()) {
            listener.onName(TranslatingRelay.ERROR_NAME);
        }
        listener.onPayloadEnd();
    }
}
