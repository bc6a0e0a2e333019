package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.config.AmountText;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Labels;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Window;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /admin/api/limits}: the rules in force, and the counters that are nearest to their end. Thread: any. */
public final class LimitsApi implements AdminPart {
    private static final int MOST_COUNTERS = 100;

    private static final String EXAMPLE = """
            {"nodes":1,"rules":[{"id":"standard/cost/day","name":"standard","measure":"cost","amount":"0.1/day",\
            "calendar":true,"time_zone":"UTC","burst":0,"strict":false,"queue_ms":0,"warn":[80,100],"per":["key"],\
            "for":{"keys":[],"users":[],"end_users":[],"teams":[],"tiers":["free"],"models":["gpt-*"],"providers":[],\
            "endpoints":[],"tags":{"project":"search"}}}],"counters":[{"rule":"standard/cost/day","subject":"Ab3dEf9h",\
            "used":"0.08","held":"0.001","limit":"0.1","percent":80,"resets_at":"2026-12-01T00:00:00Z"}]}""";

    /** A rule; what is in nobody's words here is in those of the configuration. */
    record RuleView(
            String id,
            String name,
            String measure,
            String amount,
            boolean calendar,
            @Nullable String timeZone,
            long burst,
            boolean strict,
            long queueMs,
            List<Integer> warn,
            List<String> per) {}

    record FilterView(
            List<String> keys,
            List<String> users,
            List<String> endUsers,
            List<String> teams,
            List<String> tiers,
            List<String> models,
            List<String> providers,
            List<String> endpoints,
            Map<String, String> tags) {}

    record CounterView(
            String rule,
            String subject,
            String used,
            String held,
            String limit,
            long percent,
            @Nullable Instant resetsAt) {}

    private final LimitFigures figures;

    public LimitsApi(LimitFigures figures) {
        this.figures = figures;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(AdminRoute.of(
                "GET /admin/api/limits",
                RouteDocument.of(
                                "operation",
                                "All rules of limits in force, of the configuration and of budgets, and the counters of"
                                        + " this gateway that are nearest to their end, " + MOST_COUNTERS + " at most.")
                        .answers(200, new Shape.Sample("Limits", EXAMPLE)),
                request -> show()));
    }

    private AdminResponse show() {
        LimitRules inForce = figures.inForce();
        List<LimitFigures.Standing> nearest = figures.nearest(MOST_COUNTERS);
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeNumberField("nodes", inForce.nodes());
            json.writeArrayFieldStart("rules");
            for (LimitRule rule : inForce.rules()) {
                write(json, rule);
            }
            json.writeEndArray();
            json.writeArrayFieldStart("counters");
            for (LimitFigures.Standing standing : nearest) {
                Json.write(json, counter(standing));
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, LimitRule rule) throws IOException {
        String measure = rule.measure().label();
        Window window = rule.window();
        String number = AmountText.number(measure, rule.limit());
        List<String> per = new ArrayList<>();
        for (Dimension dimension : rule.per()) {
            per.add(Labels.of(dimension));
        }
        json.writeStartObject();
        Json.members(
                json,
                new RuleView(
                        rule.id(),
                        rule.name(),
                        measure,
                        isCountedOverTime(rule) ? number + "/" + window.period().label() : number,
                        window.calendar(),
                        window.calendar() ? window.zone().getId() : null,
                        rule.burst(),
                        rule.strict(),
                        rule.queueMillis(),
                        rule.warnPercent(),
                        per));
        json.writeFieldName("for");
        CallFilter of = rule.appliesTo();
        Json.write(
                json,
                new FilterView(
                        of.keys(),
                        of.users(),
                        of.endUsers(),
                        of.teams(),
                        of.tiers(),
                        of.models(),
                        of.providers(),
                        of.endpoints(),
                        of.tags()));
        json.writeEndObject();
    }

    private static boolean isCountedOverTime(LimitRule rule) {
        return switch (rule.measure()) {
            case REQUESTS, TOKENS, INPUT_TOKENS, OUTPUT_TOKENS, COST -> true;
            case CONCURRENT, MAX_TOKENS, REQUEST_BYTES -> false;
        };
    }

    private static CounterView counter(LimitFigures.Standing standing) {
        LimitRule rule = standing.rule();
        String measure = rule.measure().label();
        return new CounterView(
                rule.id(),
                standing.subject(),
                AmountText.number(measure, standing.used()),
                AmountText.number(measure, standing.held()),
                AmountText.number(measure, rule.limit()),
                standing.percent(),
                standing.resetsAt());
    }
}
