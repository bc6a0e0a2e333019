package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import io.netty.handler.codec.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The head of a caller's request as the edge understood it.
 *
 * @param dialect what the caller speaks: errors are told in it
 * @param endpointLabel for usage rows, metrics and the access log
 * @param requestId the caller's {@code x-request-id}, else ours
 * @param caller what the connection remembers of who is at its other end
 * @param key the key as presented
 * @param headers of the request, as they came; read while the exchange lasts, never changed
 * @param startNanos when the head had arrived
 */
public record CallHead(
        InboundDialect dialect,
        String endpointLabel,
        String requestId,
        Caller caller,
        @Nullable String key,
        String protocol,
        HttpHeaders headers,
        long startNanos) {

    /**
     * On whose account at the caller's the call is: that of a person with a token is the person.
     *
     * @param said in the body; null when it says nothing
     */
    @Nullable
    String endUser(@Nullable Principal caller, @Nullable String said) {
        if (caller != null && caller.isPerson()) {
            return caller.userId();
        }
        String header = headers.get("x-sluice-user");
        return header != null ? header : said;
    }

    /** Who presents this key, if it is somebody who may ask for this at all: by role, and by the key's own list. */
    AuthResult authenticate(Rules rules) {
        AuthResult result = caller.judge(caller.authenticate(rules, key));
        boolean barred = result instanceof Principal known
                && !(AccessTable.mayCall(endpointLabel, known.role()) && known.mayCall(endpointLabel));
        return barred ? AuthResult.Refused.ENDPOINT : result;
    }
}
