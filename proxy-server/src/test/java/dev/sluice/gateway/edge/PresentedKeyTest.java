package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.exchange.Caller;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PresentedKeyTest {
    private final Caller caller = new Caller(InetAddress.getLoopbackAddress(), InstantSource.system());

    /** The same from Netty's headers and from ours. */
    private @Nullable String found(HttpHeaders headers) {
        String found = PresentedKey.of(headers, "/v1/models", caller);
        assertThat(PresentedKey.of(new FieldLines().add(headers), "/v1/models", caller))
                .isEqualTo(found);
        return found;
    }

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
        assertThat(found(new DefaultHttpHeaders().set(name, value))).isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"k-1", "Basic azpr", "Bearer", ""})
    void anAuthorizationOfAnotherKindIsNone(String value) {
        assertThat(found(new DefaultHttpHeaders().set("authorization", value))).isNull();
    }

    @Test
    void anAuthorizationOfAnotherKindHidesNoOtherKey() {
        HttpHeaders headers =
                new DefaultHttpHeaders().set("authorization", "Basic azpr").set("x-api-key", "k-1");

        assertThat(found(headers)).isEqualTo("k-1");
    }

    @Test
    void theBearerCountsFirst() {
        HttpHeaders headers = new DefaultHttpHeaders().set("x-api-key", "k-2").set("authorization", "Bearer k-1");

        assertThat(found(headers)).isEqualTo("k-1");
    }

    @Test
    void noneIsNone() {
        assertThat(found(new DefaultHttpHeaders())).isNull();
    }

    @Test
    void geminisClientsMayPutItInTheQuery() {
        for (HttpHeaders headers : new HttpHeaders[] {new DefaultHttpHeaders(), new FieldLines()}) {
            assertThat(PresentedKey.of(headers, "/v1beta/models?alt=sse&key=k-1&x=y", caller))
                    .isEqualTo("k-1");
            assertThat(PresentedKey.of(headers, "/v1/models?key=k-1", caller)).isNull();
        }
    }
}
