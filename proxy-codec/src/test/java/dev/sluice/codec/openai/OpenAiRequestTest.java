package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiRequestTest {
    private static final String CHAT = """
            { "model" : "gpt-4o-mini",
              "messages": [{"role": "user", "content": "Hé \\"you\\""}, {"role":"user","content":[{"type":"text","text":"中"}]}],
              "stream" : true , "user":"u-\\u0031", "max_tokens": 7,
              "metadata": {"model": "no", "include_usage": 1, "user": []} }
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
        byte[] body = CHAT.getBytes(UTF_8);
        String expected = CHAT.replace("\"gpt-4o-mini\"", "\"m-2\"")
                .replace("[]} }", "[]},\"stream_options\":{\"include_usage\":true} }");
        for (int cut = 0; cut <= body.length; cut++) {
            try (RequestReader request = read(Endpoint.CHAT_COMPLETIONS, CHAT, cut, Math.min(cut + 3, body.length))) {
                assertThat(request.model()).isEqualTo("gpt-4o-mini");
                assertThat(request.stream()).isTrue();
                assertThat(request.endUser()).isEqualTo("u-1");
                assertThat(request.maxOutputTokens()).isEqualTo(7);
                assertThat(request.textBytes()).isEqualTo("userHé \"you\"usertext中no".getBytes(UTF_8).length);
                assertThat(request.addsUsageRequest()).isTrue();
                assertThat(rewritten(request, CHAT, "m-2", true))
                        .as("cut at %s", cut)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void countsPromptAndInputWhenTheyAreText() throws Exception {
        assertThat(textBytes(Endpoint.COMPLETIONS, "{\"model\":\"m\",\"prompt\":\"h\\u00e9\\n\"}"))
                .isEqualTo(4);
        assertThat(textBytes(Endpoint.EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"ab\",\"c\"],\"x\":\"12345\"}"))
                .isEqualTo(3);
        assertThat(textBytes(Endpoint.EMBEDDINGS, "{\"model\":\"m\",\"input\":[[1,2],[3]]}"))
                .isZero();
        String image = "i".repeat(100_000);
        assertThat(textBytes(Endpoint.MODERATIONS, "{\"input\":\"" + image + "\"}"))
                .isEqualTo(100_000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                // stream_options absent, with and without space before the end
                "{\"model\":\"m\",\"stream\":true}|{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
                "{\"model\":\"m\",\"stream\":true \t}|{\"model\":\"m\",\"stream\":true,\"stream_options\":{\"include_usage\":true} \t}",
                // null
                "{\"stream_options\" : null , \"model\":\"m\",\"stream\":true}|{\"stream_options\" : {\"include_usage\":true} , \"model\":\"m\",\"stream\":true}",
                // an object without it
                "{\"stream_options\":{},\"model\":\"m\",\"stream\":true}|{\"stream_options\":{\"include_usage\":true},\"model\":\"m\",\"stream\":true}",
                "{\"stream_options\":{ },\"model\":\"m\",\"stream\":true}|{\"stream_options\":{\"include_usage\":true },\"model\":\"m\",\"stream\":true}",
                "{\"stream_options\":{\"a\":{\"include_usage\":7} },\"model\":\"m\",\"stream\":true}|{\"stream_options\":{\"a\":{\"include_usage\":7},\"include_usage\":true },\"model\":\"m\",\"stream\":true}",
                "{\"stream_options\":{\"a\":[1]},\"model\":\"m\",\"stream\":true}|{\"stream_options\":{\"a\":[1],\"include_usage\":true},\"model\":\"m\",\"stream\":true}",
                // switched off
                "{\"stream_options\":{\"include_usage\": false },\"model\":\"m\",\"stream\":true}|{\"stream_options\":{\"include_usage\": true },\"model\":\"m\",\"stream\":true}",
                "{\"stream_options\":{\"include_us\\u0061ge\":null,\"a\":1},\"model\":\"m\",\"stream\":true}|{\"stream_options\":{\"include_us\\u0061ge\":true,\"a\":1},\"model\":\"m\",\"stream\":true}",
                // nothing to do
                "{\"stream_options\":{\"include_usage\":true},\"model\":\"m\",\"stream\":true}|-",
                "{\"stream_options\":{\"include_usage\":false},\"model\":\"m\",\"stream\":false}|-",
                "{\"stream_options\":{\"include_usage\":false},\"model\":\"m\"}|-",
                "{\"model\":\"m\",\"stream\":null}|-",
            })
    void asksForUsageOnStreamsWhereTheCallerDidNot(String body, String expected) throws Exception {
        for (Endpoint endpoint : List.of(Endpoint.CHAT_COMPLETIONS, Endpoint.COMPLETIONS)) {
            try (RequestReader request = read(endpoint, body)) {
                assertThat(request.addsUsageRequest()).isEqualTo(expected != null);
                assertThat(rewritten(request, body, "m", /* askForUsage= */ true))
                        .isEqualTo(expected == null ? body : expected);
            }
            try (RequestReader request = read(endpoint, body)) {
                assertThat(rewritten(request, body, "m", /* askForUsage= */ false))
                        .isEqualTo(body);
            }
        }
    }

    @Test
    void asksForUsageOnlyWhereStreamsCanReportIt() throws Exception {
        String body = "{\"model\":\"m\",\"input\":\"x\",\"stream\":true}";
        for (Endpoint endpoint : List.of(Endpoint.EMBEDDINGS, Endpoint.MODERATIONS)) {
            try (RequestReader request = read(endpoint, body)) {
                assertThat(request.stream()).isTrue();
                assertThat(request.addsUsageRequest()).isFalse();
                assertThat(rewritten(request, body, "m", true)).isEqualTo(body);
            }
        }
    }

    @Test
    void givesTheVeryBodyBackWhenNothingChanges() throws Exception {
        String body = "{\"\\u006dodel\":\"\\u006d\"}";
        try (RequestReader request = read(Endpoint.CHAT_COMPLETIONS, body)) {
            ByteBuf bytes = buffer(body);
            ByteBuf result = request.rewrite(bytes, "m", true, allocator);
            assertThat(result).isSameAs(bytes);
            result.release();
        }
    }

    @Test
    void escapesTheModelOfTheProvider() throws Exception {
        String body = "{\"model\":\"m\"}";
        try (RequestReader request = read(Endpoint.CHAT_COMPLETIONS, body)) {
            assertThat(rewritten(request, body, "a\"b\\c\n é", true)).isEqualTo("{\"model\":\"a\\\"b\\\\c\\u000a é\"}");
        }
    }

    @Test
    void namesAModelForModerationsThatDoNot() throws Exception {
        String body = "{\"input\":\"x\"\n}";
        try (RequestReader request = read(Endpoint.MODERATIONS, body)) {
            assertThat(request.model()).isEqualTo("omni-moderation-latest");
            assertThat(rewritten(request, body, "omni-moderation-latest", true)).isEqualTo(body);
            assertThat(rewritten(request, body, "text-mod", true))
                    .isEqualTo("{\"input\":\"x\",\"model\":\"text-mod\"\n}");
        }
        try (RequestReader request = read(Endpoint.MODERATIONS, "{ }")) {
            assertThat(rewritten(request, "{ }", "text-mod", true)).isEqualTo("{\"model\":\"text-mod\" }");
        }
    }

    @ParameterizedTest
    @EnumSource(names = "MODERATIONS", mode = EnumSource.Mode.EXCLUDE)
    void demandsAModel(Endpoint endpoint) {
        assertRefused(endpoint, "{\"messages\":[{\"model\":\"m\"}]}", "model", "'model' is missing; it must name");
        assertRefused(endpoint, "{\"model\":\"\"}", "model", "'model' is empty; it must name");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"model\":7}|model|'model' must be a string, not an integer",
                "{\"model\":null}|model|'model' must be a string, not null",
                "{\"model\":{\"a\":1}}|model|'model' must be a string, not an object",
                "{\"model\":\"m\\u0000\"}|model|'model' must have neither control characters nor lone surrogates; its character 1 is 0x0",
                "{\"model\":\"\\ud83d\"}|model|its character 0 is 0xd83d",
                "{\"stream\":\"true\"}|stream|'stream' must be a boolean or null, not a string",
                "{\"stream\":1}|stream|'stream' must be a boolean or null, not an integer",
                "{\"stream_options\":[]}|stream_options|'stream_options' must be an object or null, not an array",
                "{\"stream_options\":true}|stream_options|'stream_options' must be an object or null, not a boolean",
                "{\"stream_options\":{\"include_usage\":\"yes\"}}|stream_options.include_usage|must be a boolean or null, not a string",
                "{\"stream_options\":{\"include_usage\":{}}}|stream_options.include_usage|must be a boolean or null, not an object",
                "{\"user\":[]}|user|'user' must be a string or null, not an array",
                "{\"user\":\"a\\nb\"}|user|its character 1 is 0xa",
                "{\"max_tokens\":1.0}|max_tokens|must be an integer or null, not a number with a fraction or an exponent",
                "{\"max_tokens\":\"1\"}|max_tokens|must be an integer or null, not a string",
                "{\"max_completion_tokens\":1e3}|max_completion_tokens|must be an integer or null, not a number with",
                "{\"max_completion_tokens\":9223372036854775808}|max_completion_tokens|must be at most 9223372036854775807",
            })
    void refusesWrongTypes(String body, String param, String message) {
        assertRefused(Endpoint.CHAT_COMPLETIONS, body, param, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "user"})
    void limitsWhatStandsInRoutesAndRows(String member) throws Exception {
        String most = "\\u0041".repeat(256);
        read(
                        Endpoint.CHAT_COMPLETIONS,
                        "{\"" + member + "\":\"" + most + "\",\"" + (member.equals("user") ? "model" : "user")
                                + "\":\"x\"}")
                .close();
        assertRefused(
                Endpoint.CHAT_COMPLETIONS,
                "{\"" + member + "\":\"" + "A".repeat(257) + "\"}",
                member,
                "must have at most 256 characters, not 257");
        assertRefused(
                Endpoint.CHAT_COMPLETIONS,
                "{\"" + member + "\":\"" + "A".repeat(50_000) + "\"}",
                member,
                "must have at most 256 characters, not 50000 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "stream", "stream_options", "user", "max_tokens", "max_completion_tokens"})
    void refusesMembersThatComeTwiceOrInOtherLetters(String member) {
        String value = switch (member) {
            case "model", "user" -> "\"x\"";
            case "stream_options" -> "{\"x\":1}";
            case "stream" -> "true";
            default -> "1";
        };
        String first = "{\"" + member + "\":" + value + ",";
        String escaped = "\\u00" + Integer.toHexString(member.charAt(0)) + member.substring(1);
        for (String second : List.of(member, escaped)) {
            assertRefused(
                    Endpoint.CHAT_COMPLETIONS,
                    first + "\"" + second + "\":" + value + "}",
                    member,
                    "'" + member + "' must be given once; it is given twice");
        }
        String upper = member.substring(0, 1).toUpperCase(Locale.ROOT) + member.substring(1);
        for (String other :
                List.of(upper, member.replace('s', 'ſ').replace('k', '\u212a').replace('d', 'D'))) {
            if (!other.equals(member)) {
                assertRefused(
                        Endpoint.CHAT_COMPLETIONS,
                        "{\"" + other + "\":null}",
                        member,
                        "must be spelt with exactly these letters");
            }
        }
    }

    @Test
    void refusesIncludeUsageThatComesTwiceOrInOtherLetters() {
        String path = "stream_options.include_usage";
        assertRefused(
                Endpoint.CHAT_COMPLETIONS,
                "{\"stream_options\":{\"include_usage\":true,\"include_usage\":false}}",
                path,
                "given twice");
        assertRefused(
                Endpoint.CHAT_COMPLETIONS,
                "{\"stream_options\":{\"Include_usage\":true}}",
                path,
                "exactly these letters");
    }

    @Test
    void letsOtherMembersComeTwiceAndElsewhere() throws Exception {
        String body =
                "{\"x\":1,\"x\":2,\"model\":\"m\",\"a\":{\"model\":1,\"model\":2,\"MODEL\":3},\"prompt\":\"a\",\"prompt\":\"b\"}";
        try (RequestReader request = read(Endpoint.COMPLETIONS, body)) {
            assertThat(rewritten(request, body, "n", true)).isEqualTo(body.replace("\"m\"", "\"n\""));
        }
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "'', -1",
                "'\"max_tokens\":null,', -1",
                "'\"max_tokens\":5,', 5",
                "'\"max_tokens\":-1,', -1",
                "'\"max_tokens\":5,\"max_completion_tokens\":0,', 5",
                "'\"max_tokens\":5,\"max_completion_tokens\":9,', 9",
                "'\"max_completion_tokens\":6,\"max_tokens\":null,', 6",
                "'\"max_tokens\":5,\"max_completion_tokens\":null,', 5",
                "'\"max_tokens\":9223372036854775807,', 9223372036854775807"
            })
    void theLargerOfTwoLimitsCounts(String members, long expected) throws Exception {
        try (RequestReader request =
                read(Endpoint.CHAT_COMPLETIONS, "{" + members + "\"model\":\"m\",\"user\":null}")) {
            assertThat(request.maxOutputTokens()).isEqualTo(expected);
            assertThat(request.endUser()).isNull();
        }
    }

    @Test
    void translatesErrorsOfSyntax() {
        Throwable refused = catchThrowable(() -> read(Endpoint.CHAT_COMPLETIONS, "{\"model\":\"secret prompt"));
        assertThat(refused).isInstanceOf(MalformedRequestException.class).hasMessageNotContaining("secret");
        var error = ((MalformedRequestException) refused).toError();
        assertThat(error.kind()).isEqualTo(ErrorKind.INVALID_REQUEST);
        assertThat(error.param()).isNull();
        assertThat(error.message()).contains("ends at byte offset 23");
        assertThat(catchThrowable(() -> read(Endpoint.CHAT_COMPLETIONS, "{\"model\":\"m\",nonsense}")))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageNotContaining("nonsense");
    }

    @Test
    void tellsNothingAndReleasesTheBodyBeforeTheEnd() throws Exception {
        String body = "{\"model\":\"m\"}";
        try (RequestReader request = OpenAiRequest.of(Endpoint.CHAT_COMPLETIONS, JsonLimits.DEFAULT.depth())) {
            Pieces.feed(allocator, body.getBytes(UTF_8), request::feed);
            assertThatThrownBy(request::model).isInstanceOf(IllegalStateException.class);
            ByteBuf bytes = buffer(body);
            assertThatThrownBy(() -> request.rewrite(bytes, "m", true, allocator))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(bytes.refCnt()).isZero();
        }
    }

    private void assertRefused(Endpoint endpoint, String body, String param, String message) {
        Throwable refused = catchThrowable(() -> read(endpoint, body).close());
        assertThat(refused)
                .as(body)
                .isInstanceOf(MalformedRequestException.class)
                .hasMessageContaining(message);
        assertThat(((MalformedRequestException) refused).toError().param()).isEqualTo(param);
    }

    private long textBytes(Endpoint endpoint, String body) throws MalformedRequestException {
        try (RequestReader request = read(endpoint, body)) {
            return request.textBytes();
        }
    }

    private RequestReader read(Endpoint endpoint, String body, int... cuts) throws MalformedRequestException {
        RequestReader request = OpenAiRequest.of(endpoint, JsonLimits.DEFAULT.depth());
        boolean read = false;
        try {
            Pieces.feed(allocator, body.getBytes(UTF_8), request::feed, cuts);
            request.end();
            read = true;
            return request;
        } finally {
            if (!read) {
                request.close();
            }
        }
    }

    private String rewritten(RequestReader request, String body, String upstreamModel, boolean askForUsage) {
        ByteBuf result = request.rewrite(buffer(body), upstreamModel, askForUsage, allocator);
        try {
            return result.toString(UTF_8);
        } finally {
            result.release();
        }
    }

    private ByteBuf buffer(String body) {
        return allocator.buffer().writeBytes(body.getBytes(UTF_8));
    }
}
