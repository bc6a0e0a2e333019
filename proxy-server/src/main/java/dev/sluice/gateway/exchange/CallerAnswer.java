package dev.sluice.gateway.exchange;

import dev.sluice.gateway.http1.FieldLines;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A provider's answer as the caller is to see it: what {@link ClientAnswer} has to know of it. Thread: event loop. */
interface CallerAnswer {

    int status();

    /** Gives the head for the caller; once. */
    FieldLines headers();

    /** Whether an error event may follow what the client has. */
    boolean mayAppendEvent();

    /** Gives the provider's error body if it may reach the caller as it is, else null. */
    @Nullable
    ByteBuf takeErrorBody();
}
