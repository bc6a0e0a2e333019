package dev.sluice.gateway.exchange;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.route.Provider;
import dev.sluice.gateway.route.Route;
import dev.sluice.gateway.route.RouteTable;
import dev.sluice.gateway.route.Target;
import org.jspecify.annotations.Nullable;

/**
 * Who serves a call that passes as it is: the provider in the path; else that of the model in the body; else the one that
 * the header names; else the one that keeps what the call is about; else the first that has such an endpoint. Thread: any.
 *
 * @param target null when nobody serves it; its model is empty where the body named none
 * @param error why, or null
 */
record RawTarget(@Nullable Target target, @Nullable GatewayError error) {

    static final String HEADER = "x-sluice-provider";

    /**
     * What is known of a call when its target is looked for.
     *
     * @param model that the body names; null where none was found
     * @param keeper name of the provider that keeps what it is about; null when nobody knows
     * @param wanted the header's value; null without one
     */
    record Wish(
            @Nullable String model,
            @Nullable String keeper,
            @Nullable String wanted) {}

    static RawTarget choose(RawCall call, Wish wish, Principal principal, RouteTable routes, long nowNanos) {
        if (call.provider() != null) {
            return mayRun(call, principal) ? named(call.provider(), routes) : refused(unseenModel());
        }
        if (wish.model() != null) {
            return ofModel(call, wish.model(), principal, routes, nowNanos);
        }
        if (!mayRun(call, principal)) {
            return refused(unseenModel());
        }
        String keeper = wish.keeper();
        RawTarget chosen = wish.wanted() != null
                ? named(wish.wanted(), routes)
                : keeper != null && routes.provider(keeper) != null ? named(keeper, routes) : first(call, routes);
        Target target = chosen.target;
        return target == null || RawPath.of(call, target.provider(), "") != null
                ? chosen
                : refused(notServed(target, call));
    }

    private static boolean mayRun(RawCall call, Principal principal) {
        return principal.models().isEmpty() || !call.endpoint().mayRunUnseen(call.method());
    }

    private static RawTarget ofModel(
            RawCall call, String model, Principal principal, RouteTable routes, long nowNanos) {
        if (!principal.mayUse(model)) {
            return refused(Refusals.modelNotAllowed(model));
        }
        Route route = routes.find(model);
        if (route == null) {
            return refused(Refusals.modelNotFound(model));
        }
        Target target = route.ready(nowNanos);
        return RawPath.of(call, target.provider(), target.model()) == null
                ? refused(notServed(target, call))
                : new RawTarget(target, null);
    }

    private static RawTarget named(String name, RouteTable routes) {
        Provider provider = routes.provider(name);
        return provider == null
                ? refused(GatewayError.caller(
                        ErrorKind.NOT_FOUND, "No provider is configured here as '" + Refusals.echo(name) + "'."))
                : new RawTarget(routes.direct(provider), null);
    }

    private static RawTarget first(RawCall call, RouteTable routes) {
        for (Provider provider : routes.providers()) {
            if (RawPath.of(call, provider, "") != null) {
                return new RawTarget(routes.direct(provider), null);
            }
        }
        return refused(GatewayError.caller(
                ErrorKind.NOT_FOUND,
                "No provider is configured here that serves '" + call.endpoint().label() + "'."));
    }

    private static RawTarget refused(GatewayError error) {
        return new RawTarget(null, error);
    }

    private static GatewayError notServed(Target target, RawCall call) {
        return GatewayError.caller(
                ErrorKind.INVALID_REQUEST,
                "The provider '" + target.provider().name() + "' does not serve '"
                        + call.endpoint().label() + "'. Name one that does in the header " + HEADER + ".");
    }

    private static GatewayError unseenModel() {
        return GatewayError.caller(
                ErrorKind.MODEL_NOT_ALLOWED,
                "This key may use certain models only, and this call does not say where the gateway looks which model"
                        + " it is for.",
                "model");
    }
}
