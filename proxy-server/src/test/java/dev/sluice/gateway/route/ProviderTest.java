package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.Configs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderTest {

    private static Provider at(String baseUrl) {
        return new Provider(
                Configs.provider("p", baseUrl, "very-secret"),
                Dialects.provider("openai", Dialects.HostOptions.NONE),
                RouteTable.CredentialSource.KEYS.of(
                        Configs.provider("p", baseUrl, "very-secret"),
                        Dialects.provider("openai", Dialects.HostOptions.NONE).get(0)),
                GatewayConfig.AbortPolicy.CANCEL);
    }

    @ParameterizedTest
    @CsvSource({
        "https://api.example.com/v1, true, api.example.com, 443, api.example.com",
        "https://API.Example.com:443/v1, true, api.example.com, 443, api.example.com",
        "https://api.example.com:8443, true, api.example.com, 8443, api.example.com:8443",
        "http://api.example.com, false, api.example.com, 80, api.example.com",
        "http://api.example.com:443, false, api.example.com, 443, api.example.com:443",
        "HTTPS://api.example.com:80, true, api.example.com, 80, api.example.com:80",
        "http://[::1]:11434/v1, false, ::1, 11434, [::1]:11434",
        "https://[2001:db8::1]/v1, true, 2001:db8::1, 443, [2001:db8::1]"
    })
    void aBaseUrlNamesTheOriginAndItsAuthority(String url, boolean tls, String host, int port, String authority) {
        Provider provider = at(url);

        assertThat(provider.origin()).isEqualTo(new Origin(tls, host, port, null));
        assertThat(provider.authority()).isEqualTo(authority);
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example/v1, /v1/chat/completions",
        "https://a.example/v1/, /v1/chat/completions",
        "https://a.example/openai/v1//, /openai/v1/chat/completions",
        "https://a.example, /chat/completions",
        "https://a.example/a%20b, /a%20b/chat/completions"
    })
    void pathsBeginWithThatOfTheBaseUrl(String url, String path) {
        assertThat(at(url).pathPrefix() + "/chat/completions").isEqualTo(path);
    }

    @Test
    void whatIsServedHasADialectThatServesIt() {
        Provider provider = at("https://a.example/v1");
        for (Endpoint asked : Endpoint.values()) {
            Serving serving = provider.serving(asked);
            if (serving != null) {
                assertThat(serving.endpoint().operation()).isEqualTo(asked.operation());
                assertThat(serving.dialect().path(serving.endpoint(), "m", false))
                        .startsWith("/");
            }
        }
    }

    @Test
    void theKeyIsNotInItsName() {
        assertThat(at("https://a.example")).hasToString("p");
        assertThat(String.valueOf(at("https://a.example").credentials())).doesNotContain("very-secret");
    }
}
