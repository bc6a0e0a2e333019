package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes a request a browser's question, and which headers a page may send. */
class PreflightTest {

    @Test
    void onlyAnOptionsWithOriginAndMethodAsks() {
        assertThat(Preflight.is(request(HttpMethod.OPTIONS, "origin", "access-control-request-method")))
                .isTrue();
        assertThat(Preflight.is(request(HttpMethod.OPTIONS, "origin"))).isFalse();
        assertThat(Preflight.is(request(HttpMethod.OPTIONS, "access-control-request-method")))
                .isFalse();
        assertThat(Preflight.is(request(HttpMethod.POST, "origin", "access-control-request-method")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "authorization",
                "content-type",
                "x-api-key",
                "api-key",
                "x-goog-api-key",
                "x-session-id",
                "x-request-id",
                "x-sluice-tags",
                "idempotency-key",
                "anthropic-version",
                "anthropic-beta",
                "anthropic-dangerous-direct-browser-access",
                "openai-organization",
                "x-stainless-runtime-version",
                "Authorization",
                "X-Stainless-OS"
            })
    void whatClientLibrariesSendIsAllowed(String name) {
        assertThat(allowed(name)).isEqualToIgnoringCase(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x-forwarded-for",
                "x-internal",
                "cookie",
                "*",
                "x-sluice-ä",
                "x-sluice-\tx",
                "x-sluice- a",
                "authorization;q=1",
                ""
            })
    void nothingElseIs(String name) {
        assertThat(allowed(name)).isNull();
    }

    @Test
    void theAllowedAmongManyAreRepeatedInTheirOrder() {
        assertThat(allowed(" x-sluice-user ,,x-evil, authorization,content-type"))
                .isEqualTo("x-sluice-user, authorization, content-type");
    }

    @Test
    void whoeverAsksForNoHeaderIsToldAboutNone() {
        HttpHeaders answer =
                Preflight.answer(DefaultHttpHeadersFactory.headersFactory().newEmptyHeaders());

        assertThat(answer.contains("access-control-allow-headers")).isFalse();
        assertThat(answer.get("access-control-allow-methods")).isEqualTo("GET, HEAD, POST, PUT, PATCH, DELETE");
        assertThat(answer.get("access-control-max-age")).isEqualTo("600");
    }

    private static @Nullable String allowed(String wanted) {
        HttpHeaders asked = DefaultHttpHeadersFactory.headersFactory()
                .withValidation(false)
                .newHeaders()
                .add("access-control-request-headers", wanted);
        return Preflight.answer(asked).get("access-control-allow-headers");
    }

    private static HttpRequest request(HttpMethod method, String... headers) {
        HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, "/v1/models");
        for (String header : headers) {
            request.headers().set(header, "x");
        }
        return request;
    }
}
