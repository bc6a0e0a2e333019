package dev.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig.Auth;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AuthReaderTest {
    @TempDir
    Path dir;

    private ConfigText text() {
        return new ConfigText(dir, Map.of());
    }

    @Test
    void keysAloneAreAcceptedWhenNothingIsSaid() throws ConfigException {
        Auth auth = text().config("data_dir: d\n").auth();

        assertThat(auth.modes()).containsExactly(Auth.Mode.KEYS);
        assertThat(auth.tiers()).containsExactly("free", "premium");
        assertThat(auth.users().register()).isFalse();
        assertThat(auth.issuers()).isEmpty();
    }

    @Test
    void readsAnIssuerToTheLetter() throws ConfigException {
        Auth auth = text().config("""
                auth:
                  mode: [keys, jwt]
                  tiers: [free, gold]
                  users: { register: true, access_token: 5m, refresh_token: 7d, tier: gold }
                  issuers:
                    corp:
                      issuer: https://login.example/
                      audiences: [sluice]
                      algorithms: [ES256]
                      claims: { user: email, team: org.team }
                      roles: { "llm admins": admin }
                      role: service
                """).auth();

        assertThat(auth.modes()).containsExactly(Auth.Mode.KEYS, Auth.Mode.JWT);
        assertThat(auth.users())
                .isEqualTo(new GatewayConfig.Users(true, Duration.ofMinutes(5), Duration.ofDays(7), "gold"));
        assertThat(auth.issuers().get("corp"))
                .isEqualTo(new GatewayConfig.Issuer(
                        "corp",
                        "https://login.example/",
                        List.of("sluice"),
                        List.of("ES256"),
                        null,
                        false,
                        new GatewayConfig.Claims("email", "name", "org.team", null, null, null),
                        Map.of("llm admins", "admin"),
                        "service",
                        "free"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`auth: { mode: [keys, none] }` | `auth.mode: has 'none' beside others; allowed: 'none' alone, or keys and jwt`",
                "`auth: { mode: keys, issuers: { a: { issuer: \"https://a\", audiences: [b] } } }` |"
                        + " `auth.mode: 'keys' lets no token in, and there are issuers; allowed: jwt`",
                "`auth: { mode: jwt, issuers: { a: { issuer: \"http://a\", audiences: [b] } } }` |"
                        + " `auth.issuers.a.issuer: is not https; allowed: https, or http with allow_private: true`",
                "`auth: { mode: jwt, issuers: { a: { issuer: \"https://a\", audiences: [b], algorithms: [HS256] } } }` |"
                        + " `auth.issuers.a.algorithms[0]: 'HS256' is not one of the allowed values`",
                "`auth: { mode: jwt, issuers: { \"a:b\": { issuer: \"https://a\", audiences: [b] } } }` |"
                        + " `auth.issuers.a:b: is no name of an issuer; allowed: up to 32 of a-z, A-Z, 0-9, '-' and '_'`",
                "`auth: { tiers: [Gold] }` | `auth.tiers[0]: 'Gold' is no tier; allowed: up to 32 of a-z, 0-9, '-' and '_'`",
                "`auth: { users: { tier: gold } }` | `auth.users.tier: 'gold' is not one of the allowed values: free, premium`",
                "`server: { cors: { origins: [\"https://a.example/x\"] } }` | `server.cors.origins[0]: 'https://a.example/x' has a path`",
                "`server: { cors: { origins: [\"*\"] } }` | `server.cors.origins[0]: '*' is not usable`",
                "`admin: { oidc: { issuer: corp, client_id: a, redirect_url: \"https://g/auth/oidc/callback\" } }` |"
                        + " `admin.oidc.issuer: 'corp' is not among auth.issuers`",
            })
    void refusesWhatLetsTheWrongOnesIn(String yaml, String problem) {
        assertThat(String.join("\n", text().problems(yaml + "\n"))).contains(problem);
    }

    @Test
    void writesOriginsAsBrowsersDo() throws ConfigException {
        assertThat(text().config(
                                "server: { cors: { origins: [\"https://App.Example:443/\", \"http://localhost:3000\"] } }\n")
                        .server()
                        .corsOrigins())
                .containsExactly("https://app.example", "http://localhost:3000");
    }
}
