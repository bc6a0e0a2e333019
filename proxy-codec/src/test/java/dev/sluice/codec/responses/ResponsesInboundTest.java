package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.codec.dialect.PromptParts;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class ResponsesInboundTest {
    private final ResponsesInbound inbound = new ResponsesInbound();

    @Test
    void hasAName() {
        assertThat(inbound.name()).isEqualTo("responses");
        assertThat(inbound.wireFormat()).isEqualTo(WireFormat.OPENAI_RESPONSES);
    }

    @Test
    void errorsHaveAllFourMembers() {
        GatewayError error = GatewayError.caller(ErrorKind.INVALID_REQUEST, "no \"x\"", "input");
        assertThat(inbound.errorBody(error))
                .isEqualTo("{\"error\":{\"message\":\"no \\\"x\\\"\",\"type\":\"invalid_request_error\","
                        + "\"param\":\"input\",\"code\":\"invalid_request_error\"}}");
        GatewayError later = new GatewayError(
                ErrorKind.RATE_LIMITED, GatewayError.Source.GATEWAY, true, "wait", /* param= */ null, 7);
        assertThat(inbound.errorBody(later))
                .isEqualTo("{\"error\":{\"message\":\"wait\",\"type\":\"requests\","
                        + "\"param\":null,\"code\":\"rate_limit_exceeded\",\"retry_after\":7}}");
    }

    /** A client of this dialect takes a 402 for a fault of its own and gives up; a 429 it knows. */
    @Test
    void anEmptyBudgetIsAnEmptyQuota() {
        GatewayError empty = GatewayError.caller(ErrorKind.BUDGET_EXCEEDED, "empty");
        assertThat(inbound.status(empty)).isEqualTo(429);
        assertThat(inbound.errorBody(empty))
                .isEqualTo("{\"error\":{\"message\":\"empty\",\"type\":\"insufficient_quota\","
                        + "\"param\":null,\"code\":\"budget_exceeded\"}}");
    }

    @ParameterizedTest
    @EnumSource(ErrorKind.class)
    void whoseFaultItIsAgreesWithTheStatus(ErrorKind kind) {
        String body = inbound.errorBody(GatewayError.gateway(kind, "m"));
        boolean callers = kind.httpStatus() < 500;
        assertThat(body.contains("\"type\":\"server_error\"")).isEqualTo(!callers);
    }

    @Test
    void anErrorInTheMiddleIsFlat() {
        assertThat(inbound.errorEvent(GatewayError.provider(ErrorKind.UPSTREAM_ERROR, "gone")))
                .isEqualTo("event: error\ndata: {\"type\":\"error\",\"sequence_number\":0,\"code\":\"upstream_error\","
                        + "\"message\":\"gone\",\"param\":null}\n\n");
    }

    @Test
    void listsModels() {
        assertThat(inbound.modelList(List.of(new ModelEntry("m", "o"))))
                .isEqualTo("{\"object\":\"list\",\"data\":[" + inbound.model(new ModelEntry("m", "o")) + "]}");
        assertThat(inbound.model(new ModelEntry("a/b", "o")))
                .isEqualTo("{\"id\":\"a/b\",\"object\":\"model\",\"created\":0,\"owned_by\":\"o\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"input\":\"Hi\"}|message [user] [Hi]",
                "{\"instructions\":\"Be\",\"input\":\"Hi\"}|message system [system] [Be] message [user] [Hi]",
                "{\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"}|message [user] [Hi] unknown",
                "{\"prompt\":{\"id\":\"p\"}}|unknown",
                "{\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}],\"background\":true}|message [assistant] unknown",
                "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"f\"}]}]}|message [user] unknown",
                "{\"input\":[{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"{}\"}]}|message [assistant] [f] [{}]",
                "{\"input\":\"x\",\"tools\":[{\"type\":\"function\",\"name\":\"f\",\"parameters\":{\"a\":1.0}}]}|message [user] [x] tools tool [f] [{\"a\":1.0}]",
                "{\"input\":7}|unknown"
            })
    void tellsWhatThePromptConsistsOf(String body, String told) {
        Parts parts = new Parts();
        inbound.readPrompt(Endpoint.RESPONSES, Unpooled.copiedBuffer(body, UTF_8), parts);
        assertThat(parts.told.toString().strip()).isEqualTo(told);
    }

    /** Writes down what it is told. */
    private static final class Parts implements PromptParts {
        private final StringBuilder told = new StringBuilder();
        private final StringBuilder text = new StringBuilder();

        @Override
        public void onMessage() {
            told.append("message ");
        }

        @Override
        public void onName() {
            told.append("name ");
        }

        @Override
        public void onSystemMessage() {
            told.append("system ");
        }

        @Override
        public void onText(byte[] utf8, int from, int to) {
            text.append(new String(utf8, from, to - from, UTF_8));
        }

        @Override
        public void onTextEnd() {
            told.append('[').append(text).append("] ");
            text.setLength(0);
        }

        @Override
        public void onTokens(long count) {
            told.append(count).append(' ');
        }

        @Override
        public void onTools() {
            told.append("tools ");
        }

        @Override
        public void onTool() {
            told.append("tool ");
        }

        @Override
        public void onImage(ImageDetail detail, byte[] dataUrl, int from, int to) {
            told.append("image ");
        }

        @Override
        public void onUnknownPart() {
            told.append("unknown ");
        }
    }
}
