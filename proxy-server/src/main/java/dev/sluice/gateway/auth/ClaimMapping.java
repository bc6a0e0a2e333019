package dev.sluice.gateway.auth;

import dev.sluice.gateway.config.GatewayConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads out of an issuer's token who somebody is here, as the operator says for this issuer. What a token does not say gets
 * the operator's default; what it says in a form that cannot be meant makes it no good, for a default might be more than
 * what was meant. Thread: any.
 */
final class ClaimMapping {
    private static final Logger LOG = LoggerFactory.getLogger(ClaimMapping.class);
    private static final int MAX_SUBJECT_CHARS = 200;
    private static final int MAX_NAME_CHARS = 100;
    private static final int MAX_TEAM_CHARS = 64;
    private static final int MAX_EMAIL_CHARS = 254;

    /** No model has this name. */
    private static final List<String> NO_MODELS = List.of("");

    private final GatewayConfig.Issuer issuer;
    private final List<String> tiers;
    private final AtomicBoolean unknownTier = new AtomicBoolean();

    ClaimMapping(GatewayConfig.Issuer issuer, List<String> tiers) {
        this.issuer = issuer;
        this.tiers = tiers;
    }

    /** Null when the token does not say who it is, or something else that cannot be understood. */
    @Nullable
    ExternalPerson person(JsonObject claims) {
        GatewayConfig.Claims at = issuer.claims();
        String subject = subject(claims.at(at.user()));
        Object team = at.team() == null ? null : claims.at(at.team());
        List<String> models = models(at.models() == null ? null : claims.at(at.models()));
        List<String> roles = texts(at.roles() == null ? null : claims.at(at.roles()));
        if (subject == null || models == null || roles == null || (team != null && !isTeam(team))) {
            return null;
        }
        return new ExternalPerson(
                issuer.name(),
                subject,
                name(at.name() == null ? null : claims.at(at.name()), subject),
                email(claims),
                team == null ? null : team.toString(),
                role(roles),
                tier(at.tier() == null ? null : claims.at(at.tier())),
                models);
    }

    private static @Nullable String subject(@Nullable Object claim) {
        String subject = claim instanceof Long number ? number.toString() : claim instanceof String text ? text : null;
        boolean good = subject != null && subject.length() <= MAX_SUBJECT_CHARS && PrintableText.is(subject);
        return good ? subject : null;
    }

    private static boolean isTeam(Object claim) {
        return claim instanceof String text && text.length() <= MAX_TEAM_CHARS && PrintableText.is(text);
    }

    private static String name(@Nullable Object claim, String subject) {
        String name = claim instanceof String text ? PrintableText.clip(text, MAX_NAME_CHARS) : "";
        return name.isBlank() ? PrintableText.clip(subject, MAX_NAME_CHARS) : name;
    }

    private static @Nullable String email(JsonObject claims) {
        String email = claims.text("email");
        boolean good = email != null
                && email.length() <= MAX_EMAIL_CHARS
                && PrintableText.is(email)
                && !Boolean.FALSE.equals(claims.get("email_verified"));
        return good ? email : null;
    }

    private Role role(List<String> values) {
        Role strongest = null;
        for (String value : values) {
            String label = issuer.roles().get(value);
            Role role = label == null ? null : Role.of(label);
            if (role != null && (strongest == null || role.compareTo(strongest) < 0)) {
                strongest = role;
            }
        }
        Role standard = Role.of(issuer.role());
        return strongest != null ? strongest : standard != null ? standard : Role.MEMBER;
    }

    private String tier(@Nullable Object claim) {
        if (claim == null) {
            return issuer.tier();
        }
        boolean known = claim instanceof String text && tiers.contains(text);
        if (unknownTier.compareAndSet(known, !known)) {
            LOG.atWarn()
                    .addKeyValue("issuer", issuer.name())
                    .addKeyValue("tier", PrintableText.clip(claim.toString(), MAX_TEAM_CHARS))
                    .addKeyValue("allowed", tiers)
                    .log(
                            known
                                    ? "tokens name a known tier again"
                                    : "a token names an unknown tier; it gets the default");
        }
        return known ? (String) claim : issuer.tier();
    }

    /** Absent: all. An empty list: none. */
    private static @Nullable List<String> models(@Nullable Object claim) {
        List<String> models = texts(claim);
        return claim != null && models != null && models.isEmpty() ? NO_MODELS : models;
    }

    /** One text or a list of texts; null when it is something else. */
    private static @Nullable List<String> texts(@Nullable Object claim) {
        if (claim == null) {
            return List.of();
        }
        if (claim instanceof String text) {
            return List.of(text);
        }
        if (!(claim instanceof List<?> list)) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (Object element : list) {
            if (!(element instanceof String text)) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }
}
