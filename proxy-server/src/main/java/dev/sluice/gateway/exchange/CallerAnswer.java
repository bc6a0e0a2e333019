package dev.sluice.gateway.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/** A provider's answer as the caller is to see it: what {@link ClientAnswer} has to know of it. Thread: event loop. */
interface CallerAnswer {

    int status();

    /** Gives the head for the caller; once. */
    HttpHeaders headers();

    /** Whether an error event may follow what the client has. */
    boolean mayAppendEvent();

    /** Gives the provider's error body if it may reach the caller as it is, else null. */
    @Nullable
    ByteBuf takeErrorBody();
}
