package dev.sluice.gateway.config;

import dev.sluice.gateway.config.LimitSettings.Amount;
import dev.sluice.gateway.config.LimitSettings.Rule;
import dev.sluice.gateway.config.LimitSettings.Threats;
import dev.sluice.gateway.config.LimitSettings.Webhook;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads {@code limits}, but for its rules, and what keys say of their own: how much callers may. */
final class LimitReader {
    private static final int MOST_NODES = 1_000;
    private static final int HIGHEST_SCORE = 1_000_000;
    private static final Duration LONGEST_BLOCK = Duration.ofDays(7);

    private LimitReader() {}

    /**
     * @param section may be empty
     * @param tiers that rules may name
     * @param providers the same; {@link GatewayConfig#DEMO_PROVIDER} is known without being among them
     */
    static LimitSettings read(Section section, Collection<String> tiers, Set<String> providers) {
        LimitSettings standard = LimitSettings.DEFAULT;
        ZoneId zone = zone(section.scalar("time_zone"));
        int nodes = section.integer("nodes", standard.nodes(), 1, MOST_NODES);
        Webhook webhook = section.has("webhook") ? webhook(section.section("webhook")) : null;
        Threats threats = threats(section.section("threats"));
        LimitRuleReader reader = new LimitRuleReader(tiers, providers);
        List<Rule> rules = new ArrayList<>();
        for (Section rule : section.sections("rules")) {
            Rule read = reader.rule(rule);
            if (read != null) {
                rules.add(read);
            }
        }
        section.done();
        return new LimitSettings(zone == null ? ZoneOffset.UTC : zone, nodes, rules, threats, webhook);
    }

    /** What is written under {@code limits} of a key: the short names that keys have for it. */
    static List<Amount> ofKey(Section section) {
        List<Amount> amounts = new ArrayList<>();
        add(amounts, AmountText.whole(section.scalar("rpm"), "requests", "minute"));
        add(amounts, AmountText.whole(section.scalar("rpd"), "requests", "day"));
        add(amounts, AmountText.whole(section.scalar("tpm"), "tokens", "minute"));
        add(amounts, AmountText.whole(section.scalar("tpd"), "tokens", "day"));
        amounts.addAll(AmountText.read(section, "concurrent"));
        amounts.addAll(AmountText.read(section, "budget", "cost"));
        section.done();
        return amounts;
    }

    private static void add(List<Amount> amounts, @Nullable Amount amount) {
        if (amount != null) {
            amounts.add(amount);
        }
    }

    /** Null when nothing is said, or after a problem. */
    static @Nullable ZoneId zone(@Nullable Scalar scalar) {
        if (scalar == null) {
            return null;
        }
        Set<String> known = ZoneId.getAvailableZoneIds();
        if (known.contains(scalar.text())) {
            return ZoneId.of(scalar.text());
        }
        String nearest = NearestName.find(scalar.text(), known);
        scalar.error(scalar.shown() + " is not a time zone; allowed: UTC or a name such as Europe/Berlin"
                + (nearest == null ? "" : "; did you mean '" + nearest + "'?"));
        return null;
    }

    private static Threats threats(Section section) {
        Threats standard = Threats.DEFAULT;
        Threats threats = new Threats(
                section.flag("enabled", standard.enabled()),
                section.integer("halve_at", standard.halveAt(), 1, HIGHEST_SCORE),
                section.integer("block_at", standard.blockAt(), 1, HIGHEST_SCORE),
                section.duration("block", standard.block(), Duration.ofSeconds(1), LONGEST_BLOCK),
                section.duration("half_life", standard.halfLife(), Duration.ofSeconds(1), LONGEST_BLOCK));
        section.done();
        if (threats.blockAt() < threats.halveAt()) {
            section.problems()
                    .error(
                            section.at("block_at"),
                            "'" + threats.blockAt() + "' is below halve_at; allowed: " + threats.halveAt()
                                    + " or more");
        }
        return threats;
    }

    private static @Nullable Webhook webhook(Section section) {
        Scalar written = section.required("url");
        Scalar secret = section.scalar("secret");
        boolean allowPrivate = section.flag("allow_private", false);
        section.done();
        URI url = written == null ? null : webhookUrl(written, allowPrivate);
        return url == null ? null : new Webhook(url, secret == null ? null : new Secret(secret.text()), allowPrivate);
    }

    /** Its path and query may be what proves that one may send there: never shown. */
    private static @Nullable URI webhookUrl(Scalar written, boolean allowPrivate) {
        URI url;
        try {
            url = new URI(written.text());
        } catch (URISyntaxException e) {
            written.error("is not a URL; allowed: one such as https://hooks.example/limits");
            return null;
        }
        boolean https = "https".equals(url.getScheme());
        if (!https && !(allowPrivate && "http".equals(url.getScheme()))) {
            written.error("is not https; allowed: https, or http with allow_private: true");
        } else if (url.getHost() == null || url.getRawUserInfo() != null || url.getRawFragment() != null) {
            written.error("is not usable; allowed: a URL with a host, without user, password and '#'");
        } else {
            return url;
        }
        return null;
    }
}
