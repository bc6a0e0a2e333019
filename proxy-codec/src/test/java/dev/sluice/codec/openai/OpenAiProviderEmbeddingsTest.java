package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Written with single quotes for double ones. */
final class OpenAiProviderEmbeddingsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "openai  | {'model':'e','input':'snow','dimensions':256,'encoding_format':'base64','user':'u'} | [task]",
                "mistral | {'model':'e','input':'snow','output_dimension':256}                                  | [user, task]",
                "xai     | {'model':'e','input':'snow','dimensions':256,'user':'u'}                             | [task]"
            })
    void asksInTheWordsOfTheHost(String host, String body, String dropped) {
        EmbeddingRequest request = new EmbeddingRequest(
                List.of(JsonSlice.string("snow")),
                JsonSlice.raw("256"),
                /* base64= */ true,
                JsonSlice.string("u"),
                List.of(new JsonSlice.Member("task", JsonSlice.string("x"))));
        ProviderRequest written = write(host, request);
        assertThat(text(written)).isEqualTo(body);
        assertThat(written.dropped()).hasToString(dropped);
    }

    @Test
    void asksForManyAtOnce() {
        List<JsonSlice> inputs = List.of(JsonSlice.string("a"), JsonSlice.raw("[1, 2]"));
        assertThat(text(write("openai", new EmbeddingRequest(inputs, null, false, null, List.of()))))
                .isEqualTo("{'model':'e','input':['a',[1, 2]]}");
        List<JsonSlice> tokens = List.of(JsonSlice.raw("[1]"));
        assertThat(text(write("openai", new EmbeddingRequest(tokens, null, false, null, List.of()))))
                .isEqualTo("{'model':'e','input':[[1]]}");
    }

    @Test
    void readsVectorsInTheOrderOfTheInputs() {
        Embeddings read = Objects.requireNonNull(read("{'object':'list','data':["
                + "{'object':'embedding','index':1,'embedding':'AACAPw=='},"
                + "{'object':'embedding','index':0,'embedding':[0.50,-1e-3]}],"
                + "'model':'e-1','usage':{'prompt_tokens':7,'total_tokens':7}}"));
        assertThat(read.vectors()).extracting(JsonSlice::json).containsExactly("[0.50,-1e-3]", "\"AACAPw==\"");
        assertThat(read.model()).isEqualTo("e-1");
        assertThat(read.usage().inputTokens()).isEqualTo(7);
    }

    @Test
    void readsVectorsWithoutAnythingElse() {
        Embeddings read = Objects.requireNonNull(read("{'data':[{'embedding':[1]},{'embedding':[2]}]}"));
        assertThat(read.vectors()).extracting(JsonSlice::json).containsExactly("[1]", "[2]");
        assertThat(read.model()).isNull();
        assertThat(read.usage()).isEqualTo(Usage.NONE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{'data':null}",
                "{'data':{}}",
                "{'data':[{}]}",
                "{'data':[{'embedding':1}]}"
            })
    void whatHasNoVectorsIsNone(String body) {
        assertThat(read(body)).isNull();
    }

    private static ProviderRequest write(String host, EmbeddingRequest request) {
        OpenAiQuirks row = OpenAiQuirks.ROWS.stream()
                .filter(candidate -> candidate.name().equals(host))
                .findFirst()
                .orElseThrow();
        return new OpenAiProvider(row)
                .writeEmbeddings(request, "e", new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true));
    }

    private static String text(ProviderRequest written) {
        String text = written.body().toString(UTF_8).replace('"', '\'');
        written.body().release();
        return text;
    }

    private static @Nullable Embeddings read(String body) {
        ByteBuf bytes = Unpooled.copiedBuffer(body.replace('\'', '"'), UTF_8);
        return new OpenAiProvider(OpenAiQuirks.ROWS.getFirst()).readEmbeddings(bytes);
    }
}
