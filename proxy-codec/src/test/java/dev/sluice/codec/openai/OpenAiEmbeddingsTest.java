package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatRequestText;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OpenAiEmbeddingsTest {
    /** 0, 1, -2.5 and 0.1 as little-endian 32-bit floats. */
    private static final String BASE64 = "AAAAAAAAgD8AACDAzczMPQ==";

    private final OpenAiInbound dialect = new OpenAiInbound();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`\"one text\"` | `  \"one text\"\n`",
                "`[\"one\",\"\",\"two\"]` | `  \"one\"\n  \"\"\n  \"two\"\n`",
                "`[17, 4]` | `  [17, 4]\n`",
                "`[[17,4],[5]]` | `  [17,4]\n  [5]\n`"
            })
    void readsEveryFormOfInput(String input, String inputs) throws MalformedRequestException {
        assertThat(read("{\"model\":\"m\",\"input\":" + input + "}")).isEqualTo("inputs\n" + inputs);
    }

    @Test
    void readsWhatElseIsSaid() throws MalformedRequestException {
        assertThat(read("{\"model\":\"m\",\"input\":\"a\",\"dimensions\":256,\"encoding_format\":\"base64\","
                        + "\"user\":\"u\",\"input_type\":\"query\"}"))
                .isEqualTo("inputs\n  \"a\"\ndimensions 256\nbase64\nendUser \"u\"\nothers\n  input_type \"query\"\n");
        assertThat(read("{\"model\":\"m\",\"input\":\"a\",\"dimensions\":null,\"encoding_format\":\"float\"}"))
                .isEqualTo("inputs\n  \"a\"\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | input | 'input' is missing; it must be a string, an array of strings, or one or more arrays of"
                        + " token numbers",
                "`{\"input\":{}}` | input | 'input' must be a string, an array of strings, or one or more arrays of token"
                        + " numbers, not an object",
                "`{\"input\":[]}` | input | 'input' must have at least one element; it is empty",
                "`{\"input\":[1,\"a\"]}` | input[1] | 'input[1]' must be an integer, like those before it, not a string",
                "`{\"input\":[\"a\",true]}` | input[1] | 'input[1]' must be a string or an array of token numbers, not a"
                        + " boolean",
                "`{\"input\":\"a\",\"dimensions\":\"b\"}` | dimensions | 'dimensions' must be an integer, not a string",
                "`{\"input\":\"a\",\"encoding_format\":\"hex\"}` | encoding_format | 'encoding_format' must be \"float\" or"
                        + " \"base64\", not \"hex\""
            })
    void refusesWhatIsNoInput(String body, String param, String message) {
        assertThatThrownBy(() -> read(body))
                .isInstanceOfSatisfying(
                        MalformedRequestException.class,
                        refused -> assertThat(refused.toError())
                                .returns(param, error -> String.valueOf(error.param()))
                                .returns(message, error -> error.message()));
    }

    @Test
    void vectorsGoAsTheyAreWhereTheFormIsTheSame() {
        Embeddings numbers = new Embeddings(
                List.of(JsonSlice.raw("[1.0,-0.0,1e-7]"), JsonSlice.raw("[ ]")), "text-1", Usage.of(9, -1, -1, -1, -1));
        assertThat(write(numbers, false))
                .isEqualTo("{\"object\":\"list\",\"data\":["
                        + "{\"object\":\"embedding\",\"index\":0,\"embedding\":[1.0,-0.0,1e-7]},"
                        + "{\"object\":\"embedding\",\"index\":1,\"embedding\":[ ]}],"
                        + "\"model\":\"text-1\",\"usage\":{\"prompt_tokens\":9,\"total_tokens\":9}}");
        assertThat(write(vector("\"" + BASE64 + "\""), true)).contains("\"embedding\":\"" + BASE64 + "\"");
    }

    @Test
    void numbersBecomeBase64() {
        assertThat(write(vector("[0, 1.0, -25e-1, 0.1]"), true)).contains("\"embedding\":\"" + BASE64 + "\"");
    }

    @Test
    void base64BecomesNumbers() {
        assertThat(write(vector("\"" + BASE64 + "\""), false)).contains("\"embedding\":[0.0,1.0,-2.5,0.1]");
    }

    @Test
    void slashesOfBase64MayBeEscaped() {
        assertThat(write(vector("\"\\/\\/9\\/fw==\""), false)).contains("\"embedding\":[3.4028235E38]");
    }

    /** Not a number, and infinity: JSON has no words for them. */
    @Test
    void whatIsNoNumberIsNull() {
        assertThat(write(vector("\"AADAfwAAgH8=\""), false)).contains("\"embedding\":[null,null]");
    }

    @Test
    void anAnswerWithoutNamesAndFiguresHasThoseOfTheCall() {
        assertThat(write(vector("[1]"), false))
                .endsWith("\"model\":\"m\",\"usage\":{\"prompt_tokens\":7,\"total_tokens\":7}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"!\"", "\"AAAA=AAA\""})
    void whatIsNoBase64LeavesNothingBehind(String vector) {
        assertThatThrownBy(() -> write(vector(vector), false)).isInstanceOf(IllegalArgumentException.class);
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    private String read(String body) throws MalformedRequestException {
        ByteBuf bytes = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
        return ChatRequestText.of(dialect.readEmbeddings(new CallPath(Endpoint.EMBEDDINGS), bytes));
    }

    private String write(Embeddings embeddings, boolean base64) {
        AnswerPlan plan = new AnswerPlan(Endpoint.EMBEDDINGS, false, "m", "r1", 1, false, 7, null);
        ByteBuf written = dialect.writeEmbeddings(embeddings, base64, plan, allocator);
        try {
            return written.toString(StandardCharsets.UTF_8);
        } finally {
            written.release();
        }
    }

    private static Embeddings vector(String json) {
        return new Embeddings(List.of(JsonSlice.raw(json)), null, Usage.NONE);
    }
}
