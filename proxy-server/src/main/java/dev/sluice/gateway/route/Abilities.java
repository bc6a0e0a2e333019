package dev.sluice.gateway.route;

import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.gateway.config.GatewayConfig;
import org.jspecify.annotations.Nullable;

/** Compares what a request needs with what a target can do. Thread: any. */
final class Abilities {
    private Abilities() {}

    /**
     * Why {@code target} cannot serve the request, in a few words; null when it can, as far as anybody knows.
     *
     * @param known what counts where the operator has not said anything
     */
    static @Nullable String missing(Target target, GatewayConfig.Abilities known, Ask ask) {
        if (target.provider().serving(ask.endpoint()) == null) {
            return "does not serve '" + ask.endpoint().label() + "'";
        }
        GatewayConfig.Abilities declared = target.abilities();
        String skill = missingSkill(declared, known, ask.needs());
        if (skill != null) {
            return skill;
        }
        String region = declared.region() == null ? known.region() : declared.region();
        if (ask.region() != null && !ask.region().equals(region)) {
            return region == null ? "is in no stated region" : "is in region " + region;
        }
        Integer context = declared.contextTokens() == null ? known.contextTokens() : declared.contextTokens();
        long wanted = ask.promptTokens() + Math.max(0, ask.maxOutputTokens());
        return context != null && wanted > context
                ? "takes " + context + " tokens, and this request may need " + wanted
                : null;
    }

    private static @Nullable String missingSkill(
            GatewayConfig.Abilities declared, GatewayConfig.Abilities known, ChatNeeds needs) {
        if (needs.tools() && isDenied(declared.tools(), known.tools())) {
            return "has no tools";
        }
        if (needs.vision() && isDenied(declared.vision(), known.vision())) {
            return "reads no images";
        }
        if (needs.jsonSchema() && isDenied(declared.jsonSchema(), known.jsonSchema())) {
            return "does not answer by a JSON schema";
        }
        return needs.reasoning() && isDenied(declared.reasoning(), known.reasoning()) ? "does not reason" : null;
    }

    private static boolean isDenied(@Nullable Boolean declared, @Nullable Boolean known) {
        return Boolean.FALSE.equals(declared == null ? known : declared);
    }
}
