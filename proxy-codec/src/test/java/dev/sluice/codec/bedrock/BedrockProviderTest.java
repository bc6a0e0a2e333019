package dev.sluice.codec.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BedrockProviderTest {
    private final BedrockProvider provider = new BedrockProvider();

    @Test
    void servesChatsAlone() {
        assertThat(provider.serving(Endpoint.CHAT_COMPLETIONS)).isEqualTo(Endpoint.CONVERSE);
        assertThat(provider.serving(Endpoint.MESSAGES)).isEqualTo(Endpoint.CONVERSE);
        assertThat(provider.serving(Endpoint.EMBEDDINGS)).isNull();
        assertThat(provider.serving(Endpoint.GEMINI_COUNT_TOKENS)).isNull();
        assertThatIllegalArgumentException().isThrownBy(() -> provider.path(Endpoint.MESSAGES, "m", false));
    }

    @ParameterizedTest
    @CsvSource({
        "anthropic.claude-3-haiku-20240307-v1:0, /model/anthropic.claude-3-haiku-20240307-v1%3A0",
        "arn:aws:bedrock:eu-west-1:1:inference-profile/p~1_a, "
                + "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A1%3Ainference-profile%2Fp~1_a",
        "m é?, /model/m%20%C3%A9%3F"
    })
    void theModelIsOneSegmentOfThePath(String model, String path) {
        assertThat(provider.path(Endpoint.CONVERSE, model, false)).isEqualTo(path + "/converse");
        assertThat(provider.path(Endpoint.CONVERSE, model, true)).isEqualTo(path + "/converse-stream");
    }

    @Test
    void carriesAnApiKeyAndStreamsInItsOwnWay() {
        assertThat(provider.streamContentType()).isEqualTo("application/vnd.amazon.eventstream");
        assertThat(provider.credentialHeader()).isEqualTo("authorization");
        assertThat(provider.credentialValue("ABSKx")).isEqualTo("Bearer ABSKx");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400|{\"message\":\"messages: text content blocks must be non-empty\"}|INVALID_REQUEST"
                        + "|messages: text content blocks must be non-empty",
                "400|{\"message\":\"The provided model identifier is invalid.\"}|MODEL_NOT_FOUND"
                        + "|The provided model identifier is invalid.",
                "403|{\"Message\":\"User: arn:aws:iam::123456789012:user/a is not authorized\"}|UPSTREAM_AUTH"
                        + "|the provider does not accept the gateway's credentials (status 403);"
                        + " its operator has to look into it",
                "404|{\"message\":\"This model version has reached the end of its life.\"}|MODEL_NOT_FOUND"
                        + "|This model version has reached the end of its life.",
                "404|{\"Output\":{\"__type\":\"x#UnknownOperationException\"}}|UPSTREAM_ERROR"
                        + "|the provider does not know this operation (status 404)",
                "408|{\"message\":\"Model has timed out\"}|UPSTREAM_TIMEOUT"
                        + "|the provider ran out of time (status 408): Model has timed out",
                "424|{\"message\":\"m\",\"originalMessage\":\"o\"}|UPSTREAM_ERROR|the provider failed (status 424): m",
                "429|{\"message\":\"Too many requests\"}|RATE_LIMITED"
                        + "|the provider's rate limit or quota is exhausted (status 429)",
                "500|{\"message\":\"key AKIAIOSFODNN7EXAMPLE\"}|UPSTREAM_ERROR|the provider failed (status 500): key ***",
                "503|{\"message\":null}|OVERLOADED|the provider is overloaded (status 503)",
                "400|{\"message\":\"profile arn:aws:bedrock:eu-west-1:123456789012:inference-profile/x, unknown\"}"
                        + "|INVALID_REQUEST|profile ***, unknown"
            })
    void readsErrors(int status, String body, String kind, String message) {
        GatewayError error = provider.readError(status, Unpooled.copiedBuffer(body, UTF_8));
        assertThat(error.kind()).hasToString(kind);
        assertThat(error.message()).isEqualTo(message);
    }
}
