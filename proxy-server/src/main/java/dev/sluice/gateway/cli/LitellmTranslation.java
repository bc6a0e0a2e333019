package dev.sluice.gateway.cli;

import dev.sluice.gateway.cli.ImportedConfig.Model;
import dev.sluice.gateway.cli.ImportedConfig.Target;
import dev.sluice.gateway.cli.LitellmSettings.Alias;
import dev.sluice.gateway.cli.LitellmSettings.Chain;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes models and providers of what LiteLLM's file says: a group of deployments becomes a model with targets, the groups
 * that take over become its later targets, and deployments that differ in nothing but the key become one provider with
 * several keys. Thread: main.
 */
final class LitellmTranslation {
    private static final int LONGEST_NAME = 256;
    private static final int MOST_ATTEMPTS = 10;
    private static final int MOST_TARGETS = 64;
    private static final long LONGEST_MILLIS = 86_400_000;
    private static final long SHORTEST_MILLIS = 10;

    private final List<LitellmDeployment> deployments;
    private final LitellmSettings settings;
    private final ImportNotes notes;
    private final Map<String, List<LitellmMember>> groups = new LinkedHashMap<>();
    private final ImportedProviders providers = new ImportedProviders();

    private LitellmTranslation(List<LitellmDeployment> deployments, LitellmSettings settings, ImportNotes notes) {
        this.deployments = deployments;
        this.settings = settings;
        this.notes = notes;
    }

    static ImportedConfig translate(ForeignMap root, ImportNotes notes, ImportVariables variables) {
        LitellmSettings settings = LitellmSettings.read(root, notes, variables);
        List<LitellmDeployment> deployments = LitellmDeployments.read(root, notes, variables);
        return new LitellmTranslation(deployments, settings, notes).config();
    }

    private ImportedConfig config() {
        Map<String, List<LitellmDeployment>> byGroup = new LinkedHashMap<>();
        for (LitellmDeployment deployment : deployments) {
            byGroup.computeIfAbsent(deployment.group(), group -> new ArrayList<>())
                    .add(deployment);
        }
        byGroup.forEach((group, members) -> groups.put(group, LitellmMember.merge(members)));
        reserveNames();
        Map<String, Model> models = new LinkedHashMap<>();
        groups.forEach((group, members) -> {
            Model model = model(group, members);
            if (model != null) {
                models.put(group, model);
            }
        });
        settings.aliases().forEach((alias, of) -> addAlias(models, alias, of));
        return new ImportedConfig(
                settings.adminToken(),
                settings.databaseUrl(),
                providers.byName(),
                breaker(),
                List.copyOf(models.values()));
    }

    /** {@code openai/*} needs no entry: a provider of that name is asked by that name anyway. */
    private void reserveNames() {
        groups.forEach((group, members) -> {
            String name = nameOfProvider(group);
            if (name != null && members.getFirst().model().equals("*")) {
                providers.reserve(name, members.getFirst());
                if (members.size() > 1) {
                    notes.add(
                            members.get(1).line(),
                            "'" + group + "': only its first deployment is carried over: such a name leads to one"
                                    + " provider");
                }
                if (!chain(group).isEmpty()) {
                    notes.add(
                            members.getFirst().line(),
                            "'" + group + "': its fallbacks are not carried over: such a name leads to one provider");
                }
            }
        });
    }

    /** What stands before {@code /*}, if it may be the name of a provider. */
    private static @Nullable String nameOfProvider(String group) {
        String name = group.endsWith("/*") ? group.substring(0, group.length() - 2) : "";
        boolean valid = !name.isEmpty()
                && name.length() <= 64
                && Character.isLetterOrDigit(name.charAt(0))
                && name.chars().allMatch(c -> c < 128 && (Character.isLetterOrDigit(c) || "._-".indexOf(c) >= 0));
        return valid ? name : null;
    }

    private @Nullable Model model(String group, List<LitellmMember> own) {
        LitellmMember first = own.getFirst();
        String mistake = mistake(group, own);
        if (mistake != null) {
            notes.add(first.line(), "'" + group + "' " + mistake + "; it is left out");
            return null;
        }
        if (nameOfProvider(group) != null && first.model().equals("*")) {
            return null;
        }
        List<LitellmMember> later = chain(group);
        List<LitellmMember> all = new ArrayList<>(own);
        for (LitellmMember member : later) {
            if (all.stream().noneMatch(member::leadsWhereLeads)) {
                all.add(member);
            }
        }
        all = bounded(group, all);
        int fallbacks = Math.max(0, all.size() - own.size());
        String route = route(group, own, fallbacks > 0);
        List<Integer> weights = "weighted".equals(route) ? LitellmMember.weights(all, group, notes) : List.of();
        List<Target> targets = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            LitellmMember member = all.get(i);
            int weight = weights.isEmpty() ? 0 : weights.get(i);
            targets.add(new Target(providers.name(member), member.model(), weight, member.abilities()));
        }
        return new Model(
                group,
                route,
                targets,
                duration(longest(group, own, true, settings.totalSeconds())),
                duration(longest(group, own, false, settings.firstTokenSeconds())),
                attempts(all, fallbacks));
    }

    private static @Nullable String mistake(String group, List<LitellmMember> own) {
        int star = group.indexOf('*');
        if (group.length() > LONGEST_NAME || group.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
            return "cannot be a name here: up to " + LONGEST_NAME + " characters without spaces are allowed";
        }
        if (star >= 0 && star != group.length() - 1) {
            return "has a '*' inside; here it may only be the last character";
        }
        for (LitellmMember member : own) {
            String model = member.model();
            if (model.chars().anyMatch(c -> c <= ' ')) {
                return "stands for a model with a space in its name";
            }
            int inside = model.indexOf('*');
            if (inside >= 0 && (star < 0 || inside != model.lastIndexOf('*'))) {
                return "stands for a model with a '*' that repeats nothing";
            }
            // Here a lone '*' is the whole name that was asked for, and not what stands for the other '*'.
            if (model.equals("*") && star > 0 && nameOfProvider(group) == null) {
                return "cannot lead to " + model + " here: only names without anything before their '*' are passed on"
                        + " whole";
            }
        }
        return null;
    }

    private List<LitellmMember> bounded(String group, List<LitellmMember> all) {
        List<LitellmMember> bounded = new ArrayList<>();
        int keys = 0;
        for (LitellmMember member : all) {
            keys += Math.max(1, member.keys().size());
            if (keys > MOST_TARGETS) {
                notes.add(
                        member.line(),
                        "'" + group + "' has more than " + MOST_TARGETS + " targets, each key counted; from here on"
                                + " they are left out");
                return bounded;
            }
            bounded.add(member);
        }
        return bounded;
    }

    /** The members of the groups that take over from {@code group}, in their order. */
    private List<LitellmMember> chain(String group) {
        Chain own =
                settings.fallbacks().getOrDefault(group, settings.fallbacks().get("*"));
        Set<LitellmMember> found = new LinkedHashSet<>();
        if (own != null) {
            own.groups().forEach(name -> addFallback(group, name, own.line(), found));
        } else {
            settings.defaultFallbacks().stream()
                    .filter(name -> !name.equals(group))
                    .forEach(name -> addFallback(group, name, 0, found));
        }
        Chain longer = settings.contextFallbacks().get(group);
        if (longer != null) {
            longer.groups().forEach(name -> addFallback(group, name, longer.line(), found));
            notes.add(
                    longer.line(),
                    "context_window_fallbacks of '" + group + "' take over after failures; a request that is too long"
                            + " goes to them only if `context` says how much the targets before them take");
        }
        return List.copyOf(found);
    }

    private void addFallback(String group, String name, int line, Set<LitellmMember> found) {
        Alias alias = settings.aliases().get(name);
        List<LitellmMember> members = groups.get(alias == null ? name : alias.group());
        if (members != null && name.endsWith("*")) {
            members = null;
        }
        if (members == null) {
            members = byIdOrWildcard(name);
        }
        if (members.isEmpty()) {
            notes.add(line, "'" + group + "' cannot fall back to '" + name + "': there is no such model");
        }
        found.addAll(members);
    }

    private List<LitellmMember> byIdOrWildcard(String name) {
        for (LitellmDeployment deployment : deployments) {
            if (name.equals(deployment.id())) {
                return LitellmMember.merge(List.of(deployment));
            }
        }
        // As there, the longest name that fits.
        Map<Integer, List<LitellmMember>> fitting = new TreeMap<>();
        groups.forEach((group, members) -> {
            int star = group.indexOf('*');
            if (star >= 0 && star == group.length() - 1 && name.startsWith(group.substring(0, star))) {
                String matched = name.substring(star);
                fitting.put(
                        -star, members.stream().map(each -> each.of(matched)).toList());
            }
        });
        return name.endsWith("*") || fitting.isEmpty()
                ? List.of()
                : fitting.values().iterator().next();
    }

    private @Nullable String route(String group, List<LitellmMember> own, boolean fallbacks) {
        long ranks = own.stream().map(LitellmMember::order).distinct().count();
        if (own.size() == 1 && !fallbacks) {
            return null;
        }
        if (ranks == 1 && !fallbacks) {
            return strategy();
        }
        if (ranks < own.size()) {
            notes.add(
                    own.get(1).line(),
                    "'" + group + "': deployments of equal rank are tried in their order here, since others take over"
                            + " from them; there they share the load");
        }
        return "fallback";
    }

    private String strategy() {
        String strategy = settings.strategy();
        return switch (strategy) {
            case null -> "weighted";
            case "simple-shuffle" -> "weighted";
            case "least-busy" -> "least-busy";
            case "latency-based-routing" -> "fastest";
            case "cost-based-routing" -> "cheapest";
            case "usage-based-routing", "usage-based-routing-v2" -> {
                notes.add(
                        settings.strategyLine(),
                        "routing_strategy '" + strategy + "' becomes least-busy: open requests are counted, not those"
                                + " of a minute");
                yield "least-busy";
            }
            default -> {
                notes.add(
                        settings.strategyLine(),
                        "routing_strategy '" + strategy + "' is not known here; weighted takes its place");
                yield "weighted";
            }
        };
    }

    /** In seconds; null when nobody says any. */
    private @Nullable Double longest(String group, List<LitellmMember> own, boolean total, @Nullable Double usual) {
        Double longest = null;
        boolean differ = false;
        for (LitellmMember member : own) {
            Double said = total ? member.totalSeconds() : member.firstTokenSeconds();
            Double seconds = said == null ? usual : said;
            differ |= longest != null && !longest.equals(seconds);
            longest = seconds == null || (longest != null && longest > seconds) ? longest : seconds;
        }
        if (differ) {
            notes.add(
                    own.getFirst().line(),
                    "'" + group + "': timeouts are the model's here, and the longest of its deployments counts");
        }
        return longest == null || longest <= 0 ? null : longest;
    }

    private static @Nullable String duration(@Nullable Double seconds) {
        if (seconds == null) {
            return null;
        }
        long millis = Math.clamp(Math.round(seconds * 1000), SHORTEST_MILLIS, LONGEST_MILLIS);
        return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
    }

    /** There each group is tried again, here all attempts are counted together; those that take over must be reached. */
    private @Nullable Integer attempts(List<LitellmMember> all, int fallbacks) {
        Double retries = settings.retries();
        if (retries == null) {
            return null;
        }
        int keys = all.stream()
                .mapToInt(member -> Math.max(1, member.keys().size()))
                .sum();
        int wanted = 1 + (int) Math.min(MOST_ATTEMPTS, retries) + fallbacks;
        int needed = fallbacks > 0 ? Math.max(wanted, keys) : wanted;
        return Math.min(MOST_ATTEMPTS, needed);
    }

    private ImportedConfig.@Nullable Breaker breaker() {
        Double fails = settings.allowedFails();
        Double cooldown = settings.cooldownSeconds();
        Integer failures = fails == null ? null : (int) Math.clamp(fails + 1, 1, 1000);
        String open = cooldown == null ? null : duration(Math.clamp(cooldown, 0.1, 3600));
        return failures == null && open == null ? null : new ImportedConfig.Breaker(failures, open);
    }

    private void addAlias(Map<String, Model> models, String alias, Alias of) {
        Model model = models.get(of.group());
        if (model == null || model.name().endsWith("*") || mistake(alias, List.of()) != null || alias.endsWith("*")) {
            notes.add(
                    of.line(), "alias '" + alias + "' is left out: '" + of.group() + "' is no model that has one here");
        } else if (models.containsKey(alias)) {
            notes.add(of.line(), "alias '" + alias + "' is left out: a model has this name");
        } else {
            models.put(alias, model.called(alias));
        }
    }
}
