package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.GatewayError.Source;
import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class OpenAiInboundTest {
    private final OpenAiInbound dialect = new OpenAiInbound();

    @Test
    void anErrorHasItsFourMembersAlways() {
        assertThat(dialect.errorBody(GatewayError.caller(ErrorKind.INVALID_REQUEST, "say \"please\"", "model")))
                .isEqualTo("{\"error\":{\"message\":\"say \\\"please\\\"\",\"type\":\"invalid_request_error\","
                        + "\"param\":\"model\",\"code\":\"invalid_request_error\"}}");
        assertThat(dialect.errorBody(GatewayError.provider(ErrorKind.UPSTREAM_AUTH, "no")))
                .isEqualTo("{\"error\":{\"message\":\"no\",\"type\":\"server_error\","
                        + "\"param\":null,\"code\":\"upstream_auth\"}}");
    }

    @Test
    void aRateLimitTellsWhenToComeBackIfItIsKnown() {
        GatewayError limited =
                new GatewayError(ErrorKind.RATE_LIMITED, Source.GATEWAY, /* retryable= */ true, "slow", null, 7);
        assertThat(dialect.errorBody(limited))
                .isEqualTo("{\"error\":{\"message\":\"slow\",\"type\":\"requests\",\"param\":null,"
                        + "\"code\":\"rate_limit_exceeded\",\"retry_after\":7}}");
        assertThat(dialect.errorBody(GatewayError.gateway(ErrorKind.RATE_LIMITED, "slow")))
                .doesNotContain("retry_after");
    }

    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void theTypeTellsWhoseFaultItIs(ErrorKind kind) {
        String type = switch (kind) {
            case RATE_LIMITED -> "requests";
            case TOKENS_LIMITED -> "tokens";
            case BUDGET_EXCEEDED -> "insufficient_quota";
            default -> kind.httpStatus() < 500 ? "invalid_request_error" : "server_error";
        };
        assertThat(dialect.errorBody(GatewayError.gateway(kind, "m")))
                .contains("\"type\":\"" + type + "\"", "\"code\":\"" + kind.code() + "\"");
    }

    @Test
    void anErrorInTheMiddleOfAStreamIsAnEvent() {
        GatewayError error = GatewayError.gateway(ErrorKind.INTERNAL, "line\nbreak");
        assertThat(dialect.errorEvent(error)).isEqualTo("data: " + dialect.errorBody(error) + "\n\n");
        assertThat(dialect.errorBody(error)).doesNotContain("\n");
    }

    @Test
    void listsModels() {
        assertThat(dialect.modelList(List.of())).isEqualTo("{\"object\":\"list\",\"data\":[]}");
        assertThat(dialect.modelList(List.of(new ModelEntry("a/b", "p"), new ModelEntry("c", "q"))))
                .isEqualTo("{\"object\":\"list\",\"data\":["
                        + "{\"id\":\"a/b\",\"object\":\"model\",\"created\":0,\"owned_by\":\"p\"},"
                        + "{\"id\":\"c\",\"object\":\"model\",\"created\":0,\"owned_by\":\"q\"}]}");
        assertThat(dialect.model(new ModelEntry("c", "q")))
                .isEqualTo("{\"id\":\"c\",\"object\":\"model\",\"created\":0,\"owned_by\":\"q\"}");
    }
}
