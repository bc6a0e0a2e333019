package dev.sluice.codec.dialect;

import io.netty.buffer.ByteBuf;

/** Cuts a stream that consists of other frames than server-sent events into payloads. One a stream. Thread: event loop. */
public interface FrameReader {

    /** Hears what a frame reader finds. */
    interface Listener {
        /** The name that the frame gives to its payload, where frames have names. Before the payload. */
        void onName(String name);

        /** A piece of the current payload; borrows {@code buffer}. */
        void onPayload(ByteBuf buffer, int index, int length);

        /** The current payload is complete. */
        void onPayloadEnd();
    }

    /** Reads the readable bytes; borrows {@code bytes}, its indices stay as they are. */
    void feed(ByteBuf bytes);

    /** The stream has ended: a last payload that lacks nothing but the end of its frame is told now. */
    void end();

    /** Whether the frames are broken: from there on nothing is told. */
    boolean isBroken();
}
