package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.AbortPolicy;
import dev.sluice.gateway.config.GatewayConfig.Hedge;
import dev.sluice.gateway.config.GatewayConfig.Mirror;
import dev.sluice.gateway.config.GatewayConfig.Model;
import dev.sluice.gateway.config.GatewayConfig.Retry;
import dev.sluice.gateway.config.GatewayConfig.Strategy;
import dev.sluice.gateway.config.GatewayConfig.Target;
import dev.sluice.gateway.config.GatewayConfig.TimeoutSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code models}: the names that clients may ask for, and what serves them. */
final class ModelReader {
    private static final int LONGEST_NAME = 256;
    private static final int MOST_ATTEMPTS = 10;
    private static final int DEFAULT_PERCENTILE = 95;
    private static final double SMALLEST_SHARE = 0.1;
    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofHours(24);
    private static final Duration ONE_MILLI = Duration.ofMillis(1);
    private static final Duration LONGEST_HOLD = Duration.ofMinutes(1);
    private static final List<String> ROUTES =
            Arrays.stream(Strategy.values()).map(ModelReader::written).toList();

    private final Section models;
    private final Problems problems;
    private final TargetReader targets;
    private final Map<String, GatewayConfig.Provider> providers;

    private ModelReader(Section models, Set<String> names, Map<String, GatewayConfig.Provider> providers) {
        this.models = models;
        this.problems = models.problems();
        this.targets = new TargetReader(names);
        this.providers = providers;
    }

    /**
     * @param names written under {@code providers}; when there are none, the built-in one is known
     * @param providers those of them that could be read
     */
    static Map<String, Model> read(Section models, Set<String> names, Map<String, GatewayConfig.Provider> providers) {
        Set<String> known = names.isEmpty() ? Set.of(GatewayConfig.DEMO_PROVIDER) : names;
        return new ModelReader(models, known, providers).read();
    }

    private static String written(Strategy strategy) {
        return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
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

    private @Nullable Model shortForm(String name) {
        Target target = targets.target(name, models.scalar(name));
        return target == null || nameMistake(name) != null ? null : Model.of(name, target);
    }

    private @Nullable Model longForm(String name) {
        Section section = models.section(name);
        String route = section.choice("route", written(Strategy.FALLBACK), ROUTES);
        Strategy strategy = Strategy.valueOf(route.toUpperCase(Locale.ROOT).replace('-', '_'));
        List<Target> found = targets(name, section, strategy);
        TimeoutSettings timeouts = timeouts(section.section("timeouts"));
        Retry retry = retry(section.section("retry"));
        Hedge hedge = hedge(section);
        Mirror mirror = mirror(section);
        int costPercent = costPercent(section, strategy);
        AbortPolicy onClientAbort = section.abortPolicy();
        section.done();
        return found.isEmpty() || nameMistake(name) != null
                ? null
                : new Model(name, strategy, found, timeouts, retry, hedge, mirror, costPercent, onClientAbort);
    }

    private List<Target> targets(String name, Section section, Strategy strategy) {
        if (!section.has("targets")) {
            section.required("targets");
        }
        List<Target> found = new ArrayList<>();
        int withKeys = 0;
        for (Section entry : section.sections("targets")) {
            Target target = targets.entry(name, entry);
            if (target != null) {
                found.add(target);
                withKeys += keys(target);
            }
            if (entry.has("weight") && ignoresWeight(strategy)) {
                problems.notice(entry.atKey("weight"), "has no effect with route " + written(strategy));
            }
        }
        if (withKeys > Model.MAX_TARGETS) {
            problems.error(
                    section.at("targets"),
                    "has " + withKeys + " targets, each key of their providers counted; allowed: 1 to "
                            + Model.MAX_TARGETS);
        }
        return found;
    }

    /** Each key of a provider is a target of its own. */
    private int keys(Target target) {
        GatewayConfig.Provider provider = providers.get(target.provider());
        return provider == null ? 1 : Math.max(1, provider.apiKeys().size());
    }

    private static boolean ignoresWeight(Strategy strategy) {
        return switch (strategy) {
            case FALLBACK, FASTEST -> true;
            case WEIGHTED, LEAST_BUSY, CHEAPEST, AFFINITY, SESSION, AUTO -> false;
        };
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

    private static Retry retry(Section section) {
        Retry retry = new Retry(
                section.has("attempts") ? section.integer("attempts", 1, 1, MOST_ATTEMPTS) : Retry.DEFAULT.attempts(),
                section.duration("backoff", Retry.DEFAULT.backoff(), ONE_MILLI, LONGEST_HOLD),
                section.duration("hold", Retry.DEFAULT.hold(), SHORTEST, LONGEST_HOLD));
        section.done();
        return retry;
    }

    private static @Nullable Hedge hedge(Section model) {
        if (!model.has("hedge")) {
            return null;
        }
        Section section = model.section("hedge");
        int percentile = DEFAULT_PERCENTILE;
        Duration delay = null;
        Scalar after = section.scalar("after");
        if (after != null && after.text().startsWith("p")) {
            percentile = percentile(after);
        } else if (after != null) {
            delay = after.duration(ONE_MILLI, LONGEST);
        }
        double budget = section.percent("budget", Hedge.DEFAULT_BUDGET_PERCENT, SMALLEST_SHARE, 100);
        section.done();
        return new Hedge(delay == null ? percentile : 0, delay, budget);
    }

    private static int percentile(Scalar after) {
        String text = after.text();
        if (text.length() == 3 && Scalar.isDigit(text.charAt(1)) && Scalar.isDigit(text.charAt(2))) {
            int percentile = (text.charAt(1) - '0') * 10 + text.charAt(2) - '0';
            if (percentile >= 50) {
                return percentile;
            }
        }
        after.error(after.shown() + " is not a percentile or duration; allowed: p50 to p99, or such as 500ms");
        return DEFAULT_PERCENTILE;
    }

    private @Nullable Mirror mirror(Section model) {
        if (!model.has("mirror")) {
            return null;
        }
        Section section = model.section("mirror");
        Target target = targets.mirror(section.required("model"));
        Scalar written = section.required("share");
        Double share = written == null ? null : written.percent(SMALLEST_SHARE, 100);
        section.done();
        return target == null || share == null ? null : new Mirror(target, share);
    }

    private int costPercent(Section model, Strategy strategy) {
        if (!model.has("auto")) {
            return Model.DEFAULT_COST_PERCENT;
        }
        Section section = model.section("auto");
        int cost = section.wholePercent("cost", Model.DEFAULT_COST_PERCENT, 0, 100);
        section.done();
        if (strategy != Strategy.AUTO) {
            problems.error(
                    model.atKey("auto"),
                    "stands beside route " + written(strategy) + "; allowed: only with route auto");
        }
        return cost;
    }
}
