package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.http1.FieldLines;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderPolicyTest {

    private static HttpHeaders headers(String name, String value) {
        return new DefaultHttpHeaders().set(name, value);
    }

    // ---- from caller to provider ----------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                "accept",
                "idempotency-key",
                "OpenAI-Beta",
                "anthropic-version",
                "anthropic-beta",
                "x-stainless-lang",
                "user-agent",
                "originator",
                "session_id",
                "x-client-request-id",
                "traceparent",
                "tracestate"
            })
    void whatConcernsTheProviderTravelsOn(String name) {
        assertThat(HeaderPolicy.toProvider(headers(name, "v"), /* sameDialect= */ true)
                        .get(name))
                .isEqualTo("v");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "authorization",
                "Authorization",
                "x-api-key",
                "api-key",
                "x-goog-api-key",
                "proxy-authorization",
                "cookie",
                "openai-organization",
                "openai-project",
                "host",
                "connection",
                "transfer-encoding",
                "content-length",
                "content-encoding",
                "accept-encoding",
                "expect",
                "te",
                "upgrade",
                "x-forwarded-for",
                "forwarded",
                "via",
                "x-sluice-tags",
                "x-sluice-user",
                "x-request-id",
                "x-anything-else"
            })
    void nothingElseDoes(String name) {
        assertThat(HeaderPolicy.toProvider(headers(name, "v"), /* sameDialect= */ true))
                .isEmpty();
    }

    @Test
    void aProviderOfAnotherDialectIsToldLittle() {
        HttpHeaders received = new DefaultHttpHeaders()
                .set("anthropic-beta", "a")
                .set("user-agent", "sdk")
                .set("accept", "text/event-stream")
                .set("traceparent", "00-1-2-01");
        assertThat(HeaderPolicy.toProvider(received, /* sameDialect= */ false).names())
                .containsExactly("traceparent");
    }

    @Test
    void aHeaderThatIsSentTwiceTravelsTwice() {
        HttpHeaders received =
                new DefaultHttpHeaders().add("anthropic-beta", "a").add("anthropic-beta", "b");
        assertThat(HeaderPolicy.toProvider(received, /* sameDialect= */ true).getAll("anthropic-beta"))
                .containsExactly("a", "b");
    }

    // ---- from provider to caller ----------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "content-type, content-type",
        "Retry-After, retry-after",
        "retry-after-ms, retry-after-ms",
        "x-should-retry, x-should-retry",
        "openai-processing-ms, openai-processing-ms",
        "openai-version, openai-version",
        "openai-model, openai-model",
        "x-request-id, x-upstream-request-id",
        "X-RateLimit-Remaining-Tokens, x-upstream-ratelimit-remaining-tokens",
        "x-ratelimit-limit-requests, x-upstream-ratelimit-limit-requests"
    })
    void whatConcernsTheCallerPassesUnderANameThatIsTheProviders(String received, String passed) {
        HttpHeaders headers = HeaderPolicy.toCaller(headers(received, "v"), /* eventStream= */ false);

        assertThat(headers.get(passed)).isEqualTo("v");
        assertThat(headers.size()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "set-cookie",
                "Set-Cookie",
                "openai-organization",
                "openai-project",
                "location",
                "server",
                "date",
                "connection",
                "keep-alive",
                "transfer-encoding",
                "content-length",
                "content-encoding",
                "alt-svc",
                "strict-transport-security",
                "access-control-allow-origin",
                "www-authenticate",
                "x-sluice-provider",
                "cf-ray",
                "x-ratelimit"
            })
    void nothingElsePasses(String name) {
        assertThat(HeaderPolicy.toCaller(headers(name, "v"), /* eventStream= */ false))
                .isEmpty();
    }

    @Test
    void noneOfTheProvidersRateLimitsIsTakenForOurOwn() {
        HttpHeaders passed = HeaderPolicy.toCaller(headers("x-ratelimit-limit", "1"), /* eventStream= */ false);

        assertThat(passed.contains("x-ratelimit-limit")).isFalse();
    }

    @Test
    void anEventStreamIsNeitherCachedNorBuffered() {
        HttpHeaders passed = HeaderPolicy.toCaller(new DefaultHttpHeaders(), /* eventStream= */ true);

        assertThat(passed.get("cache-control")).isEqualTo("no-cache");
        assertThat(passed.get("x-accel-buffering")).isEqualTo("no");
    }

    @Test
    void ourOwnAnswersAreJson() {
        FieldLines own = HeaderPolicy.own();
        HeaderPolicy.describe(own, "req_1", null, 0, -1);

        assertThat(own.get("content-type")).isEqualTo("application/json");
        assertThat(own.get("x-request-id")).isEqualTo("req_1");
        assertThat(own.size()).isEqualTo(2);
    }
}
