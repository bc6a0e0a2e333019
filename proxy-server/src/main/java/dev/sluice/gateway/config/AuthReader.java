package dev.sluice.gateway.config;

import dev.sluice.gateway.config.GatewayConfig.Auth;
import dev.sluice.gateway.config.GatewayConfig.Claims;
import dev.sluice.gateway.config.GatewayConfig.Issuer;
import dev.sluice.gateway.config.GatewayConfig.Oidc;
import dev.sluice.gateway.config.GatewayConfig.Users;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code auth} and {@code admin.oidc}: whose credentials are accepted. */
final class AuthReader {
    /** As {@code auth.Role} has them; that room is behind this one. */
    private static final List<String> ROLES = List.of("owner", "admin", "auditor", "member", "service");

    private static final List<String> MODES = List.of("keys", "jwt", "none");
    private static final Pattern TIER = Pattern.compile("[a-z0-9][a-z0-9_-]{0,31}");

    /** Usage is kept under {@code user:<issuer>:<subject>}: no colon. */
    private static final Pattern ISSUER_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,31}");

    private static final Duration SHORTEST_TOKEN = Duration.ofSeconds(30);
    private static final Duration LONGEST_ACCESS = Duration.ofHours(1);
    private static final Duration LONGEST_REFRESH = Duration.ofDays(365);

    private final Section section;
    private final Problems problems;

    private AuthReader(Section section) {
        this.section = section;
        this.problems = section.problems();
    }

    static Auth read(Section section) {
        return new AuthReader(section).auth();
    }

    private Auth auth() {
        Set<Auth.Mode> modes = modes();
        List<String> tiers = tiers();
        Users users = users(section.section("users"), tiers);
        Map<String, Issuer> issuers = new LinkedHashMap<>();
        Section all = section.section("issuers");
        for (String name : all.names()) {
            if (!ISSUER_NAME.matcher(name).matches()) {
                problems.error(all.atKey(name), "is no name of an issuer; allowed: up to 32 of a-z, A-Z, 0-9, '-' and '_'");
            }
            Issuer issuer = issuer(name, all.section(name), tiers);
            if (issuer != null) {
                issuers.put(name, issuer);
            }
        }
        all.done();
        section.done();
        if (!issuers.isEmpty() && !modes.contains(Auth.Mode.JWT)) {
            problems.error(
                    section.at("mode"), "'" + text(modes) + "' lets no token in, and there are issuers; allowed: jwt");
        }
        return new Auth(modes, tiers, users, issuers);
    }

    private Set<Auth.Mode> modes() {
        Set<Auth.Mode> modes = EnumSet.noneOf(Auth.Mode.class);
        if (section.isList("mode")) {
            for (Scalar scalar : section.scalars("mode")) {
                String mode = scalar.choice(MODES);
                if (mode != null) {
                    modes.add(Auth.Mode.valueOf(mode.toUpperCase(Locale.ROOT)));
                }
            }
        } else {
            modes.add(Auth.Mode.valueOf(section.choice("mode", "keys", MODES).toUpperCase(Locale.ROOT)));
        }
        if (modes.contains(Auth.Mode.NONE) && modes.size() > 1) {
            problems.error(section.at("mode"), "has 'none' beside others; allowed: 'none' alone, or keys and jwt");
            modes.remove(Auth.Mode.NONE);
        }
        return modes.isEmpty() ? EnumSet.of(Auth.Mode.KEYS) : modes;
    }

    private static String text(Set<Auth.Mode> modes) {
        return String.join(
                ", ",
                modes.stream().map(mode -> mode.name().toLowerCase(Locale.ROOT)).toList());
    }

    private List<String> tiers() {
        if (!section.has("tiers")) {
            return Auth.DEFAULT_TIERS;
        }
        List<String> tiers = new ArrayList<>();
        for (Scalar tier : section.scalars("tiers")) {
            if (!TIER.matcher(tier.text()).matches()) {
                tier.error(tier.shown() + " is no tier; allowed: up to 32 of a-z, 0-9, '-' and '_'");
            } else if (tiers.contains(tier.text())) {
                tier.error(tier.shown() + " stands in the list twice");
            } else {
                tiers.add(tier.text());
            }
        }
        return tiers;
    }

    private static Users users(Section users, List<String> tiers) {
        Users standard = Users.DEFAULT;
        boolean register = users.flag("register", standard.register());
        Duration access = users.duration("access_token", standard.accessToken(), SHORTEST_TOKEN, LONGEST_ACCESS);
        Duration refresh = users.duration("refresh_token", standard.refreshToken(), SHORTEST_TOKEN, LONGEST_REFRESH);
        String tier = tier(users, tiers);
        users.done();
        return new Users(register, access, refresh, tier);
    }

    /** What is written there, else the one that is called free, else the first there is. */
    private static String tier(Section section, List<String> tiers) {
        String standard = tiers.contains(Users.DEFAULT.tier()) || tiers.isEmpty() ? Users.DEFAULT.tier() : tiers.get(0);
        return section.choice("tier", standard, tiers);
    }

    private @Nullable Issuer issuer(String name, Section section, List<String> tiers) {
        Scalar written = section.required("issuer");
        URI issuer = url(written);
        if (!section.has("audiences")) {
            section.required("audiences");
        }
        List<String> audiences = texts(section.scalars("audiences"));
        List<String> algorithms = algorithms(section);
        URI jwks = url(section.scalar("jwks"));
        boolean allowPrivate = section.flag("allow_private", false);
        Claims claims = claims(section.section("claims"));
        Map<String, String> roles = roles(section.section("roles"));
        String role = section.choice("role", "member", ROLES);
        String tier = tier(section, tiers);
        section.done();
        refusePlain(section, "issuer", issuer, allowPrivate);
        refusePlain(section, "jwks", jwks, allowPrivate);
        if (written == null || issuer == null || audiences.isEmpty()) {
            return null;
        }
        return new Issuer(name, written.text(), audiences, algorithms, jwks, allowPrivate, claims, roles, role, tier);
    }

    private void refusePlain(Section issuer, String key, @Nullable URI url, boolean allowPrivate) {
        if (url != null && !allowPrivate && !"https".equals(url.getScheme())) {
            problems.error(issuer.at(key), "is not https; allowed: https, or http with allow_private: true");
        }
    }

    private static List<String> algorithms(Section section) {
        if (!section.has("algorithms")) {
            return List.of("RS256", "ES256", "EdDSA");
        }
        List<String> algorithms = new ArrayList<>();
        for (Scalar scalar : section.scalars("algorithms")) {
            String algorithm = scalar.choice(Issuer.ALGORITHMS);
            if (algorithm != null) {
                algorithms.add(algorithm);
            }
        }
        return algorithms.isEmpty() ? Issuer.ALGORITHMS : algorithms;
    }

    private static Claims claims(Section section) {
        Claims standard = Claims.DEFAULT;
        Scalar user = section.scalar("user");
        Scalar name = section.scalar("name");
        Claims claims = new Claims(
                user == null ? standard.user() : user.text(),
                name == null ? standard.name() : name.text(),
                text(section.scalar("team")),
                text(section.scalar("tier")),
                text(section.scalar("roles")),
                text(section.scalar("models")));
        section.done();
        return claims;
    }

    private static Map<String, String> roles(Section section) {
        Map<String, String> roles = new LinkedHashMap<>();
        for (String value : section.names()) {
            Scalar role = section.scalar(value);
            String known = role == null ? null : role.choice(ROLES);
            if (known != null) {
                roles.put(value, known);
            }
        }
        section.done();
        return roles;
    }

    static @Nullable Oidc oidc(Section admin, Auth auth) {
        if (!admin.has("oidc")) {
            return null;
        }
        Section section = admin.section("oidc");
        Scalar issuer = section.required("issuer");
        Scalar clientId = section.required("client_id");
        Scalar secret = section.scalar("client_secret");
        Scalar redirect = section.required("redirect_url");
        List<String> scopes = section.has("scopes") ? texts(section.scalars("scopes")) : Oidc.DEFAULT_SCOPES;
        URI redirectUrl = url(redirect);
        section.done();
        if (issuer != null && !auth.issuers().containsKey(issuer.text())) {
            issuer.error(issuer.shown() + " is not among auth.issuers; allowed: "
                    + (auth.issuers().isEmpty()
                            ? "one that is configured there"
                            : String.join(", ", auth.issuers().keySet())));
            return null;
        }
        if (issuer == null || clientId == null || redirectUrl == null) {
            return null;
        }
        return new Oidc(
                issuer.text(), clientId.text(), secret == null ? null : new Secret(secret.text()), redirectUrl, scopes);
    }

    private static @Nullable URI url(@Nullable Scalar scalar) {
        return scalar == null ? null : scalar.baseUrl();
    }

    private static @Nullable String text(@Nullable Scalar scalar) {
        return scalar == null ? null : scalar.text();
    }

    private static List<String> texts(List<Scalar> scalars) {
        return scalars.stream().map(Scalar::text).toList();
    }
}
