package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.Abilities;
import dev.sluice.gateway.config.GatewayConfig.Target;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what stands for one target: {@code provider/model}, and what is said of it. */
final class TargetReader {
    static final int HEAVIEST = 1000;
    private static final int LARGEST_CONTEXT = 1_000_000_000;
    private static final int LONGEST_REGION = 64;

    private final Set<String> providers;

    /** @param providers the names that a target may begin with */
    TargetReader(Set<String> providers) {
        this.providers = providers;
    }

    /** An entry of {@code targets}; null after a problem. */
    @Nullable
    Target entry(String modelName, Section entry) {
        int weight = entry.integer("weight", 1, 1, HEAVIEST);
        Abilities abilities = abilities(entry);
        Target target = target(modelName, entry.required("model"));
        entry.done();
        return target == null ? null : new Target(target.provider(), target.model(), weight, abilities);
    }

    private static Abilities abilities(Section entry) {
        Abilities said = new Abilities(
                entry.flag("tools"),
                entry.flag("vision"),
                entry.flag("json_schema"),
                entry.flag("reasoning"),
                entry.has("context") ? (Integer) entry.integer("context", 1, 1, LARGEST_CONTEXT) : null,
                region(entry.scalar("region")));
        return said.equals(Abilities.UNKNOWN) ? Abilities.UNKNOWN : said;
    }

    private static @Nullable String region(@Nullable Scalar region) {
        if (region == null) {
            return null;
        }
        boolean valid = region.text().length() <= LONGEST_REGION;
        for (int i = 0; i < region.text().length(); i++) {
            char c = region.text().charAt(i);
            valid &= Scalar.isLetter(c) || Scalar.isDigit(c) || c == '-' || c == '_' || c == '.';
        }
        if (!valid) {
            region.error(region.shown() + " is not a region; allowed: up to " + LONGEST_REGION
                    + " letters, digits, '.', '-' and '_', such as eu-west-1");
            return null;
        }
        return region.text();
    }

    /** {@code provider/model}, of which nothing else is said; null after a problem. */
    @Nullable
    Target target(String modelName, @Nullable Scalar written) {
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
        if (star >= 0 && (star != model.lastIndexOf('*') || !modelName.endsWith("*"))) {
            written.error(written.shown()
                    + " has a '*' that repeats nothing; allowed: one '*', and only when the name ends in '*' too");
            return null;
        }
        return new Target(provider, model);
    }

    /** Who sees copies: one model, also of the requests of a wildcard. */
    @Nullable
    Target mirror(@Nullable Scalar written) {
        if (written != null && written.text().indexOf('*') >= 0) {
            written.error(written.shown() + " has a '*'; allowed: one model, provider/model");
            return null;
        }
        return target("", written);
    }
}
