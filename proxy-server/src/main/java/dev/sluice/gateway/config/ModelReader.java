package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.config.GatewayConfig.Model;
import dev.sluice.gateway.config.GatewayConfig.Target;
import dev.sluice.gateway.config.GatewayConfig.TimeoutSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code models}: the names that clients may ask for, and what serves them. */
final class ModelReader {
    private static final int LONGEST_NAME = 256;
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofHours(24);
    private static final List<String> ROUTES =
            List.of("fallback", "weighted", "fastest", "cheapest", "least-busy", "affinity");

    private final Section models;
    private final Problems problems;
    private final Set<String> providers;

    private ModelReader(Section models, Set<String> providers) {
        this.models = models;
        this.problems = models.problems();
        this.providers = providers;
    }

    /** @param providers the names written under {@code providers}; when there are none, the built-in one is known */
    static Map<String, Model> read(Section models, Set<String> providers) {
        return new ModelReader(models, providers.isEmpty() ? Set.of(GatewayConfig.DEMO_PROVIDER) : providers).read();
    }

    private Map<String, Model> read() {
        Map<String, Model> found = new LinkedHashMap<>();
        for (String name : models.names()) {
            String mistake = nameMistake(name);
            if (mistake != null) {
                problems.error(models.atKey(name), mistake);
            }
            Model model = models.isMapping(name) ? longForm(name) : shortForm(name);
            if (model != null) {
                found.put(name, model);
            }
        }
        return found;
    }

    private static @Nullable String nameMistake(String name) {
        int star = name.indexOf('*');
        if (star >= 0 && star != name.length() - 1) {
            return "has a '*' inside; allowed: one '*' as the last character of a name";
        }
        if (name.isEmpty() || name.length() > LONGEST_NAME || name.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            return "is not a name for a model; allowed: 1 to " + LONGEST_NAME + " characters without spaces";
        }
        return null;
    }

    private static @Nullable Model model(
            String name, List<Target> targets, TimeoutSettings timeouts, @Nullable AbortPolicy onClientAbort) {
        return targets.isEmpty() || nameMistake(name) != null
                ? null
                : new Model(
                        name,
                        GatewayConfig.Strategy.FALLBACK,
                        targets,
                        timeouts,
                        GatewayConfig.Retry.DEFAULT,
                        null,
                        null,
                        Model.DEFAULT_COST_PERCENT,
                        onClientAbort);
    }

    private @Nullable Model shortForm(String name) {
        Target target = target(name, models.scalar(name), 1);
        return target == null || nameMistake(name) != null ? null : Model.of(name, target);
    }

    private @Nullable Model longForm(String name) {
        Section section = models.section(name);
        String route = section.choice("route", "fallback", ROUTES);
        if (!route.equals("fallback")) {
            problems.noEffect(section.at("route"), "'" + route + "'");
        }
        List<Target> targets = targets(name, section);
        TimeoutSettings timeouts = timeouts(section.section("timeouts"));
        AbortPolicy onClientAbort = section.abortPolicy();
        retry(section);
        hedge(section);
        section.done();
        return model(name, targets, timeouts, onClientAbort);
    }

    private List<Target> targets(String name, Section section) {
        if (!section.has("targets")) {
            section.required("targets");
        }
        List<Target> targets = new ArrayList<>();
        List<Section> written = section.sections("targets");
        for (Section entry : written) {
            int weight = entry.integer("weight", 1, 1, 1000);
            Target target = target(name, entry.required("model"), weight);
            entry.done();
            if (target != null) {
                targets.add(target);
            }
        }
        if (written.size() > 1) {
            problems.noEffect(written.get(1).place(), "more than one target");
        }
        return targets;
    }

    private @Nullable Target target(String name, @Nullable Scalar written, int weight) {
        if (written == null) {
            return null;
        }
        String text = written.text();
        int slash = text.indexOf('/');
        if (slash <= 0 || slash == text.length() - 1 || text.chars().anyMatch(c -> c <= ' ')) {
            written.error(written.shown() + " is not a target; allowed: provider/model");
            return null;
        }
        String provider = text.substring(0, slash);
        String model = text.substring(slash + 1);
        if (!providers.contains(provider)) {
            written.error(written.shown() + " names an unknown provider" + NearestName.hint(provider, providers));
            return null;
        }
        int star = model.indexOf('*');
        if (star >= 0 && (star != model.lastIndexOf('*') || !name.endsWith("*"))) {
            written.error(written.shown()
                    + " has a '*' that repeats nothing; allowed: one '*', and only when the name ends in '*' too");
            return null;
        }
        return new Target(provider, model, weight, GatewayConfig.Abilities.UNKNOWN);
    }

    static TimeoutSettings timeouts(Section section) {
        TimeoutSettings timeouts = new TimeoutSettings(
                timeout(section, "connect"),
                timeout(section, "first_token"),
                timeout(section, "idle"),
                timeout(section, "total"));
        section.done();
        return timeouts;
    }

    private static @Nullable Duration timeout(Section section, String key) {
        return section.has(key) ? section.duration(key, LONGEST, SHORTEST, LONGEST) : null;
    }

    private void retry(Section model) {
        if (model.has("retry")) {
            Section section = model.section("retry");
            section.integer("attempts", 1, 1, 10);
            section.done();
            problems.noEffect(model.atKey("retry"));
        }
    }

    private void hedge(Section model) {
        if (!model.has("hedge")) {
            return;
        }
        Section section = model.section("hedge");
        Scalar after = section.scalar("after");
        if (after != null && !isPercentile(after.text())) {
            Duration delay = after.text().startsWith("p") ? null : after.duration(Duration.ofMillis(1), LONGEST);
            if (after.text().startsWith("p") && delay == null) {
                after.error(after.shown() + " is not a percentile or duration; allowed: p50 to p99, or such as 500ms");
            }
        }
        Scalar budget = section.scalar("budget");
        if (budget != null && !isPercentage(budget.text())) {
            budget.error(budget.shown() + " is not a percentage; allowed: 1% to 100%");
        }
        section.done();
        problems.noEffect(model.atKey("hedge"));
    }

    private static boolean isPercentile(String text) {
        return text.matches("p[5-9][0-9]");
    }

    private static boolean isPercentage(String text) {
        return text.matches("[1-9][0-9]?%|100%");
    }
}
