package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.dialect.MalformedRequestException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ResponsesRequestTest {
    private static final String BODY = """
            { "input" : [{"role":"user","content":"Hé","model":"no"}], "instructions":"中",
              "model" : "gpt-5" , "stream":true, "user":"u-\\u0031", "safety_identifier": "s",
              "max_output_tokens": 70, "metadata": {"model": "no", "stream": 1}, "new": 1.50 }
            """;

    private final UnpooledByteBufAllocator allocator =
            new UnpooledByteBufAllocator(/* preferDirect= */ true, /* disableLeakDetector= */ true);

    @AfterEach
    void everyBufferIsReleased() {
        assertThat(allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory())
                .isZero();
    }

    @Test
    void knowsWhatTheGatewayMustKnowWhereverTheBodyIsCut() throws Exception {
        byte[] bytes = BODY.getBytes(UTF_8);
        for (int cut = 0; cut <= bytes.length; cut++) {
            try (ResponsesRequest request = read(BODY, cut)) {
                assertThat(request.model()).isEqualTo("gpt-5");
                assertThat(request.stream()).isTrue();
                assertThat(request.endUser()).isEqualTo("u-1");
                assertThat(request.maxOutputTokens()).isEqualTo(70);
                assertThat(request.addsUsageRequest()).isFalse();
                assertThat(request.textBytes()).isEqualTo("userHéno中no".getBytes(UTF_8).length);
                assertThat(rewritten(request, "m-2")).isEqualTo(BODY.replace("\"gpt-5\"", "\"m-2\""));
            }
        }
    }

    @Test
    void knowsWhatTheAnswerIsToGoOnFrom() throws Exception {
        try (ResponsesRequest request = read("{\"model\":\"m\",\"previous_response_id\":\"resp_1\"}", 9)) {
            assertThat(request.continues()).isEqualTo("resp_1");
        }
        try (ResponsesRequest request = read("{\"model\":\"m\",\"previous_response_id\":null}", 9)) {
            assertThat(request.continues()).isNull();
        }
        assertThatThrownBy(() ->
                        read("{\"model\":\"m\",\"previous_response_id\":\"a\",\"previous_response_id\":\"b\"}", 9))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageContaining("given once");
    }

    @Test
    void nothingIsChangedWhenTheModelIsNot() throws Exception {
        try (ResponsesRequest request = read(BODY, 7)) {
            ByteBuf body = allocator.buffer().writeBytes(BODY.getBytes(UTF_8));
            ByteBuf sent = request.rewrite(body, "gpt-5", /* askForUsage= */ true, allocator);
            assertThat(sent).isSameAs(body);
            sent.release();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "{\"model\":\"m\"}|-",
                "{\"model\":\"m\",\"user\":null}|-",
                "{\"model\":\"m\",\"safety_identifier\":\"s\"}|s",
                "{\"safety_identifier\":\"s\",\"user\":\"u\",\"model\":\"m\"}|u"
            })
    void theEndUserHasTwoNames(String body, @Nullable String user) throws Exception {
        try (ResponsesRequest request = read(body, 0)) {
            assertThat(request.endUser()).isEqualTo(user);
            assertThat(request.maxOutputTokens()).isEqualTo(-1);
            assertThat(request.stream()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                "{}|model|'model' is missing",
                "{\"previous_response_id\":\"resp_1\"}|model|'model' is missing; it must name the model to use, beside",
                "{\"model\":\"\"}|model|'model' is empty",
                "{\"model\":7}|model|'model' must be a string, not an integer",
                "{\"model\":null}|model|'model' must be a string, not null",
                "{\"model\":\"a\",\"model\":\"b\"}|model|'model' must be given once; it is given twice",
                "{\"model\":\"a\",\"Stream\":true}|stream|'stream' must be spelt with exactly these letters",
                "{\"model\":\"a\",\"stream\":\"yes\"}|stream|'stream' must be a boolean or null, not a string",
                "{\"model\":\"a\",\"user\":[]}|user|'user' must be a string or null, not an array",
                "{\"model\":\"a\",\"user\":\"\\u0000\"}|user|'user' must have neither control characters",
                "{\"model\":\"a\",\"max_output_tokens\":1.5}|max_output_tokens|'max_output_tokens' must be an integer or null",
                "{\"model\":\"a\",\"max_output_tokens\":99999999999999999999}|max_output_tokens|'max_output_tokens' must be at most",
                "[]|-|must be"
            })
    void refusesWhatIsAmbiguousOrMissing(String body, @Nullable String param, String message) {
        assertThatThrownBy(() -> read(body, body.length() / 2).close())
                .isInstanceOfSatisfying(
                        MalformedRequestException.class,
                        refused -> assertThat(refused.toError().param()).isEqualTo(param))
                .hasMessageContaining(message);
    }

    @Test
    void aNameIsShort() {
        String longest = "m".repeat(ResponsesMembers.MAX_NAME_CHARS);
        assertThatThrownBy(() -> read("{\"model\":\"" + longest + "m\"}", 0).close())
                .hasMessageContaining("at most 256 characters, not 257");
    }

    private static ResponsesRequest read(String body, int cut) throws MalformedRequestException {
        ResponsesRequest request = new ResponsesRequest(16);
        ByteBuf bytes = Unpooled.copiedBuffer(body, UTF_8);
        try {
            request.feed(bytes.slice(0, cut));
            request.feed(bytes.slice(cut, bytes.readableBytes() - cut));
            request.end();
            return request;
        } catch (MalformedRequestException e) {
            request.close();
            throw e;
        }
    }

    private String rewritten(ResponsesRequest request, String model) {
        ByteBuf body = allocator.buffer().writeBytes(BODY.getBytes(UTF_8));
        ByteBuf sent = request.rewrite(body, model, /* askForUsage= */ false, allocator);
        String text = sent.toString(UTF_8);
        sent.release();
        return text;
    }
}
