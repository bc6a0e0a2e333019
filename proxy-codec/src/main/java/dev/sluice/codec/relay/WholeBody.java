package dev.sluice.codec.relay;

import dev.sluice.codec.dialect.FrameReader;
import io.netty.buffer.ByteBuf;

/** A body that is one payload, for answers that are not passed on as they are. Thread: event loop. */
record WholeBody(Listener listener) implements FrameReader {

    @Override
    public void feed(ByteBuf bytes) {
        listener.onPayload(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    @Override
    public void end() {
        listener.onPayloadEnd();
    }

    @Override
    public boolean isBroken() {
        return false;
    }
}
