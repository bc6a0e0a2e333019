package dev.sluice.codec.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.GatewayError.Source;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GeminiProviderTest {
    private static final GeminiProvider GEMINI = GeminiProvider.ROWS.get(0);
    private static final GeminiProvider VERTEX = GeminiProvider.ROWS.get(1);

    @Test
    void servesWhatIsAskedOfItOrTheSameOperation() {
        assertThat(GEMINI.serving(Endpoint.GENERATE_CONTENT)).isEqualTo(Endpoint.GENERATE_CONTENT);
        assertThat(GEMINI.serving(Endpoint.GENERATE_CONTENT_ARRAY)).isEqualTo(Endpoint.GENERATE_CONTENT_ARRAY);
        assertThat(GEMINI.serving(Endpoint.MESSAGES)).isEqualTo(Endpoint.GENERATE_CONTENT);
        assertThat(GEMINI.serving(Endpoint.COMPLETIONS)).isEqualTo(Endpoint.GENERATE_CONTENT);
        assertThat(GEMINI.serving(Endpoint.EMBED_CONTENT)).isEqualTo(Endpoint.EMBED_CONTENT);
        assertThat(GEMINI.serving(Endpoint.EMBEDDINGS)).isEqualTo(Endpoint.BATCH_EMBED_CONTENTS);
        assertThat(GEMINI.serving(Endpoint.GEMINI_COUNT_TOKENS)).isEqualTo(Endpoint.GEMINI_COUNT_TOKENS);
        assertThat(GEMINI.serving(Endpoint.MESSAGES_COUNT_TOKENS)).isNull();
        assertThat(GEMINI.serving(Endpoint.MODERATIONS)).isNull();
        assertThat(VERTEX.serving(Endpoint.EMBEDDINGS)).isNull();
        assertThat(VERTEX.serving(Endpoint.EMBED_CONTENT)).isNull();
        assertThat(VERTEX.serving(Endpoint.RESPONSES)).isEqualTo(Endpoint.GENERATE_CONTENT);
    }

    @ParameterizedTest
    @CsvSource({
        "GENERATE_CONTENT, false, gemini-3, models/gemini-3:generateContent",
        "GENERATE_CONTENT, true, models/gemini-3, models/gemini-3:streamGenerateContent?alt=sse",
        "GENERATE_CONTENT_ARRAY, false, gemini-3, models/gemini-3:streamGenerateContent",
        "GEMINI_COUNT_TOKENS, false, tunedModels/mine, tunedModels/mine:countTokens",
        "EMBED_CONTENT, false, e, models/e:embedContent",
        "BATCH_EMBED_CONTENTS, false, e@001, models/e@001:batchEmbedContents",
        "GENERATE_CONTENT, false, publishers/google/models/g, models/g:generateContent",
        "GENERATE_CONTENT, false, a/../b?c#d é, models/a%2F..%2Fb%3Fc%23d%20%C3%A9:generateContent"
    })
    void theModelIsPartOfThePath(Endpoint endpoint, boolean stream, String model, String path) {
        assertThat(GEMINI.path(endpoint, model, stream)).isEqualTo("/v1beta/" + path);
        assertThat(VERTEX.path(endpoint, model, stream)).isEqualTo("/" + path);
    }

    @Test
    void noOtherEndpointHasAPath() {
        assertThatThrownBy(() -> GEMINI.path(Endpoint.MESSAGES, "m", false)).hasMessageContaining("MESSAGES");
    }

    @Test
    void keysAndTokensHaveHeadersOfTheirOwn() {
        assertThat(GEMINI.credentialHeader()).isEqualTo("x-goog-api-key");
        assertThat(GEMINI.credentialValue("k")).isEqualTo("k");
        assertThat(VERTEX.credentialHeader()).isEqualTo("authorization");
        assertThat(VERTEX.credentialValue("t")).isEqualTo("Bearer t");
        assertThat(GEMINI.acceptsUsageRequest()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "400, INVALID_ARGUMENT, -, -, INVALID_REQUEST, CALLER, 0",
                "400, INVALID_ARGUMENT, API_KEY_INVALID, -, UPSTREAM_AUTH, PROVIDER, 0",
                "400, FAILED_PRECONDITION, -, -, UPSTREAM_ERROR, PROVIDER, 0",
                "401, UNAUTHENTICATED, -, -, UPSTREAM_AUTH, PROVIDER, 0",
                "403, PERMISSION_DENIED, SERVICE_DISABLED, -, UPSTREAM_AUTH, PROVIDER, 0",
                "404, NOT_FOUND, -, -, MODEL_NOT_FOUND, CALLER, 0",
                "429, RESOURCE_EXHAUSTED, -, -, RATE_LIMITED, PROVIDER, 0",
                "429, RESOURCE_EXHAUSTED, -, 34.4s, RATE_LIMITED, PROVIDER, 35",
                "429, RESOURCE_EXHAUSTED, -, 7s, RATE_LIMITED, PROVIDER, 7",
                "429, RESOURCE_EXHAUSTED, -, 7.000s, RATE_LIMITED, PROVIDER, 7",
                "429, RESOURCE_EXHAUSTED, -, 99999999999s, RATE_LIMITED, PROVIDER, 86400",
                "429, RESOURCE_EXHAUSTED, -, soon, RATE_LIMITED, PROVIDER, 0",
                "499, CANCELLED, -, -, UPSTREAM_ERROR, PROVIDER, 0",
                "500, INTERNAL, -, 3s, UPSTREAM_ERROR, PROVIDER, 0",
                "503, UNAVAILABLE, -, 3s, OVERLOADED, PROVIDER, 3",
                "504, DEADLINE_EXCEEDED, -, -, UPSTREAM_TIMEOUT, PROVIDER, 0"
            })
    void errorsAreThoseOfTheCatalogue(
            int code,
            String status,
            @Nullable String reason,
            @Nullable String delay,
            ErrorKind kind,
            Source source,
            int retryAfterSeconds) {
        String body =
                "{'error':{'code':%d,'message':'models/x said no','status':'%s','details':[{'reason':%s},{'retryDelay':%s}]}}"
                        .formatted(code, status, quoted(reason), quoted(delay));
        for (String wrapped : List.of(body, "[" + body + "]")) {
            GatewayError error = error(code, wrapped);
            assertThat(error.kind()).isEqualTo(kind);
            assertThat(error.source()).isEqualTo(source);
            assertThat(error.retryAfterSeconds()).isEqualTo(retryAfterSeconds);
            // The same within a successful answer, by the code and by the status alone.
            assertThat(error(0, wrapped)).isEqualTo(error);
            if (code != 499) {
                assertThat(error(0, wrapped.replace("'code':" + code, "'code':null")))
                        .isEqualTo(error);
            }
        }
    }

    @Test
    void errorsShowTheProvidersSentenceWithoutItsSecrets() {
        assertThat(error(400, "{'error':{'message':'Bad\\nkey AIzaSyA-secret here','status':'INVALID_ARGUMENT'}}")
                        .message())
                .isEqualTo("Bad key *** here");
        assertThat(error(400, "{'error':{'message':'API key not valid.','status':'INVALID_ARGUMENT'}}")
                        .kind())
                .isEqualTo(ErrorKind.UPSTREAM_AUTH);
        assertThat(error(400, "{'error':'plain'}").message()).isEqualTo("plain");
        assertThat(error(502, "upstream connect error").message())
                .isEqualTo("the provider failed (status 502): upstream connect error");
        assertThat(error(502, "<html>oops").message()).isEqualTo("the provider failed (status 502)");
        assertThat(error(404, "").kind()).isEqualTo(ErrorKind.UPSTREAM_ERROR);
    }

    @Test
    void eachTextOfABatchNamesTheModelAgain() throws MalformedRequestException {
        JsonSlice body = slice("{'a':'x','b':'é\\n','n':256,'t':'Q','l':true}");
        ProviderRequest request = GEMINI.writeEmbeddings(
                new EmbeddingRequest(
                        List.of(member(body, "a"), member(body, "b")),
                        member(body, "n"),
                        true,
                        member(body, "t"),
                        List.of(
                                new JsonSlice.Member("taskType", member(body, "t")),
                                new JsonSlice.Member("late", member(body, "l")))),
                "models/embed-1",
                UnpooledByteBufAllocator.DEFAULT);
        assertThat(request.body().toString(UTF_8).replace('"', '\''))
                .isEqualTo(
                        "{'requests':["
                                + "{'model':'models/embed-1','content':{'parts':[{'text':'x'}]},'taskType':'Q','outputDimensionality':256},"
                                + "{'model':'models/embed-1','content':{'parts':[{'text':'é\\n'}]},'taskType':'Q','outputDimensionality':256}]}");
        assertThat(request.dropped()).containsExactly("late", "user");
        request.body().release();
    }

    @Test
    void numbersOfTokensAreNoInput() {
        EmbeddingRequest request = new EmbeddingRequest(List.of(slice("[1,2]")), null, false, null, List.of());
        assertThatThrownBy(() -> GEMINI.writeEmbeddings(request, "e", UnpooledByteBufAllocator.DEFAULT))
                .hasMessage("an input is an array; allowed with Gemini: strings");
    }

    @Test
    void readsVectorsOfOneTextAndOfMany() {
        Embeddings one = GEMINI.readEmbeddings(buffer("{'embedding':{'values':[0.1,-2e-3]}}"));
        assertThat(one).isNotNull();
        assertThat(one.vectors()).extracting(JsonSlice::json).containsExactly("[0.1,-2e-3]");
        assertThat(one.usage().isReported()).isFalse();
        Embeddings many = GEMINI.readEmbeddings(
                buffer("{'embeddings':[{'values':[1]},{'values':[]}],'usageMetadata':{'promptTokenCount':9}}"));
        assertThat(many).isNotNull();
        assertThat(many.vectors()).extracting(JsonSlice::json).containsExactly("[1]", "[]");
        assertThat(many.usage().inputTokens()).isEqualTo(9);
        for (String none :
                List.of("{}", "{'embeddings':[]}", "{'embedding':{}}", "{'embeddings':[{'values':'x'}]}", "[")) {
            assertThat(GEMINI.readEmbeddings(buffer(none))).as(none).isNull();
        }
    }

    private static GatewayError error(int status, String body) {
        return GEMINI.readError(status, buffer(body));
    }

    private static String quoted(@Nullable String text) {
        return text == null ? "null" : "'" + text + "'";
    }

    private static JsonSlice slice(String json) {
        return JsonSlice.of(buffer(json));
    }

    private static JsonSlice member(JsonSlice object, String name) {
        JsonSlice member = object.member(name);
        assertThat(member).isNotNull();
        return member;
    }

    private static ByteBuf buffer(String json) {
        return Unpooled.copiedBuffer(json.replace('\'', '"'), UTF_8);
    }
}
