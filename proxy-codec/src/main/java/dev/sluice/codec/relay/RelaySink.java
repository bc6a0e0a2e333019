package dev.sluice.codec.relay;

import io.netty.buffer.ByteBuf;

/** Where a relay puts the bytes that may reach the client. The first write commits the answer's head. */
@FunctionalInterface
public interface RelaySink {

    /** Takes {@code bytes}. */
    void write(ByteBuf bytes);
}
