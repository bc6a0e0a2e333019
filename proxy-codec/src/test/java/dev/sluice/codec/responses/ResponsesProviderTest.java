package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ResponsesProviderTest {
    private final ResponsesProvider provider = new ResponsesProvider("xai", "authorization", "Bearer ");

    @ParameterizedTest
    @EnumSource(Endpoint.class)
    void servesResponsesAndNothingElse(Endpoint asked) {
        assertThat(provider.serving(asked)).isEqualTo(asked == Endpoint.RESPONSES ? asked : null);
    }

    @Test
    void standsBesideTheChatsOfItsHost() {
        assertThat(provider.name()).isEqualTo("xai");
        assertThat(provider.wireFormat()).isEqualTo(WireFormat.OPENAI_RESPONSES);
        assertThat(provider.credentialHeader()).isEqualTo("authorization");
        assertThat(provider.credentialValue("k1")).isEqualTo("Bearer k1");
        assertThat(provider.path(Endpoint.RESPONSES, "m", false)).isEqualTo("/responses");
        assertThat(provider.acceptsUsageRequest()).isFalse();
        assertThatThrownBy(() -> provider.path(Endpoint.MESSAGES, "m", false)).hasMessageContaining("MESSAGES");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "400|{\"error\":{\"message\":\"too hot\",\"type\":\"t\",\"param\":\"temperature\",\"code\":null}}|INVALID_REQUEST|too hot",
                "400|{\"error\":\"too hot\"}|INVALID_REQUEST|too hot",
                "422|{\"detail\":[{\"loc\":[\"body\"],\"msg\":\"too hot\"}]}|INVALID_REQUEST|too hot",
                "429|{\"statusCode\":429,\"message\":\"Your account acct_1 is out\"}|RATE_LIMITED|the provider's rate limit or quota is exhausted (status 429)",
                "401|{\"error\":{\"message\":\"Incorrect key sk-abc\"}}|UPSTREAM_AUTH|the provider does not accept the gateway's credentials (status 401); its operator has to look into it",
                "404|{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"gone\"}}|MODEL_NOT_FOUND|gone",
                "404|{\"error\":{\"message\":\"no such path\"}}|UPSTREAM_ERROR|the provider does not know this operation (status 404): no such path",
                "500|<html><body>|UPSTREAM_ERROR|the provider failed (status 500)",
                "503|down for repair|OVERLOADED|the provider is overloaded (status 503): down for repair"
            })
    void errorsAreInTheCataloguesTerms(int status, String body, ErrorKind kind, String message) {
        GatewayError error = provider.readError(status, Unpooled.copiedBuffer(body, UTF_8));
        assertThat(error.kind()).isEqualTo(kind);
        assertThat(error.message()).isEqualTo(message);
    }

    @Test
    void namesTheMemberAtFaultOfTheCallersFaultsOnly() {
        String body = "{\"error\":{\"message\":\"m\",\"param\":\"tools[0].name\"}}";
        assertThat(provider.readError(400, Unpooled.copiedBuffer(body, UTF_8)).param())
                .isEqualTo("tools[0].name");
        assertThat(provider.readError(500, Unpooled.copiedBuffer(body, UTF_8)).param())
                .isNull();
    }
}
