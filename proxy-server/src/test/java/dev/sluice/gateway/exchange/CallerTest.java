package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.AuthResult;
import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.Configs;
import java.net.InetAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class CallerTest {
    private int asked;
    private Instant now = Instant.ofEpochSecond(1_000);
    private final InstantSource clock = () -> now;
    private final Caller caller = new Caller(InetAddress.getLoopbackAddress(), clock);

    private Rules rules(String goodKey) {
        Authenticator authenticator = (key, from) -> {
            asked++;
            return goodKey.equals(key) ? new Principal(goodKey, goodKey, null, List.of()) : AuthResult.Refused.INVALID;
        };
        return new Rules(authenticator, Configs.routes(GatewayConfig.Timeouts.DEFAULT), 64);
    }

    @Test
    void aGoodKeyIsAskedForOnceForEachConnection() {
        Rules rules = rules("good");
        for (int i = 0; i < 3; i++) {
            assertThat(caller.authenticate(rules, "good")).isInstanceOf(Principal.class);
        }
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void anotherKeyAndNoKeyAreAskedForEachTime() {
        Rules rules = rules("good");
        assertThat(caller.authenticate(rules, "good")).isInstanceOf(Principal.class);
        assertThat(caller.authenticate(rules, "bad")).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(caller.authenticate(rules, null)).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(caller.authenticate(rules, "bad")).isEqualTo(AuthResult.Refused.INVALID);
        assertThat(asked).isEqualTo(4);
    }

    @Test
    void underNewRulesTheSameKeyIsAskedForAgain() {
        assertThat(caller.authenticate(rules("good"), "good")).isInstanceOf(Principal.class);
        assertThat(caller.authenticate(rules("other"), "good")).isEqualTo(AuthResult.Refused.INVALID);
    }

    @Test
    void whatHasExpiredIsAskedForAgain() {
        Principal shortLived = new Principal(
                "key", "key", null, null, Role.SERVICE, null, Map.of(), List.of(), List.of(), /* validUntil= */ 1_010);
        Authenticator authenticator = (key, from) -> {
            asked++;
            return shortLived;
        };
        Rules rules = new Rules(authenticator, Configs.routes(GatewayConfig.Timeouts.DEFAULT), 64);
        caller.authenticate(rules, "good");
        now = Instant.ofEpochSecond(1_010);
        caller.authenticate(rules, "good");
        assertThat(asked).isEqualTo(1);
        now = Instant.ofEpochSecond(1_011);
        caller.authenticate(rules, "good");

        assertThat(asked).isEqualTo(2);
    }
}
