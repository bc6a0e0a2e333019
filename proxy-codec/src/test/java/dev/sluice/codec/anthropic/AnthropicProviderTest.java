package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AnthropicProviderTest {
    private final AnthropicProvider provider = new AnthropicProvider();

    @Test
    void servesChatsOfAllDialectsAndCountsInItsOwn() {
        assertThat(provider.serving(Endpoint.MESSAGES)).isEqualTo(Endpoint.MESSAGES);
        assertThat(provider.serving(Endpoint.CHAT_COMPLETIONS)).isEqualTo(Endpoint.MESSAGES);
        assertThat(provider.serving(Endpoint.RESPONSES)).isEqualTo(Endpoint.MESSAGES);
        assertThat(provider.serving(Endpoint.GENERATE_CONTENT)).isEqualTo(Endpoint.MESSAGES);
        assertThat(provider.serving(Endpoint.MESSAGES_COUNT_TOKENS)).isEqualTo(Endpoint.MESSAGES_COUNT_TOKENS);
        assertThat(provider.serving(Endpoint.GEMINI_COUNT_TOKENS)).isNull();
        assertThat(provider.serving(Endpoint.EMBEDDINGS)).isNull();
        assertThat(provider.serving(Endpoint.MODERATIONS)).isNull();
    }

    @Test
    void knowsItsPathsAndHeaders() {
        assertThat(provider.path(Endpoint.MESSAGES, "m", true)).isEqualTo("/v1/messages");
        assertThat(provider.path(Endpoint.MESSAGES_COUNT_TOKENS, "m", false)).isEqualTo("/v1/messages/count_tokens");
        assertThatThrownBy(() -> provider.path(Endpoint.EMBEDDINGS, "m", false))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(provider.headers()).containsEntry("anthropic-version", "2023-06-01");
        assertThat(provider.credentialHeader()).isEqualTo("x-api-key");
        assertThat(provider.credentialValue("k")).isEqualTo("k");
        assertThat(provider.acceptsUsageRequest()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "400 | invalid_request_error | prompt is too long | INVALID_REQUEST  | false | prompt is too long",
                "401 | authentication_error  | invalid x-api-key  | UPSTREAM_AUTH    | true  | the provider does not accept the gateway's credentials (status 401); its operator has to look into it",
                "402 | billing_error         | pay                | UPSTREAM_AUTH    | true  | the provider does not accept the gateway's credentials (status 402); its operator has to look into it",
                "400 | invalid_request_error | Your credit balance is too low | UPSTREAM_AUTH | true | the provider does not accept the gateway's credentials (status 402); its operator has to look into it",
                "403 | permission_error      | no                 | UPSTREAM_AUTH    | true  | the provider does not accept the gateway's credentials (status 403); its operator has to look into it",
                "404 | not_found_error       | model: claude-x    | MODEL_NOT_FOUND  | false | model: claude-x",
                "404 | not_found_error       | no such page       | UPSTREAM_ERROR   | true  | the provider does not know this operation (status 404): no such page",
                "413 | request_too_large     | too large          | REQUEST_TOO_LARGE| false | too large",
                "429 | rate_limit_error      | org-abc exceeded   | RATE_LIMITED     | true  | the provider's rate limit or quota is exhausted (status 429)",
                "500 | api_error             | Internal           | UPSTREAM_ERROR   | true  | the provider failed (status 500): Internal",
                "504 | timeout_error         | slow               | UPSTREAM_TIMEOUT | true  | the provider ran out of time (status 504): slow",
                "529 | overloaded_error      | Overloaded         | OVERLOADED       | true  | the provider is overloaded (status 529): Overloaded"
            })
    void errorsBecomeTheCataloguesByStatusAndByType(
            int status, String type, String said, ErrorKind kind, boolean retryable, String message) {
        String body = "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"" + said
                + "\"},\"request_id\":\"req_1\"}";
        assertError(error(status, body), kind, retryable, message);
        // The same inside an answer that began as a success.
        AnswerRun run = AnswerRun.stream("event: error\ndata: " + body + "\n\n");
        assertThat(run.events).containsExactly(Event.ERROR);
        assertError(run.answer().error(), kind, retryable, message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"message\":\"plain\"}              | plain",
                "{\"error\":\"plain\"}                | plain",
                "{\"detail\":[{\"msg\":\"plain\"}]}   | plain",
                "[{\"error\":{\"message\":\"plain\"}}] | plain",
                "plain                                | plain",
                "<html>Bad Gateway</html>             | the provider refused the request (status 400)",
                "{}                                   | the provider refused the request (status 400)",
                "{\"error\":{\"message\":\"the key sk-ant-abc is plain\"}} | the key *** is plain"
            })
    void readsErrorsOfHostsThatHaveTheirOwnIdeas(String body, String message) {
        assertError(error(400, body), ErrorKind.INVALID_REQUEST, /* retryable= */ false, message);
    }

    @Test
    void aCountOfTokensIsAnAnswer() {
        assertThat(counted("{\"input_tokens\":14}")).isTrue();
        assertThat(counted("{\"type\":\"message\"}")).isFalse();
        assertThat(counted("{\"input_tokens\":14")).isFalse();
    }

    private boolean counted(String json) {
        AnswerReader answer = provider.newAnswer(Endpoint.MESSAGES_COUNT_TOKENS, false, ChatEvents.IGNORED);
        ByteBuf body = Unpooled.copiedBuffer(json, UTF_8);
        answer.onPayload(body, 0, body.readableBytes());
        answer.onPayloadEnd();
        assertThat(answer.usage().isReported()).isFalse();
        return answer.finished();
    }

    private GatewayError error(int status, String body) {
        return provider.readError(status, Unpooled.copiedBuffer(body, UTF_8));
    }

    private static void assertError(GatewayError error, ErrorKind kind, boolean retryable, String message) {
        assertThat(error.kind()).isEqualTo(kind);
        assertThat(error.retryable()).isEqualTo(retryable);
        assertThat(error.message()).isEqualTo(message);
    }
}
