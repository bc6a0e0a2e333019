package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.route.HealthRegistry;
import dev.sluice.gateway.route.HealthRegistry.TargetKey;
import dev.sluice.gateway.route.TargetHealth;
import dev.sluice.gateway.route.TargetHealth.Circuit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /admin/api/providers}: how each provider is doing, target by target. {@code POST
 * /admin/api/providers/{name}/reset}: forgets what its targets did. Of keys it knows the place in the list only.
 *
 * <p>Thread: a virtual one for each request.
 */
public final class ProvidersApi implements AdminPart {
    private static final Logger LOG = LoggerFactory.getLogger(ProvidersApi.class);
    private static final Comparator<Seen> IN_ORDER =
            Comparator.comparing((Seen seen) -> seen.key().model()).thenComparingInt(Seen::apiKey);

    private static final String EXAMPLE = """
            {"providers":[{"name":"openai","dialect":"openai","base_url":"https://api.openai.com/v1","state":"ok",\
            "targets":[{"model":"gpt-4o-mini","api_key":0,"breaker":"closed","open_requests":1,\
            "first_token_ms":[310,420,null],"whole_answer_ms":[900,null,null],"failures_in_a_row":0,"failure_ratio":0.0,\
            "limited_for_ms":0,"remaining_requests":4999,"remaining_tokens":null,"requests":12,"failures":0}]}]}""";

    private final Supplier<Map<String, GatewayConfig.Provider>> configured;
    private final HealthRegistry health;
    private final LongSupplier nanoClock;

    /** @param apiKey its place in the provider's list; -1 for a target without one */
    private record Seen(TargetKey key, int apiKey, TargetHealth.State state) {
        boolean isWell() {
            return state.circuit() == Circuit.CLOSED && state.limitedForMillis() == 0;
        }
    }

    /**
     * @param configured the providers in force, by name
     * @param nanoClock the clock of the exchanges
     */
    public ProvidersApi(
            Supplier<Map<String, GatewayConfig.Provider>> configured, HealthRegistry health, LongSupplier nanoClock) {
        this.configured = configured;
        this.health = health;
        this.nanoClock = nanoClock;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(
                AdminRoute.of(
                        "GET /admin/api/providers",
                        RouteDocument.of("providers", "How each provider is doing, target by target.")
                                .answers(200, new Shape.Sample("Providers", EXAMPLE)),
                        request -> list()),
                AdminRoute.of(
                        "POST /admin/api/providers/{name}/reset",
                        RouteDocument.of("providers", "Forgets what the targets of a provider did."),
                        request -> reset(request.id())));
    }

    AdminResponse list() {
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("providers");
            for (GatewayConfig.Provider provider : configured.get().values()) {
                write(json, provider, targets(provider.name()));
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    AdminResponse reset(String provider) {
        if (!configured.get().containsKey(provider)) {
            return AdminResponse.error(
                    404,
                    "provider_not_found",
                    null,
                    "there is no provider of this name; known are "
                            + String.join(", ", configured.get().keySet()));
        }
        health.targets().forEach((key, target) -> {
            if (key.provider().equals(provider)) {
                target.reset();
            }
        });
        LOG.atInfo().addKeyValue("provider", provider).log("the health of a provider's targets was reset");
        return AdminResponse.noContent();
    }

    private List<Seen> targets(String provider) {
        long now = nanoClock.getAsLong();
        List<Seen> seen = new ArrayList<>();
        health.targets().forEach((key, target) -> {
            if (key.provider().equals(provider)) {
                seen.add(new Seen(key, apiKey(key.credential()), target.view(now)));
            }
        });
        seen.sort(IN_ORDER);
        return seen;
    }

    /** What stands before the colon; what stands behind it tells keys apart and is nobody's business. */
    private static int apiKey(String credential) {
        int colon = credential.indexOf(':');
        return colon < 0 ? -1 : Integer.parseInt(credential.substring(0, colon));
    }

    private static void write(JsonGenerator json, GatewayConfig.Provider provider, List<Seen> targets)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("name", provider.name());
        json.writeStringField("dialect", provider.dialect());
        json.writeStringField("base_url", provider.baseUrl().toString());
        json.writeStringField("state", state(targets).label());
        json.writeArrayFieldStart("targets");
        for (Seen seen : targets) {
            write(json, seen);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** A provider is down when none of its targets is well, and not when some are. */
    private static Health.State state(List<Seen> targets) {
        int well = 0;
        for (Seen seen : targets) {
            well += seen.isWell() ? 1 : 0;
        }
        if (well == targets.size()) {
            return Health.State.OK;
        }
        return well == 0 ? Health.State.DOWN : Health.State.DEGRADED;
    }

    private static void write(JsonGenerator json, Seen seen) throws IOException {
        TargetHealth.State state = seen.state();
        json.writeStartObject();
        json.writeStringField("model", seen.key().model());
        known(json, "api_key", seen.apiKey());
        json.writeStringField("breaker", state.circuit().name().toLowerCase(Locale.ROOT));
        json.writeNumberField("open_requests", state.openRequests());
        int sizes = state.ttftMillis().size() / 2;
        averages(json, "first_token_ms", state.ttftMillis().subList(0, sizes));
        averages(json, "whole_answer_ms", state.ttftMillis().subList(sizes, 2 * sizes));
        json.writeNumberField("failures_in_a_row", state.failuresInARow());
        json.writeNumberField("failure_ratio", state.failureRatio());
        json.writeNumberField("limited_for_ms", state.limitedForMillis());
        known(json, "remaining_requests", state.remainingRequests());
        known(json, "remaining_tokens", state.remainingTokens());
        json.writeNumberField("requests", state.requests());
        json.writeNumberField("failures", state.failures());
        json.writeEndObject();
    }

    /** By size of the prompt: of streams to their first token, of whole answers to their end. */
    private static void averages(JsonGenerator json, String name, List<Long> bands) throws IOException {
        json.writeArrayFieldStart(name);
        for (long millis : bands) {
            if (millis < 0) {
                json.writeNull();
            } else {
                json.writeNumber(millis);
            }
        }
        json.writeEndArray();
    }

    /** Null where nobody knows. */
    private static void known(JsonGenerator json, String name, long value) throws IOException {
        if (value < 0) {
            json.writeNullField(name);
        } else {
            json.writeNumberField(name, value);
        }
    }
}
