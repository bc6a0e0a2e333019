package dev.sluice.gateway.config;

import dev.sluice.gateway.config.LimitSettings.Amount;
import dev.sluice.gateway.config.LimitSettings.Rule;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads entries of {@code limits.rules}. One for each file, for it knows which names are taken. */
final class LimitRuleReader {
    private static final List<String> MEASURES = List.of(
            "requests", "tokens", "input_tokens", "output_tokens", "cost", "concurrent", "max_tokens", "request_size");

    /** As {@code limit.Dimension} has them; that room is behind this one. */
    private static final List<String> DIMENSIONS =
            List.of("key", "user", "end_user", "team", "tier", "ip", "session", "provider", "model");

    private static final String TAG = "tag:";
    /** One counter for all calls together. */
    private static final String ALL = "all";

    /** As {@code auth.AccessTable} has them, but for those that ask no model for anything. */
    static final List<String> ENDPOINTS = List.of(
            "chat.completions",
            "completions",
            "embeddings",
            "moderations",
            "responses",
            "messages",
            "messages.count_tokens",
            "gemini.generate_content",
            "gemini.generate_content_array",
            "gemini.count_tokens",
            "gemini.embed_content",
            "gemini.batch_embed_contents",
            "realtime",
            "audio.speech",
            "audio.transcriptions",
            "audio.translations",
            "audio",
            "images.generations",
            "images.edits",
            "images.variations",
            "images",
            "files",
            "uploads",
            "batches",
            "messages.batches",
            "passthrough");

    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_TAG = 64;
    private static final Duration LONGEST_QUEUE = Duration.ofMinutes(5);

    private final Collection<String> tiers;
    private final Set<String> providers;
    private final Map<String, Place> names = new HashMap<>();

    LimitRuleReader(Collection<String> tiers, Set<String> providers) {
        this.tiers = tiers;
        this.providers = new TreeSet<>(providers);
        this.providers.add(GatewayConfig.DEMO_PROVIDER);
    }

    /** Null after a problem that leaves nothing of it. */
    @Nullable
    Rule rule(Section section) {
        String name = name(section.required("name"));
        Section of = section.section("for");
        Map<String, List<String>> filter = filter(of);
        Map<String, String> tags = tags(of.section("tags"));
        of.done();
        List<String> per = per(section);
        List<Amount> amounts = amounts(section);
        ZoneId zone = LimitReader.zone(section.scalar("time_zone"));
        Boolean calendar = section.flag("calendar");
        int burst = burst(section, amounts, calendar);
        boolean strict = section.flag("strict", false);
        Duration queue = section.duration("queue", Duration.ZERO, Duration.ZERO, LONGEST_QUEUE);
        List<Integer> warn = section.has("warn") ? warn(section) : Rule.DEFAULT_WARN_PERCENT;
        section.done();
        return name == null
                ? null
                : new Rule(name, filter, tags, per, amounts, zone, calendar, burst, strict, queue, warn);
    }

    /** It becomes a part of the ids of counters, which have a slash between their parts and a colon in those of keys. */
    private @Nullable String name(@Nullable Scalar name) {
        if (name == null) {
            return null;
        }
        String text = name.text();
        if (text.length() > LONGEST_NAME || text.indexOf('/') >= 0 || text.indexOf(':') >= 0) {
            name.error(name.shown() + " is no name of a rule; allowed: up to " + LONGEST_NAME
                    + " characters without '/' and ':'");
        }
        Place first = names.putIfAbsent(text, name.place());
        if (first != null) {
            name.error(name.shown() + " is the name of the rule in line " + first.line() + " too");
        }
        return text;
    }

    private Map<String, List<String>> filter(Section of) {
        Map<String, List<String>> filter = new LinkedHashMap<>();
        for (String kind : List.of("keys", "users", "end_users", "teams")) {
            put(filter, kind, texts(of, kind, null));
        }
        put(filter, "tiers", texts(of, "tiers", tiers));
        put(filter, "models", globs(of, "models", null));
        put(filter, "providers", globs(of, "providers", providers));
        put(filter, "endpoints", texts(of, "endpoints", ENDPOINTS));
        return filter;
    }

    private static void put(Map<String, List<String>> filter, String kind, List<String> values) {
        if (!values.isEmpty()) {
            filter.put(kind, values);
        }
    }

    private static List<String> texts(Section of, String key, @Nullable Collection<String> known) {
        List<String> texts = new ArrayList<>();
        for (Scalar scalar : of.scalars(key)) {
            String text = known == null ? scalar.text() : scalar.choice(known);
            if (text != null) {
                texts.add(text);
            }
        }
        return texts;
    }

    private static List<String> globs(Section of, String key, @Nullable Collection<String> known) {
        List<String> globs = new ArrayList<>();
        for (Scalar scalar : of.scalars(key)) {
            String text = scalar.text();
            int star = text.indexOf('*');
            if (star >= 0 && star != text.length() - 1) {
                scalar.error(scalar.shown() + " has a '*' inside; allowed: one '*' as the last character");
            } else if (star >= 0 || known == null || scalar.choice(known) != null) {
                globs.add(text);
            }
        }
        return globs;
    }

    private static Map<String, String> tags(Section section) {
        Map<String, String> tags = new LinkedHashMap<>();
        for (String tag : section.names()) {
            Scalar value = section.scalar(tag);
            if (value != null) {
                tags.put(tag, value.text());
            }
        }
        section.done();
        return tags;
    }

    /** By key, when nothing is said. */
    private static List<String> per(Section section) {
        if (!section.has("per")) {
            return List.of("key");
        }
        List<String> per = new ArrayList<>();
        List<Scalar> written = AmountText.oneOrSeveral(section, "per");
        for (Scalar scalar : written) {
            String text = scalar.text();
            if (per.contains(text)) {
                scalar.error(scalar.shown() + " stands in the list twice");
            } else if (text.equals(ALL) && written.size() > 1) {
                scalar.error("'all' stands beside others; allowed: 'all' alone, or others without it");
            } else if (isDimension(text)) {
                per.add(text);
            } else if (!text.equals(ALL)) {
                List<String> allowed = new ArrayList<>(DIMENSIONS);
                allowed.add("tag:<name>");
                allowed.add(ALL);
                scalar.choice(allowed);
            }
        }
        return per;
    }

    private static boolean isDimension(String text) {
        return DIMENSIONS.contains(text)
                || (text.startsWith(TAG)
                        && text.length() > TAG.length()
                        && text.length() <= TAG.length() + LONGEST_TAG);
    }

    private static List<Amount> amounts(Section section) {
        List<Amount> amounts = new ArrayList<>();
        boolean written = false;
        for (String measure : MEASURES) {
            written |= section.has(measure);
            amounts.addAll(AmountText.read(section, measure));
        }
        if (!written) {
            section.problems()
                    .error(section.place(), "limits nothing; allowed: at least one of " + String.join(", ", MEASURES));
        }
        return amounts;
    }

    private static int burst(Section section, List<Amount> amounts, @Nullable Boolean calendar) {
        if (!section.has("burst")) {
            return 0;
        }
        long largest = 0;
        for (Amount amount : amounts) {
            if (amount.measure().equals("requests") && !amount.isOfCalendar(calendar)) {
                largest = Math.max(largest, amount.limit());
            }
        }
        if (largest == 0) {
            section.problems()
                    .error(section.atKey("burst"), "has no effect without an amount of requests whose window slides");
            largest = Integer.MAX_VALUE;
        }
        return section.integer("burst", 0, 1, (int) Math.min(Integer.MAX_VALUE, largest));
    }

    private static List<Integer> warn(Section section) {
        TreeSet<Integer> percents = new TreeSet<>();
        for (Scalar scalar : AmountText.oneOrSeveral(section, "warn")) {
            Integer percent = scalar.integer(1, 100);
            if (percent != null) {
                percents.add(percent);
            }
        }
        return List.copyOf(percents);
    }
}
