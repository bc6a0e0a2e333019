package dev.sluice.gateway.admin;

import static dev.sluice.gateway.admin.Shape.Member.optional;
import static dev.sluice.gateway.admin.Shape.Member.required;

import dev.sluice.gateway.admin.Shape.MemberType;
import dev.sluice.gateway.store.KeySettings;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a body says about a key that is to be made or changed, as settings that {@link KeyRules} has yet to check. */
final class KeyWish {
    private static final Duration LONGEST_LIFE = Duration.ofDays(36_500);

    private static final List<Shape.Member> OF_BOTH = List.of(
            optional("team", MemberType.TEXT, "the tenant; the caller's own when absent"),
            optional("owner", MemberType.TEXT, "id of the user it belongs to, who is of the same team"),
            optional("models", MemberType.TEXTS, "names or `prefix*` that it may use; none: all"),
            optional("endpoints", MemberType.TEXTS, "labels of endpoints, or `prefix*`, that it may call; none: all"),
            optional("tags", MemberType.NAMES, "put on each of its calls"),
            optional("tier", MemberType.TEXT, "one of `auth.tiers`; null: the owner's or the team's"),
            optional("ip_ranges", MemberType.TEXTS, "networks in CIDR notation it may be used from; none: everywhere"),
            optional("not_before", MemberType.TIME, "when it begins to be good; null: at once"),
            optional("expires_at", MemberType.TIME, "when it ceases to be good; null: never"),
            optional("expires_in", MemberType.TEXT, "instead of `expires_at`: a duration from now, such as 30d"),
            optional("enabled", MemberType.FLAG, "false: switched off"),
            optional("metadata", MemberType.OBJECT, "an object of your own"));

    static final Shape.Body NEW =
            new Shape.Body("NewKey", Shape.with(required("name", MemberType.TEXT, "what to call it"), OF_BOTH), """
            {"name":"checkout","team":"shop","models":["gpt-4o*"],"endpoints":["chat.completions"],\
            "tags":{"app":"checkout"},"tier":"premium","ip_ranges":["10.0.0.0/8"],"expires_in":"90d","metadata":{"ticket":17}}""");

    static final Shape.Body CHANGE = new Shape.Body(
            "KeyChange",
            Shape.with(optional("name", MemberType.TEXT, "what to call it"), OF_BOTH),
            "{\"models\":[],\"tier\":null,\"enabled\":false}");

    private KeyWish() {}

    /** @param team of the caller */
    static KeySettings create(Body body, String team, Instant now) throws InvalidParameterException {
        String wanted = body.text("team");
        String name = body.text("name");
        return new KeySettings(
                name == null ? "" : name,
                wanted == null ? team : wanted,
                body.text("owner"),
                body.texts("models"),
                body.texts("endpoints"),
                body.names("tags"),
                body.text("tier"),
                body.texts("ip_ranges"),
                body.time("not_before"),
                expiry(body, null, now),
                body.flag("enabled", true),
                body.object("metadata").text());
    }

    /** What is not in the body stays as it is; what is null there is taken away. */
    static KeySettings change(Body body, KeySettings is, Instant now) throws InvalidParameterException {
        String name = body.text("name");
        String team = body.text("team");
        return new KeySettings(
                body.has("name") ? (name == null ? "" : name) : is.name(),
                team == null ? is.teamId() : team,
                body.has("owner") ? body.text("owner") : is.ownerId(),
                body.has("models") ? body.texts("models") : is.models(),
                body.has("endpoints") ? body.texts("endpoints") : is.endpoints(),
                body.has("tags") ? body.names("tags") : is.tags(),
                body.has("tier") ? body.text("tier") : is.tier(),
                body.has("ip_ranges") ? body.texts("ip_ranges") : is.ipRanges(),
                body.has("not_before") ? body.time("not_before") : is.notBefore(),
                expiry(body, is.expiresAt(), now),
                body.flag("enabled", is.enabled()),
                body.has("metadata") ? body.object("metadata").text() : is.metadata());
    }

    private static @Nullable Instant expiry(Body body, @Nullable Instant is, Instant now)
            throws InvalidParameterException {
        String in = body.text("expires_in");
        if (in == null) {
            return body.has("expires_at") ? body.time("expires_at") : is;
        }
        if (body.time("expires_at") != null) {
            throw new InvalidParameterException(
                    "expires_in", "`expires_in` and `expires_at` are both given; allowed: one of them");
        }
        return now.plus(TimeSpan.parse(in, "expires_in", LONGEST_LIFE)).truncatedTo(ChronoUnit.SECONDS);
    }
}
