package dev.sluice.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.Secret;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdminGateTest {
    private static final String API = "/admin/api/usage";

    private final AdminGate open = new AdminGate(null);
    private final AdminGate guarded = new AdminGate(new Secret("s3cret-token"));

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:8081", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:8081"})
    void letsLocalNamesInWithoutAToken(String host) {
        assertThat(open.refuse(API, headers("host", host))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8081",
                "localhost.evil.example",
                "127.0.0.1.nip.io:8081",
                "10.0.0.1",
                "[::2]:8081",
                "::1",
                "localhost:80:80",
                "user@localhost",
                ""
            })
    void refusesForeignNamesWithoutAToken(String host) {
        assertThat(open.refuse(API, headers("host", host)))
                .extracting(AdminResponse::status)
                .isEqualTo(403);
        assertThat(open.refuse("/metrics", headers("host", host)))
                .extracting(AdminResponse::status)
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://evil.example", "http://evil.example:8081", "http://localhost.evil.example", "null", ""})
    void refusesPagesOfOtherHostsWithoutAToken(String origin) {
        HttpHeaders headers = headers("host", "127.0.0.1:8081").add("origin", origin);

        assertThat(open.refuse("/admin/api/reload", headers))
                .extracting(AdminResponse::status)
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:8081", "http://127.0.0.1:3000", "https://[::1]:8081"})
    void letsPagesOfThisMachineInWithoutAToken(String origin) {
        assertThat(open.refuse(API, headers("host", "127.0.0.1:8081").add("origin", origin)))
                .isNull();
    }

    @Test
    void refusesNoHostAndTwoHosts() {
        HttpHeaders two = headers("host", "localhost").add("host", "evil.example");

        assertThat(open.refuse(API, new DefaultHttpHeaders())).isNotNull();
        assertThat(open.refuse(API, two)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer s3cret-token", "bearer s3cret-token", "BEARER  s3cret-token"})
    void letsTheTokenIn(String authorization) {
        assertThat(guarded.refuse(API, headers("authorization", authorization))).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Bearer",
                "Bearer ",
                "Bearer s3cret-toke",
                "Bearer s3cret-token2",
                "Bearer S3CRET-TOKEN",
                "Basic s3cret-token",
                "s3cret-token"
            })
    void refusesEverythingElseAndNeverRepeatsIt(String authorization) {
        AdminResponse refusal = Objects.requireNonNull(guarded.refuse(API, headers("authorization", authorization)));

        assertThat(refusal.status()).isEqualTo(401);
        assertThat(refusal.headers()).containsEntry("www-authenticate", "Bearer");
        assertThat(refusal.body()).containsIgnoringCase("bearer").doesNotContainIgnoringCase("s3cret");
    }

    @Test
    void refusesARequestWithTwoTokens() {
        HttpHeaders two = headers("authorization", "Bearer s3cret-token").add("authorization", "Bearer s3cret-token");

        assertThat(guarded.refuse(API, two)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/admin/api", "/admin/api/", "/admin/api/usage", "/admin/api/unknown"})
    void guardsEverythingUnderTheApi(String path) {
        assertThat(guarded.refuse(path, new DefaultHttpHeaders())).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/healthz", "/health/detailed", "/admin/apis"})
    void asksForNoTokenElsewhereWhateverTheHost(String path) {
        assertThat(guarded.refuse(path, headers("host", "sluice.internal:8081")))
                .isNull();
    }

    private static HttpHeaders headers(String name, String value) {
        return new DefaultHttpHeaders().add(name, value);
    }
}
