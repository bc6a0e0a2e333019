package dev.sluice.gateway.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code keys}: callers that are known without a database. */
final class KeyReader {
    private static final int LONGEST_NAME = 64;
    private static final Pattern HASH = Pattern.compile("hmac-sha256:([0-9A-Za-z]{8}):[0-9A-Za-z_-]{43}");

    private final Map<String, Place> names = new HashMap<>();
    private final Map<String, Place> ids = new HashMap<>();

    static List<GatewayConfig.Key> read(Section root) {
        KeyReader reader = new KeyReader();
        List<GatewayConfig.Key> keys = new ArrayList<>();
        for (Section section : root.sections("keys")) {
            GatewayConfig.Key key = reader.key(section);
            if (key != null) {
                keys.add(key);
            }
        }
        return keys;
    }

    private GatewayConfig.@Nullable Key key(Section section) {
        String name = name(section.required("name"));
        String hash = hash(section.required("hash"));
        List<String> models = models(section.scalars("models"));
        List<LimitSettings.Amount> limits = LimitReader.ofKey(section.section("limits"));
        Scalar team = section.scalar("team");
        section.done();
        return name == null || hash == null
                ? null
                : new GatewayConfig.Key(name, hash, models, team == null ? null : team.text(), limits);
    }

    private @Nullable String name(@Nullable Scalar name) {
        if (name == null) {
            return null;
        }
        if (name.text().length() > LONGEST_NAME) {
            name.error(name.shown() + " is longer than the allowed " + LONGEST_NAME + " characters");
        }
        Place first = names.putIfAbsent(name.text(), name.place());
        if (first != null) {
            name.error(name.shown() + " is the name of the key in line " + first.line() + " too");
        }
        return name.text();
    }

    /** What is written here is never shown: it may be the key itself, by mistake. */
    private @Nullable String hash(@Nullable Scalar hash) {
        if (hash == null) {
            return null;
        }
        Matcher matcher = HASH.matcher(hash.text());
        if (!matcher.matches()) {
            hash.error("is not a stored key; allowed: hmac-sha256:<id>:<hash>, as 'sluice keys create' prints it");
            return null;
        }
        Place first = ids.putIfAbsent(matcher.group(1), hash.place());
        if (first != null) {
            hash.error("is the key of line " + first.line() + " again");
        }
        return hash.text();
    }

    private static List<String> models(List<Scalar> written) {
        List<String> models = new ArrayList<>();
        for (Scalar model : written) {
            int star = model.text().indexOf('*');
            if (star >= 0 && star != model.text().length() - 1) {
                model.error(model.shown() + " has a '*' inside; allowed: one '*' as the last character");
            } else {
                models.add(model.text());
            }
        }
        return models;
    }
}
