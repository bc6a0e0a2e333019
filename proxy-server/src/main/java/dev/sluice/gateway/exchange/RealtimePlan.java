package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.Target;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for a realtime session and who serves it, or why nobody does. Thread: any.
 *
 * @param principal the caller, where it is known
 * @param target a provider that has realtime sessions; null when the session is refused
 * @param refusal why, when it is
 */
record RealtimePlan(
        @Nullable Principal principal,
        @Nullable CallTags tags,
        @Nullable Target target,
        @Nullable GatewayError refusal) {

    static RealtimePlan of(Rules rules, CallHead head, RealtimeRequest asked, long nowNanos) {
        AuthResult result = head.authenticate(rules);
        if (!(result instanceof Principal known)) {
            return new RealtimePlan(null, null, null, Refusals.unauthenticated(result));
        }
        CallTags tags = CallTags.of(head.headers(), known);
        Route route = asked.model() == null ? null : rules.routes().find(asked.model());
        Target target = route == null ? null : route.ready(nowNanos);
        GatewayError refusal = tags.error() != null ? tags.error() : refusal(known, target, asked.model());
        return new RealtimePlan(known, tags, refusal == null ? target : null, refusal);
    }

    private static @Nullable GatewayError refusal(Principal caller, @Nullable Target target, @Nullable String model) {
        if (model == null || model.isEmpty()) {
            return GatewayError.caller(
                    ErrorKind.INVALID_REQUEST,
                    "'model' is missing in the query; it must name the model to use: /v1/realtime?model=...",
                    "model");
        }
        if (!caller.mayUse(model)) {
            return Refusals.modelNotAllowed(model);
        }
        if (target == null) {
            return Refusals.modelNotFound(model);
        }
        return target.provider().dialect().realtime() == null ? Refusals.noRealtime(target) : null;
    }
}
