package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.GatewayError.Source;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OpenAiProviderTest {

    @Test
    void appendsThePathOfTheOperationOnly() {
        OpenAiProvider provider = provider("openai");
        assertThat(provider.path(Endpoint.CHAT_COMPLETIONS, "m", false)).isEqualTo("/chat/completions");
        assertThat(provider.path(Endpoint.COMPLETIONS, "m", false)).isEqualTo("/completions");
        assertThat(provider.path(Endpoint.EMBEDDINGS, "m", false)).isEqualTo("/embeddings");
        assertThat(provider.path(Endpoint.MODERATIONS, "m", false)).isEqualTo("/moderations");
    }

    @Test
    void datedVersionsOfAzureHaveTheDeploymentInThePath() {
        OpenAiProvider dated = provider("azure").withApiVersion("2024-10-21");
        assertThat(dated.path(Endpoint.CHAT_COMPLETIONS, "gpt 4o/eu+1", true))
                .isEqualTo("/openai/deployments/gpt%204o%2Feu%2B1/chat/completions?api-version=2024-10-21");
        assertThat(provider("azure").withApiVersion("2025-04-01-preview").path(Endpoint.EMBEDDINGS, "e", false))
                .isEqualTo("/openai/deployments/e/embeddings?api-version=2025-04-01-preview");
        assertThat(dated.acceptsUsageRequest()).isTrue();
        assertThat(provider("azure").withApiVersion("2024-06-01").acceptsUsageRequest())
                .isFalse();
        for (String version : new String[] {"v1", "", "preview"}) {
            assertThat(provider("azure").withApiVersion(version).path(Endpoint.CHAT_COMPLETIONS, "m", false))
                    .isEqualTo("/chat/completions");
        }
        assertThat(provider("openai").withApiVersion("2024-10-21").path(Endpoint.CHAT_COMPLETIONS, "m", false))
                .isEqualTo("/chat/completions");
    }

    @ParameterizedTest
    @CsvSource({
        "openai, COMPLETIONS, COMPLETIONS",
        "openai, CHAT_COMPLETIONS, CHAT_COMPLETIONS",
        "openai, MESSAGES, CHAT_COMPLETIONS",
        "openai, RESPONSES, CHAT_COMPLETIONS",
        "openai, GENERATE_CONTENT, CHAT_COMPLETIONS",
        "openai, BATCH_EMBED_CONTENTS, EMBEDDINGS",
        "openai, MODERATIONS, MODERATIONS",
        "openai, MESSAGES_COUNT_TOKENS, ",
        "groq, COMPLETIONS, CHAT_COMPLETIONS",
        "groq, EMBEDDINGS, ",
        "deepseek, EMBEDDINGS, ",
        "perplexity, EMBEDDINGS, ",
        "perplexity, MODERATIONS, ",
        "azure, MODERATIONS, ",
        "mistral, MODERATIONS, MODERATIONS",
        "vllm, EMBED_CONTENT, EMBEDDINGS"
    })
    void servesWhatTheHostHas(String host, Endpoint asked, Endpoint serving) {
        assertThat(provider(host).serving(asked)).isEqualTo(serving);
    }

    @Test
    void signsTheWayTheHostWants() {
        assertThat(provider("groq").credentialHeader()).isEqualTo("authorization");
        assertThat(provider("groq").credentialValue("k1")).isEqualTo("Bearer k1");
        assertThat(provider("azure").credentialHeader()).isEqualTo("api-key");
        assertThat(provider("azure").credentialValue("k1")).isEqualTo("k1");
    }

    @Test
    void asksForUsageWhereThatIsNotRefused() {
        assertThat(provider("openai").acceptsUsageRequest()).isTrue();
        assertThat(provider("mistral").acceptsUsageRequest()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "400, INVALID_REQUEST",
        "409, INVALID_REQUEST",
        "413, REQUEST_TOO_LARGE",
        "422, INVALID_REQUEST",
        "401, UPSTREAM_AUTH",
        "402, UPSTREAM_AUTH",
        "403, UPSTREAM_AUTH",
        "407, UPSTREAM_AUTH",
        "404, UPSTREAM_ERROR",
        "405, UPSTREAM_ERROR",
        "429, RATE_LIMITED",
        "500, UPSTREAM_ERROR",
        "501, UPSTREAM_ERROR",
        "502, UPSTREAM_ERROR",
        "520, UPSTREAM_ERROR",
        "503, OVERLOADED",
        "529, OVERLOADED",
        "498, OVERLOADED",
        "408, UPSTREAM_TIMEOUT",
        "504, UPSTREAM_TIMEOUT",
        "301, UPSTREAM_ERROR",
        "307, UPSTREAM_ERROR"
    })
    void everyStatusHasItsPlaceInTheCatalogue(int status, ErrorKind kind) {
        for (String body :
                new String[] {"", "{\"error\":{\"message\":\"m\",\"code\":\"rate_limit_exceeded\"}}", "<html>"}) {
            GatewayError error = read(status, body);
            assertThat(error.kind()).isEqualTo(kind);
            boolean callersFault = kind == ErrorKind.INVALID_REQUEST || kind == ErrorKind.REQUEST_TOO_LARGE;
            assertThat(error.source()).isEqualTo(callersFault ? Source.CALLER : Source.PROVIDER);
            assertThat(error.retryable()).isEqualTo(!callersFault);
            assertThat(error.message()).isNotBlank();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"too hot\",\"type\":\"t\",\"param\":\"temperature\",\"code\":null}}",
                "{\"error\":\"too hot\",\"param\":\"temperature\"}",
                "{\"object\":\"error\",\"message\":\"too hot\",\"param\":\"temperature\",\"code\":\"1800\"}",
                "{\"message\":{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"too hot\"}]},\"param\":\"temperature\"}",
                "{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"too hot\"},{\"msg\":\"and\"}],\"param\":\"temperature\"}",
                "{\"detail\":\"too hot\",\"param\":\"temperature\"}",
                "[{\"error\":{\"message\":\"too hot\",\"param\":\"temperature\"}}]",
                "{\"trace\":[{\"error\":{\"message\":\"foreign\"}}],"
                        + "\"error\":{\"message\":\"too hot\",\"param\":\"temperature\"}}",
                "{\"message\":\"worse\",\"error\":{\"message\":\"too hot\",\"param\":\"temperature\"}}",
                "{\"error\":{\"message\":\"too hot\",\"param\":\"temperature\"},\"message\":\"wor",
                "{\"error\":{\"message\":\"too hot\",\"type\":null,\"param\":\"temperature\",\"code\":\"content_filter\","
                        + "\"status\":400,\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\"}}}",
                "{\"statusCode\":400,\"message\":\"too hot\",\"param\":\"temperature\"}",
                "\n\n{\"error\":{\"message\":\"too hot\",\"param\":\"temperature\",\"code\":400,\"metadata\":{\"a\":1}}}"
            })
    void findsTheSentenceWhereverTheHostPutsIt(String body) {
        GatewayError error = read(400, body);
        assertThat(error.message()).isEqualTo("too hot");
        assertThat(error.param()).isEqualTo("temperature");
    }

    @Test
    void takesPlainTextButNoPages() {
        assertThat(read(400, " too\r\n\thot \u0007 ").message()).isEqualTo("too hot");
        assertThat(read(400, "404 page").message()).isEqualTo("404 page");
        assertThat(read(400, "<html><h1>Bad</h1>").message())
                .isEqualTo("the provider refused the request (status 400)");
        assertThat(read(400, "x".repeat(5000)).message()).hasSize(300);
        assertThat(read(502, "Bad Gateway").message()).isEqualTo("the provider failed (status 502): Bad Gateway");
    }

    @Test
    void saysNothingOfWhatTheProviderSaysAboutKeysAndQuotas() {
        for (int status : new int[] {401, 402, 403, 407, 429}) {
            String body = "{\"error\":{\"message\":\"key sk-live-1234 of org Acme\",\"param\":\"Acme\"}}";
            GatewayError error = read(status, body);
            assertThat(error.message()).doesNotContain("sk-", "Acme");
            assertThat(error.param()).isNull();
        }
    }

    @Test
    void masksWhatLooksLikeAKey() {
        assertThat(read(400, "no sk-proj-aB3_x.y for org-77Zz, task-force remains")
                        .message())
                .isEqualTo("no *** for ***, task-force remains");
        assertThat(read(500, "{\"error\":{\"message\":\"Bearer abc.def refused\"}}")
                        .message())
                .isEqualTo("the provider failed (status 500): *** refused");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"gone\",\"code\":\"model_not_found\"}}",
                "{\"error\":{\"message\":\"gone\",\"code\":\"DeploymentNotFound\"}}",
                "{\"error\":\"model 'x' not found\"}",
                "{\"object\":\"error\",\"message\":\"The model `x` does not exist.\",\"code\":404}"
            })
    void anUnknownModelIsTheCallersFault(String body) {
        assertThat(read(404, body).kind()).isEqualTo(ErrorKind.MODEL_NOT_FOUND);
        assertThat(read(404, body).source()).isEqualTo(Source.CALLER);
    }

    @Test
    void leavesTheBodyAsItWas() {
        ByteBuf body = Unpooled.copiedBuffer("xx{\"error\":\"no\"}", UTF_8).skipBytes(2);
        provider("openai").readError(400, body);
        assertThat(body.readerIndex()).isEqualTo(2);
        assertThat(body.refCnt()).isEqualTo(1);
        body.release();
    }

    private static GatewayError read(int status, String body) {
        ByteBuf bytes = Unpooled.copiedBuffer(body, UTF_8);
        GatewayError error = provider("openai").readError(status, bytes);
        bytes.release();
        return error;
    }

    private static OpenAiProvider provider(String name) {
        return OpenAiQuirks.ROWS.stream()
                .filter(row -> row.name().equals(name))
                .map(OpenAiProvider::new)
                .findFirst()
                .orElseThrow();
    }
}
