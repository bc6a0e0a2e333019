package dev.sluice.gateway.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.AccountDesk.Visitor;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PagesTest {
    private final Pages clear = new Pages(server(null));
    private final Pages encrypted = new Pages(server(new GatewayConfig.Tls(Path.of("cert"), Path.of("key"))));

    private static GatewayConfig.Server server(GatewayConfig.@Nullable Tls tls) {
        return new GatewayConfig.Server(
                new GatewayConfig.Address("127.0.0.1", 0),
                tls,
                GatewayConfig.Transport.NIO,
                /* reusePort= */ false,
                1,
                Duration.ZERO,
                Duration.ZERO,
                List.of("https://app.example", "http://localhost:3000"),
                GatewayConfig.Limits.DEFAULT);
    }

    private static Visitor visitor(@Nullable String origin, @Nullable String host) {
        return new Visitor(InetAddress.getLoopbackAddress(), "req_1", origin, host);
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example,gateway.example,true",
        "http://localhost:3000,gateway.example,true",
        "https://gateway.example,gateway.example,true",
        "https://gateway.example:8443,Gateway.example:8443,true",
        "http://gateway.example,gateway.example,true",
        ",gateway.example,false",
        "null,gateway.example,false",
        "https://gateway.example,,false",
        "http://app.example,gateway.example,false",
        "https://app.example.attacker.example,gateway.example,false",
        "https://app.example:444,gateway.example,false",
        "https://gateway.example:8443,gateway.example,false",
        "https://attacker.example,gateway.example,false",
        "https://APP.example,gateway.example,false"
    })
    void theCookieIsForThePagesOfThisHostAndThoseThatAreNamed(
            @Nullable String origin, @Nullable String host, boolean allowed) {
        assertThat(clear.mayUseCookie(visitor(origin, host))).isEqualTo(allowed);
    }

    @Test
    void aPageInClearTextIsNotOfAHostThatSpeaksTls() {
        assertThat(encrypted.mayUseCookie(visitor("http://gateway.example", "gateway.example")))
                .isFalse();
        assertThat(encrypted.mayUseCookie(visitor("https://gateway.example", "gateway.example")))
                .isTrue();
    }

    @Test
    void theCookieIsOutOfTheReachOfScriptsAndOtherSites() {
        Visitor here = visitor("http://localhost:3000", "gateway.example");

        assertThat(clear.cookie(here, "slr_token", Duration.ofDays(30)).reveal())
                .isEqualTo("sluice_refresh=slr_token; Path=/auth; Max-Age=2592000; HttpOnly; SameSite=Strict");
        assertThat(encrypted.cookie(here, "slr_token", Duration.ofDays(30)).reveal())
                .endsWith("; HttpOnly; SameSite=Strict; Secure");
        assertThat(clear.noCookie(here).reveal())
                .isEqualTo("sluice_refresh=; Path=/auth; Max-Age=0; HttpOnly; SameSite=Strict");
    }

    @Test
    void behindSomebodyWhoTerminatesTlsTheCookieIsSecureToo() {
        assertThat(clear.cookie(visitor("https://app.example", "gateway.example"), "t", Duration.ofDays(1))
                        .reveal())
                .endsWith("; Secure");
    }
}
