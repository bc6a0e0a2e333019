package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PresentedKeyTest {

    @ParameterizedTest
    @CsvSource({
        "authorization, Bearer k-1, k-1",
        "Authorization, bearer k-1, k-1",
        "authorization, 'BEARER   k-1 ', k-1",
        "x-api-key, k-1, k-1",
        "api-key, k-1, k-1",
        "X-Goog-Api-Key, k-1, k-1"
    })
    void isFoundWhereverTheClientsOfTheFieldPutIt(String name, String value, String key) {
        assertThat(PresentedKey.of(new DefaultHttpHeaders().set(name, value), "/v1/models"))
                .isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"k-1", "Basic azpr", "Bearer", ""})
    void anAuthorizationOfAnotherKindIsNone(String value) {
        assertThat(PresentedKey.of(new DefaultHttpHeaders().set("authorization", value), "/v1/models"))
                .isNull();
    }

    @Test
    void anAuthorizationOfAnotherKindHidesNoOtherKey() {
        HttpHeaders headers =
                new DefaultHttpHeaders().set("authorization", "Basic azpr").set("x-api-key", "k-1");

        assertThat(PresentedKey.of(headers, "/v1/models")).isEqualTo("k-1");
    }

    @Test
    void theBearerCountsFirst() {
        HttpHeaders headers = new DefaultHttpHeaders().set("x-api-key", "k-2").set("authorization", "Bearer k-1");

        assertThat(PresentedKey.of(headers, "/v1/models")).isEqualTo("k-1");
    }

    @Test
    void noneIsNone() {
        assertThat(PresentedKey.of(new DefaultHttpHeaders(), "/v1/models")).isNull();
    }
}
