package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.codec.dialect.PromptParts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AnthropicInboundTest {
    private final AnthropicInbound inbound = new AnthropicInbound();

    @ParameterizedTest
    @CsvSource({
        "INVALID_REQUEST, invalid_request_error",
        "INVALID_API_KEY, authentication_error",
        "MODEL_NOT_ALLOWED, permission_error",
        "MODEL_NOT_FOUND, not_found_error",
        "NOT_FOUND, not_found_error",
        "REQUEST_TOO_LARGE, request_too_large",
        "RATE_LIMITED, rate_limit_error",
        "TOKENS_LIMITED, rate_limit_error",
        "BUDGET_EXCEEDED, billing_error",
        "UPSTREAM_TIMEOUT, timeout_error",
        "OVERLOADED, overloaded_error",
        "UPSTREAM_AUTH, api_error",
        "UPSTREAM_ERROR, api_error",
        "INTERNAL, api_error"
    })
    void errorsHaveTheTypesThatClientsKnow(ErrorKind kind, String type) {
        GatewayError error = GatewayError.gateway(kind, "it is \"so\"");
        String body = "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\",\"message\":\"it is \\\"so\\\"\"}}";
        assertThat(inbound.errorBody(error)).isEqualTo(body);
        assertThat(inbound.errorEvent(error)).isEqualTo("event: error\ndata: " + body + "\n\n");
    }

    @Test
    void whoShallComeBackIsToldWhen() {
        GatewayError limited = new GatewayError(
                ErrorKind.RATE_LIMITED, GatewayError.Source.CALLER, /* retryable= */ true, "slow", null, 7);
        assertThat(inbound.errorBody(limited))
                .isEqualTo("{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow\","
                        + "\"retry_after\":7}}");
    }

    @Test
    void anEmptyBudgetIsNoRateLimit() {
        assertThat(inbound.status(GatewayError.caller(ErrorKind.BUDGET_EXCEEDED, "empty")))
                .isEqualTo(402);
        assertThat(inbound.status(GatewayError.caller(ErrorKind.RATE_LIMITED, "slow")))
                .isEqualTo(429);
    }

    /** Our own errors are read as what they are: kinds survive a gateway behind a gateway. */
    @ParameterizedTest
    @CsvSource({"RATE_LIMITED", "OVERLOADED", "UPSTREAM_TIMEOUT", "INVALID_REQUEST", "UPSTREAM_ERROR"})
    void anErrorEventIsAnErrorToAReader(ErrorKind kind) {
        AnswerRun run = AnswerRun.stream(inbound.errorEvent(GatewayError.gateway(kind, "no")));
        assertThat(run.answer().error())
                .isNotNull()
                .extracting(GatewayError::kind)
                .isEqualTo(kind);
    }

    @Test
    void modelsHaveTheShapeOfAPage() {
        assertThat(inbound.modelList(List.of(new ModelEntry("a", "x"), new ModelEntry("b", "y"))))
                .isEqualTo("{\"data\":[" + model("a") + "," + model("b")
                        + "],\"has_more\":false,\"first_id\":\"a\",\"last_id\":\"b\"}");
        assertThat(inbound.modelList(List.of()))
                .isEqualTo("{\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}");
        assertThat(inbound.model(new ModelEntry("a", "x"))).isEqualTo(model("a"));
    }

    @Test
    void tellsACountOfTokens() {
        assertThat(inbound.tokenCount(14)).isEqualTo("{\"input_tokens\":14}");
    }

    @Test
    void tellsWhatAPromptConsistsOf() {
        assertThat(prompt("""
                {"model":"m","max_tokens":1,"system":"Be brief.","messages":[{"role":"user","content":[
                 {"type":"text","text":"Look"},
                 {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]}],
                 "tools":[{"name":"look","description":"Looks.","input_schema":{"type":"object"}}]}"""))
                .isEqualTo("message system[system][Be brief.]message [user][Look]"
                        + "image data:image/png;base64,iVBORw0KGgo= tools tool [look][Looks.][{\"type\":\"object\"}]");
    }

    @Test
    void aPromptThatCannotBeUnderstoodHasNoParts() {
        assertThat(prompt("{\"model\":\"m\",\"messages\":7}")).isEmpty();
    }

    private String prompt(String json) {
        Told told = new Told();
        ByteBuf body = Unpooled.copiedBuffer(json, UTF_8);
        inbound.readPrompt(Endpoint.MESSAGES, body, told);
        return told.text.toString();
    }

    private static String model(String id) {
        return "{\"type\":\"model\",\"id\":\"" + id + "\",\"display_name\":\"" + id
                + "\",\"created_at\":\"1970-01-01T00:00:00Z\"}";
    }

    private static final class Told implements PromptParts {
        private final StringBuilder text = new StringBuilder();
        private boolean inText;

        @Override
        public void onMessage() {
            text.append("message ");
        }

        @Override
        public void onName() {
            text.append("name ");
        }

        @Override
        public void onSystemMessage() {
            text.append("system");
        }

        @Override
        public void onText(byte[] utf8, int from, int to) {
            text.append(inText ? "" : "[").append(new String(utf8, from, to - from, UTF_8));
            inText = true;
        }

        @Override
        public void onTextEnd() {
            text.append(inText ? "]" : "[]");
            inText = false;
        }

        @Override
        public void onTokens(long count) {
            text.append(count);
        }

        @Override
        public void onTools() {
            text.append(" tools ");
        }

        @Override
        public void onTool() {
            text.append("tool ");
        }

        @Override
        public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {
            text.append("image ").append(new String(dataUrl, from, to - from, UTF_8));
        }

        @Override
        public void onUnknownPart() {
            text.append("unknown ");
        }
    }
}
