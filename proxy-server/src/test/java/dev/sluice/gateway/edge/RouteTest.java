package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTest {

    @ParameterizedTest
    @CsvSource({
        "/v1/chat/completions, CHAT_COMPLETIONS",
        "/v1/completions, COMPLETIONS",
        "/v1/embeddings, EMBEDDINGS",
        "/v1/moderations, MODERATIONS",
        "/v1/chat/completions?api-version=1, CHAT_COMPLETIONS"
    })
    void callsArePosted(String uri, Endpoint endpoint) {
        assertThat(Route.of(HttpMethod.POST, uri)).isEqualTo(new Route.Call(endpoint));
        assertThat(Route.of(HttpMethod.GET, uri)).isEqualTo(new Route.WrongMethod("POST"));
        assertThat(Route.of(HttpMethod.HEAD, uri)).isEqualTo(new Route.WrongMethod("POST"));
    }

    @ParameterizedTest
    @CsvSource({
        "m:generateContent, GENERATE_CONTENT, m, false",
        "m:generateContent?alt=sse, GENERATE_CONTENT, m, false",
        "a%2Fb:streamGenerateContent?alt=sse&key=k, GENERATE_CONTENT, a/b, true",
        "m:streamGenerateContent?key=k, GENERATE_CONTENT_ARRAY, m, false",
        "m:streamGenerateContent?alt=json, GENERATE_CONTENT_ARRAY, m, false",
        "m:countTokens, GEMINI_COUNT_TOKENS, m, false",
        "m:batchEmbedContents, BATCH_EMBED_CONTENTS, m, false"
    })
    void geminisMethodsAreCallsOfTheModelBeforeThem(String tail, Endpoint endpoint, String model, boolean stream) {
        assertThat(Route.of(HttpMethod.POST, "/v1beta/models/" + tail))
                .isInstanceOfSatisfying(Route.Call.class, call -> {
                    assertThat(call.path().endpoint()).isEqualTo(endpoint);
                    assertThat(call.path().model()).isEqualTo(model);
                    assertThat(call.path().stream()).isEqualTo(stream);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/v1/models", "/v1/models/gpt", "/v1/usage", "/v1/usage?from=2026-11-01", "/healthz", "/readyz"})
    void theRestIsRead(String uri) {
        assertThat(Route.of(HttpMethod.GET, uri))
                .isNotInstanceOf(Route.WrongMethod.class)
                .isNotInstanceOf(Route.Unknown.class)
                .isEqualTo(Route.of(HttpMethod.HEAD, uri));
        assertThat(Route.of(HttpMethod.POST, uri)).isEqualTo(new Route.WrongMethod("GET, HEAD"));
    }

    @ParameterizedTest
    @CsvSource({"/v1/usage, ''", "/v1/usage?, ''", "/v1/usage?from=a%20b&to=c?d, from=a%20b&to=c?d"})
    void usageKeepsItsQueryAsItCame(String uri, String query) {
        assertThat(Route.of(HttpMethod.GET, uri)).isEqualTo(new Route.Usage(query));
    }

    @ParameterizedTest
    @CsvSource({
        "/v1/models/gpt-4o, gpt-4o",
        "/v1/models/openai/gpt-4o, openai/gpt-4o",
        "/v1/models/openai%2Fgpt-4o, openai/gpt-4o",
        "/v1/models/a+b, a+b",
        "/v1/models/a%20b?x=y, a b",
        "/v1/models/%C3%A4, \u00e4"
    })
    void modelsAreNamedByTheRestOfThePath(String uri, String id) {
        assertThat(Route.of(HttpMethod.GET, uri)).isEqualTo(new Route.Model(id));
    }

    /** Where the path says it all: a stream without {@code alt=sse} is one array. */
    @ParameterizedTest
    @CsvSource({
        "generateContent, GENERATE_CONTENT, false, ",
        "streamGenerateContent?alt=sse&key=secret, GENERATE_CONTENT, true, alt=sse",
        "streamGenerateContent?key=secret, GENERATE_CONTENT_ARRAY, false, ",
        "streamGenerateContent?alt=json&x=1, GENERATE_CONTENT_ARRAY, false, alt=json&x=1",
        "generateContent?alt=sse, GENERATE_CONTENT, false, alt=sse",
        "countTokens, GEMINI_COUNT_TOKENS, false, ",
        "embedContent, EMBED_CONTENT, false, ",
        "batchEmbedContents, BATCH_EMBED_CONTENTS, false, "
    })
    void geminisMethodsFollowAColon(String method, Endpoint endpoint, boolean stream, @Nullable String query) {
        assertThat(Route.of(HttpMethod.POST, "/v1beta/models/google/gemini-3:" + method))
                .isEqualTo(new Route.Call(new CallPath(endpoint, "google/gemini-3", stream, query)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/v1",
                "/v1/models/",
                "/v1/usage/",
                "/v1/usages",
                "/v1/models/%zz",
                "/v1/models/%4",
                "/v1/chat/completions/",
                "/v1/Chat/completions",
                "//v1/models",
                "/v1/./models",
                "/v1/chat%2Fcompletions",
                "/healthz/"
            })
    void nothingElseIsServed(String uri) {
        assertThat(Route.of(HttpMethod.GET, uri)).isEqualTo(new Route.Unknown());
        assertThat(Route.of(HttpMethod.POST, uri)).isEqualTo(new Route.Unknown());
    }

    @Test
    void anUnknownPathIsUnknownWhateverTheMethod() {
        assertThat(Route.of(HttpMethod.DELETE, "/v2")).isEqualTo(new Route.Unknown());
    }
}
