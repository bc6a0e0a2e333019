package dev.sluice.gateway.price;

import dev.sluice.gateway.price.Price.Version;
import dev.sluice.gateway.price.Tariff.Step;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Reads what stands after a model's name: its rates and what it may have beside them, or a list of such versions.
 * Thread: any.
 */
record PriceReader(PriceDocument document) {
    private static final Set<String> VERSION_MEMBERS =
            withRates("from", "long_prompt", "windows", "tiers", "regions", "unusual");
    private static final Set<String> WINDOW_MEMBERS =
            withRates("hours", "weekdays", "zone", "multiplier", "long_prompt", "tiers", "unusual");
    private static final Set<String> TIER_MEMBERS = withRates("long_prompt", "unusual");
    private static final Set<String> STEP_MEMBERS = withRates("from", "over", "unusual");

    private static Set<String> withRates(String... others) {
        Set<String> names = new HashSet<>(RateReader.LABELS);
        names.addAll(List.of(others));
        return Set.copyOf(names);
    }

    Price price(String what, Node node) {
        if (!(node instanceof SequenceNode sequence)) {
            return new Price(List.of(version(what, node)));
        }
        List<Version> versions = new ArrayList<>();
        for (Node item : sequence.getValue()) {
            Version version = version(what, item);
            if (!versions.isEmpty() && versions.getLast().fromMicros() >= version.fromMicros()) {
                throw document.error(item, what + ": each version but the first needs a 'from' after the one before");
            }
            versions.add(version);
        }
        if (versions.isEmpty()) {
            throw document.error(node, what + " has no version; leave the model out instead");
        }
        return new Price(versions);
    }

    private Version version(String what, Node node) {
        Map<String, Node> members = document.members(node, what, VERSION_MEMBERS);
        Node from = members.get("from");
        Node tiers = members.get("tiers");
        Tariffs otherwise = tariffs(what, node, tariff(what, node, members), tiers, Map.of());
        List<Window> windows = new ArrayList<>();
        for (Node window : document.items(members.get("windows"))) {
            windows.add(window(what + " windows", window, otherwise, factors(tiers, what + " tiers")));
        }
        return new Version(
                from == null ? Long.MIN_VALUE : micros(what, from),
                otherwise,
                windows,
                document.multipliers(members.get("regions"), what + " regions"));
    }

    private long micros(String what, Node node) {
        String text = document.text(node, what + " from");
        try {
            Instant from = text.contains("T")
                    ? Instant.parse(text)
                    : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
            return ChronoUnit.MICROS.between(Instant.EPOCH, from);
        } catch (DateTimeException | ArithmeticException e) {
            throw document.error(
                    node,
                    what + ": from is '" + text
                            + "'; allowed: 2026-01-31 (where that day begins in UTC) or 2026-01-31T12:00:00Z");
        }
    }

    private Tariff tariff(String what, Node node, Map<String, Node> members) {
        RateReader reader = new RateReader(document);
        Rates standard = reader.rates(what, node, members);
        List<Step> steps = new ArrayList<>();
        for (Node stepNode : document.items(members.get("long_prompt"))) {
            String whatStep = what + " long_prompt";
            Map<String, Node> stepMembers = document.members(stepNode, whatStep, STEP_MEMBERS);
            long first = reader.firstToken(whatStep, stepNode, stepMembers.get("from"), stepMembers.get("over"));
            if (!steps.isEmpty() && steps.getLast().fromTokens() >= first) {
                throw document.error(stepNode, whatStep + ": its steps must be in order, shorter prompts first");
            }
            Rates rates = reader.rates(whatStep, stepNode, stepMembers);
            requireSame(stepNode, whatStep, "output", standard.has(Rate.OUTPUT), rates.has(Rate.OUTPUT));
            steps.add(new Step(first, rates));
        }
        return new Tariff(standard, steps);
    }

    /** @param factors of the tiers that {@code tiers} says nothing about */
    private Tariffs tariffs(
            String what, Node owner, Tariff standard, @Nullable Node tiers, Map<String, Multiplier> factors) {
        String whatTiers = what + " tiers";
        Map<String, Multiplier> multipliers = new HashMap<>(factors);
        multipliers.putAll(factors(tiers, whatTiers));
        Map<String, Tariff> own = new HashMap<>();
        if (tiers != null) {
            document.members(tiers, whatTiers, null).forEach((tier, node) -> {
                if (!(node instanceof ScalarNode)) {
                    own.put(tier, tier(whatTiers + " " + tier, node, standard));
                }
            });
        }
        return placed(owner, what, () -> new Tariffs(standard, own).withTiers(multipliers));
    }

    private Tariff tier(String what, Node node, Tariff standard) {
        Tariff tariff = tariff(what, node, document.members(node, what, TIER_MEMBERS));
        requireSame(
                node,
                what,
                "output",
                standard.standard().has(Rate.OUTPUT),
                tariff.standard().has(Rate.OUTPUT));
        requireSame(
                node,
                what,
                "long_prompt",
                !standard.steps().isEmpty(),
                !tariff.steps().isEmpty());
        return tariff;
    }

    /** Those of {@code tiers} that are a number, so many times the standard rates. */
    Map<String, Multiplier> factors(@Nullable Node tiers, String what) {
        Map<String, Multiplier> factors = new LinkedHashMap<>();
        if (tiers != null) {
            document.members(tiers, what, null).forEach((tier, node) -> {
                if (Tariffs.isStandard(tier)) {
                    throw document.error(node, what + ": '" + tier + "' is what a model's own rates are for");
                }
                if (node instanceof ScalarNode) {
                    factors.put(tier, document.multiplier(node, what + " " + tier));
                }
            });
        }
        return factors;
    }

    private Window window(String what, Node node, Tariffs otherwise, Map<String, Multiplier> factors) {
        Map<String, Node> members = document.members(node, what, WINDOW_MEMBERS);
        Node multiplier = members.get("multiplier");
        Tariffs tariffs;
        if (multiplier == null) {
            tariffs = tariffs(what, node, tariff(what, node, members), members.get("tiers"), factors);
        } else if (members.containsKey("tiers") || members.keySet().stream().anyMatch(RateReader.LABELS::contains)) {
            throw document.error(node, what + " has both a 'multiplier' and rates; allowed: one of them");
        } else {
            tariffs = placed(node, what, () -> otherwise.times(document.multiplier(multiplier, what + " multiplier")));
        }
        return new WindowReader(document).window(what, node, members, tariffs);
    }

    /** What one level of a price names the other must name too, or a request would silently be priced by half. */
    private void requireSame(Node node, String what, String member, boolean above, boolean here) {
        if (above != here) {
            throw document.error(node, what + " must name '" + member + "' exactly when the model itself does");
        }
    }

    private <T> T placed(Node node, String what, Supplier<T> arithmetic) {
        try {
            return arithmetic.get();
        } catch (ArithmeticException e) {
            throw document.error(node, what + ": " + e.getMessage());
        }
    }
}
