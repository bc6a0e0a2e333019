package dev.sluice.codec.ollama;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OllamaProviderTest {
    private final OllamaProvider provider = new OllamaProvider();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

    @Test
    void servesChatsAndEmbeddings() {
        assertThat(provider.serving(Endpoint.MESSAGES)).isEqualTo(Endpoint.OLLAMA_CHAT);
        assertThat(provider.serving(Endpoint.COMPLETIONS)).isEqualTo(Endpoint.OLLAMA_CHAT);
        assertThat(provider.serving(Endpoint.EMBED_CONTENT)).isEqualTo(Endpoint.OLLAMA_EMBED);
        assertThat(provider.serving(Endpoint.MODERATIONS)).isNull();
        assertThat(provider.serving(Endpoint.MESSAGES_COUNT_TOKENS)).isNull();
        assertThat(provider.path(Endpoint.OLLAMA_CHAT, "m", true)).isEqualTo("/api/chat");
        assertThat(provider.path(Endpoint.OLLAMA_EMBED, "m", false)).isEqualTo("/api/embed");
        assertThatIllegalArgumentException().isThrownBy(() -> provider.path(Endpoint.MESSAGES, "m", false));
    }

    @Test
    void carriesAKeyWhereThereIsOneAndStreamsInItsOwnWay() {
        assertThat(provider.streamContentType()).isEqualTo("application/x-ndjson");
        assertThat(provider.credentialHeader()).isEqualTo("authorization");
        assertThat(provider.credentialValue("k")).isEqualTo("Bearer k");
    }

    @Test
    void writesEmbeddings() throws MalformedRequestException {
        EmbeddingRequest request = new EmbeddingRequest(
                List.of(JsonSlice.raw("\"a\\u00e9\""), JsonSlice.string("b")),
                JsonSlice.raw("256"),
                /* base64= */ true,
                JsonSlice.string("u"),
                List.of(
                        new JsonSlice.Member("truncate", JsonSlice.raw("false")),
                        new JsonSlice.Member("encoding", JsonSlice.raw("1"))));
        ProviderRequest written = provider.writeEmbeddings(request, "nomic", allocator);
        assertThat(written.body().toString(UTF_8))
                .isEqualTo(
                        "{\"model\":\"nomic\",\"input\":[\"a\\u00e9\",\"b\"],\"dimensions\":256,\"truncate\":false}");
        assertThat(written.dropped()).containsExactly("encoding", "user");
        written.body().release();
    }

    @Test
    void takesNoNumbersOfTokens() {
        EmbeddingRequest request = new EmbeddingRequest(List.of(JsonSlice.raw("[1,2]")), null, false, null, List.of());
        assertThatThrownBy(() -> provider.writeEmbeddings(request, "m", allocator))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessage("Ollama takes no input that is an array; allowed: texts");
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void readsEmbeddings() {
        ByteBuf body = Unpooled.copiedBuffer(
                "{\"model\":\"nomic\",\"embeddings\":[[0.10,-1e-3],[2]],\"total_duration\":9,\"prompt_eval_count\":7}",
                UTF_8);
        Embeddings embeddings = provider.readEmbeddings(body);
        assertThat(embeddings).isNotNull();
        assertThat(embeddings.vectors()).map(JsonSlice::json).containsExactly("[0.10,-1e-3]", "[2]");
        assertThat(embeddings.model()).isEqualTo("nomic");
        assertThat(embeddings.usage().inputTokens()).isEqualTo(7);
        assertThat(provider.readEmbeddings(Unpooled.copiedBuffer("{\"error\":\"x\"}", UTF_8)))
                .isNull();
        assertThat(provider.readEmbeddings(Unpooled.copiedBuffer("{\"embeddings\":[[1]", UTF_8)))
                .isNull();
        Embeddings uncounted = provider.readEmbeddings(Unpooled.copiedBuffer("{\"embeddings\":[]}", UTF_8));
        assertThat(uncounted).isNotNull();
        assertThat(uncounted.usage()).isEqualTo(Usage.NONE);
        try (AnswerReader answer = provider.newAnswer(Endpoint.OLLAMA_EMBED, false, ChatEvents.IGNORED)) {
            answer.onPayload(body, 0, body.readableBytes());
            assertThat(answer.onPayloadEnd()).isEqualTo(AnswerReader.Event.CONTENT);
            assertThat(answer.usage().inputTokens()).isEqualTo(7);
            assertThat(answer.finished()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|{\"error\":\"invalid option\"}|INVALID_REQUEST|invalid option",
                "404|{\"error\":\"model 'x' not found\"}|MODEL_NOT_FOUND|model 'x' not found",
                "404|404 page not found|UPSTREAM_ERROR|the provider does not know this operation (status 404)",
                "401|{\"error\":\"unauthorized: sk-1\"}|UPSTREAM_AUTH|the provider does not accept the gateway's"
                        + " credentials (status 401); its operator has to look into it",
                "429|{\"error\":\"slow\"}|RATE_LIMITED|the provider's rate limit or quota is exhausted (status 429)",
                "500|{\"error\":\"CUDA\\nerror\"}|UPSTREAM_ERROR|the provider failed (status 500): CUDA error",
                "503|{\"error\":\"server busy\"}|OVERLOADED|the provider is overloaded (status 503): server busy",
                "413|{}|REQUEST_TOO_LARGE|the provider refused the request (status 413)",
                "408|{}|UPSTREAM_TIMEOUT|the provider ran out of time (status 408)",
                "502|<html>|UPSTREAM_ERROR|the provider failed (status 502)"
            })
    void readsErrors(int status, String body, String kind, String message) {
        GatewayError error = provider.readError(status, Unpooled.copiedBuffer(body, UTF_8));
        assertThat(error.kind()).hasToString(kind);
        assertThat(error.message()).isEqualTo(message);
    }
}
