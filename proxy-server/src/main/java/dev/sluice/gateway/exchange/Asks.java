package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Ask;
import dev.sluice.gateway.route.Route;
import org.jspecify.annotations.Nullable;

/** Finds out what a route wants to know of a request, and nothing more. Thread: event loop. */
final class Asks {
    static final String REGION = "x-sluice-region";
    static final String SESSION = "x-session-id";

    private static final long PRIME = 0x100000001b3L;

    private Asks() {}

    static void fill(Ask ask, Route route, CallerRequest asked, @Nullable Principal principal) {
        CallHead head = asked.head();
        CallPath path = asked.path();
        RequestReader request = asked.reader();
        boolean isChat = path.endpoint().operation() == Endpoint.Operation.CHAT;
        ask.of(path.endpoint(), request.stream())
                .sized(request.textBytes(), request.maxOutputTokens())
                .needing(
                        isChat && route.looksAtNeeds()
                                ? head.dialect().needs(path, asked.body().whole())
                                : ChatNeeds.NONE,
                        head.headers().get(REGION),
                        route.isSticky() ? sticky(route, asked, principal) : 0);
    }

    /** What must be equal for two requests to go to the same target: the session that was named, else the conversation. */
    private static long sticky(Route route, CallerRequest asked, @Nullable Principal principal) {
        CallHead head = asked.head();
        String session = route.isByPrompt() ? null : head.headers().get(SESSION);
        long of = session == null
                ? head.dialect().conversation(asked.path(), asked.body().whole())
                : hash(session);
        long caller = principal == null ? 0 : hash(principal.keyId());
        return (of * PRIME + caller) * PRIME + hash(asked.reader().model());
    }

    /** FNV-1a, 64 bits; the balancer mixes it once more. */
    private static long hash(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * PRIME;
        }
        return hash;
    }
}
