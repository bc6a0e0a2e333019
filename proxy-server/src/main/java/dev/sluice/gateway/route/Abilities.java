package dev.sluice.gateway.route;

import dev.sluice.gateway.config.GatewayConfig;
import org.jspecify.annotations.Nullable;

/** Compares what a request needs with what a target can do. Thread: any. */
final class Abilities {
    private Abilities() {}

    /** Why {@code target} cannot serve the request, in a few words; null when it can, as far as anybody knows. */
    static @Nullable String missing(Target target, Ask ask) {
        if (target.provider().serving(ask.endpoint()) == null) {
            return "does not serve '" + ask.endpoint().label() + "'";
        }
        GatewayConfig.Abilities has = target.abilities();
        if (has.equals(GatewayConfig.Abilities.UNKNOWN) && ask.region() == null) {
            return null;
        }
        if (ask.needs().tools() && Boolean.FALSE.equals(has.tools())) {
            return "has no tools";
        }
        if (ask.needs().vision() && Boolean.FALSE.equals(has.vision())) {
            return "reads no images";
        }
        if (ask.needs().jsonSchema() && Boolean.FALSE.equals(has.jsonSchema())) {
            return "does not answer by a JSON schema";
        }
        if (ask.needs().reasoning() && Boolean.FALSE.equals(has.reasoning())) {
            return "does not reason";
        }
        if (ask.region() != null && !ask.region().equals(has.region())) {
            return has.region() == null ? "is in no stated region" : "is in region " + has.region();
        }
        Integer context = has.contextTokens();
        long wanted = ask.promptTokens() + Math.max(0, ask.maxOutputTokens());
        if (context != null && wanted > context) {
            return "takes " + context + " tokens, and this request may need " + wanted;
        }
        return null;
    }
}
