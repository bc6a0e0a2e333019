package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AnthropicRequestTest {
    private static final String BODY = """
            { "max_tokens" : 100, "messages":[{"role":"user","content":"H\\u0069 世"}], "system":"Be brief.",
              "metadata":{"other":{"user_id":"not me"},"user_id":"u-\\u0031"}, "model" :"alias", "stream": true,
              "thinking":{"type":"enabled","budget_tokens":1.50e3} }
            """;

    @Test
    void knowsWhatTheGatewayMustKnowHoweverTheBodyIsCut() {
        byte[] bytes = BODY.getBytes(UTF_8);
        Cuts.forEachCut(
                bytes.length,
                /* randomCuts= */ 20,
                cut -> {
                    Cuts cuts = Cuts.direct();
                    try (RequestReader reader = read(bytes, cut, cuts, Endpoint.MESSAGES)) {
                        assertThat(reader.model()).isEqualTo("alias");
                        assertThat(reader.stream()).isTrue();
                        assertThat(reader.endUser()).isEqualTo("u-1");
                        assertThat(reader.maxOutputTokens()).isEqualTo(100);
                        assertThat(reader.addsUsageRequest()).isFalse();
                        // user, Hi 世, Be brief., not me, u-1, enabled
                        assertThat(reader.textBytes()).isEqualTo(4 + 6 + 9 + 6 + 3 + 7);
                    } catch (MalformedRequestException e) {
                        throw new AssertionError(e);
                    }
                    assertThat(cuts.unreleasedBytes()).isZero();
                });
    }

    @Test
    void onlyTheModelIsRewritten() throws MalformedRequestException {
        byte[] bytes = BODY.getBytes(UTF_8);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        try (RequestReader reader = read(bytes, new int[] {bytes.length}, Cuts.direct(), Endpoint.MESSAGES)) {
            ByteBuf whole = allocator.buffer().writeBytes(bytes);
            ByteBuf rewritten = reader.rewrite(whole, "claude-\"x\"", /* askForUsage= */ true, allocator);
            assertThat(rewritten.toString(UTF_8)).isEqualTo(BODY.replace("\"alias\"", "\"claude-\\\"x\\\"\""));
            rewritten.release();
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    @Test
    void theSameModelMeansTheVeryBytes() throws MalformedRequestException {
        byte[] bytes = BODY.getBytes(UTF_8);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        try (RequestReader reader = read(bytes, new int[] {bytes.length}, Cuts.direct(), Endpoint.MESSAGES)) {
            ByteBuf whole = allocator.buffer().writeBytes(bytes);
            assertThat(reader.rewrite(whole, "alias", /* askForUsage= */ false, allocator))
                    .isSameAs(whole);
            whole.release();
        }
    }

    @Test
    void aCountOfTokensNeedsNoLimit() throws MalformedRequestException {
        byte[] bytes = "{\"model\":\"m\",\"messages\":[]}".getBytes(UTF_8);
        try (RequestReader reader =
                read(bytes, new int[] {bytes.length}, Cuts.onHeap(), Endpoint.MESSAGES_COUNT_TOKENS)) {
            assertThat(reader.maxOutputTokens()).isEqualTo(-1);
            assertThat(reader.stream()).isFalse();
            assertThat(reader.endUser()).isNull();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'max_tokens':1}                              | 'model' is missing; it must name the model to use",
                "{'model':'','max_tokens':1}                   | 'model' is empty; it must name the model to use",
                "{'model':1,'max_tokens':1}                    | 'model' must be a string, not an integer",
                "{'model':'m'}                                 | 'max_tokens' is missing; it must say how many tokens may be generated",
                "{'model':'m','max_tokens':null}               | 'max_tokens' is missing; it must say how many tokens may be generated",
                "{'model':'m','max_tokens':-1}                 | 'max_tokens' must be 0 or more, not -1",
                "{'model':'m','max_tokens':1.0}                | 'max_tokens' must be an integer, not a number with a fraction or an exponent",
                "{'model':'m','max_tokens':1,'stream':'yes'}   | 'stream' must be a boolean, not a string",
                "{'model':'m','model':'n','max_tokens':1}      | 'model' must be given once; it is given twice",
                "{'Model':'m','max_tokens':1}                  | 'model' must be spelt with exactly these letters, in lower case",
                "{'model':'m','metadata':{'user_id':1}}        | 'metadata.user_id' must be a string, not an integer",
                "{'model':'m','metadata':{'User_Id':'u'}}      | 'metadata.user_id' must be spelt with exactly these letters, in lower case",
                "{'model':'m','metadata':[]}                   | 'metadata' must be an object, not an array",
                "{'model':'a\\nb','max_tokens':1}              | 'model' must have neither control characters nor lone surrogates; its character 1 is 0xa"
            })
    void refusesWhatItCannotActUpon(String body, String message) {
        byte[] bytes = body.replace('\'', '"').getBytes(UTF_8);
        assertThatThrownBy(() -> read(bytes, new int[] {bytes.length}, Cuts.direct(), Endpoint.MESSAGES))
                .isInstanceOf(MalformedRequestException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"model\":\"m\"", "{} {}", "nonsense"})
    void refusesWhatIsNoObject(String body) {
        byte[] bytes = body.getBytes(UTF_8);
        assertThatThrownBy(() -> read(bytes, new int[] {bytes.length}, Cuts.direct(), Endpoint.MESSAGES))
                .isInstanceOf(MalformedRequestException.class);
    }

    private static RequestReader read(byte[] bytes, int[] cut, Cuts cuts, Endpoint endpoint)
            throws MalformedRequestException {
        RequestReader reader = new AnthropicInbound().newRequest(new CallPath(endpoint), /* maxDepth= */ 64);
        boolean accepted = false;
        try {
            int from = 0;
            for (int to : cut) {
                ByteBuf piece = cuts.buffer(bytes, from, to);
                try {
                    reader.feed(piece);
                } finally {
                    piece.release();
                }
                from = to;
            }
            reader.end();
            accepted = true;
            return reader;
        } finally {
            if (!accepted) {
                reader.close();
            }
        }
    }
}
