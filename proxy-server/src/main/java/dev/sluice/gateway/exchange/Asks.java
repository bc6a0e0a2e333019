package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Ask;
import dev.sluice.gateway.route.Route;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Finds out what a route wants to know of a request, and nothing more. Thread: event loop. */
final class Asks {
    static final String REGION = "x-sluice-region";
    static final String SESSION = "x-session-id";

    private Asks() {}

    /** @param body the whole body; borrows it */
    static Ask of(
            Route route,
            CallHead head,
            CallPath path,
            RequestReader request,
            ByteBuf body,
            @Nullable Principal principal) {
        return new Ask(
                request.model(),
                path.endpoint(),
                request.stream(),
                request.textBytes(),
                request.maxOutputTokens(),
                ChatNeeds.NONE,
                head.headers().get(REGION),
                route.isSticky() ? 1 : 0);
    }
}
