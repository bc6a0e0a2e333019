package dev.sluice.codec.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.ChatRequestText;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.openai.OpenAiInbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every row of the maps from and to Gemini as a folder under {@code golden/gemini}; folders of traps name them.
 *
 * <ul>
 *   <li>{@code written}: {@code openai.json}, for a model and a row of providers named in {@code model.txt}, becomes
 *       {@code request.json}, less what {@code dropped.txt} names; or is refused with {@code refused.txt}.
 *   <li>{@code read}: {@code request.json} means {@code means.txt}, or is refused with {@code refused.txt}.
 *   <li>{@code answers}: {@code stream.sse} or {@code body.json} says {@code says.txt}, in whatever pieces it comes.
 *   <li>{@code said}: {@code script.txt} is said as {@code stream.txt}, {@code body.json} and {@code array.json}.
 * </ul>
 */
final class GeminiGoldenTest {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);

    @AfterEach
    void givesAllMemoryBack() {
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    static List<Golden> written() {
        return Golden.of("written");
    }

    static List<Golden> read() {
        return Golden.of("read");
    }

    static List<Golden> answers() {
        return Golden.of("answers");
    }

    static List<Golden> said() {
        return Golden.of("said");
    }

    @ParameterizedTest
    @MethodSource("written")
    void writesChats(Golden golden) {
        String[] model =
                golden.read("model.txt", "gemini gemini-3-flash").strip().split(" ");
        ProviderDialect provider = GeminiProvider.ROWS.stream()
                .filter(row -> row.name().equals(model[0]))
                .findFirst()
                .orElseThrow();
        ByteBuf body = Unpooled.copiedBuffer(golden.read("openai.json"), StandardCharsets.UTF_8);
        try {
            ProviderRequest request = provider.writeChat(
                    new OpenAiInbound().readChat(new CallPath(Endpoint.CHAT_COMPLETIONS), body), model[1], allocator);
            String written = request.body().toString(StandardCharsets.UTF_8);
            request.body().release();
            assertThat(JsonSlice.checked(Unpooled.copiedBuffer(written, StandardCharsets.UTF_8)))
                    .isNotNull();
            assertThat(written).isEqualTo(golden.read("request.json").strip());
            assertThat(String.join("\n", request.dropped()))
                    .isEqualTo(golden.read("dropped.txt", "").strip());
        } catch (MalformedRequestException e) {
            assertThat(e)
                    .hasMessage(golden.read("refused.txt", "nothing was to be refused")
                            .strip());
        }
    }

    @ParameterizedTest
    @MethodSource("read")
    void readsChats(Golden golden) {
        ByteBuf body = Unpooled.copiedBuffer(golden.read("request.json"), StandardCharsets.UTF_8);
        try {
            CallPath path = new CallPath(Endpoint.GENERATE_CONTENT, "gemini-3-flash", /* stream= */ true, "alt=sse");
            assertThat(ChatRequestText.of(new GeminiInbound().readChat(path, body)))
                    .isEqualTo(golden.read("means.txt"));
        } catch (MalformedRequestException e) {
            assertThat(e)
                    .hasMessage(golden.read("refused.txt", "nothing was to be refused")
                            .strip());
        }
    }

    @ParameterizedTest
    @MethodSource("answers")
    void readsAnswers(Golden golden) {
        boolean stream = golden.has("stream.sse");
        String text = stream ? golden.read("stream.sse").replace("\n", "\r\n") : golden.read("body.json");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        String says = golden.read("says.txt");
        Cuts heap = Cuts.onHeap();
        Cuts direct = Cuts.direct();
        assertThat(AnswerRun.says(stream, bytes, direct, bytes.length)).isEqualTo(says);
        Cuts.forEachCut(bytes.length, 20, ends -> {
            String said = AnswerRun.says(stream, bytes, heap, ends);
            if (!said.equals(says)) {
                assertThat(said).as("cut at %s", ends).isEqualTo(says);
            }
        });
        assertThat(heap.unreleasedBytes() + direct.unreleasedBytes()).isZero();
    }

    @ParameterizedTest
    @MethodSource("said")
    void saysAnswers(Golden golden) {
        String script = golden.read("script.txt");
        assertThat(say(script, Endpoint.GENERATE_CONTENT, /* stream= */ true).replace("\r\n", "\n"))
                .isEqualTo(golden.read("stream.txt"));
        String body = say(script, Endpoint.GENERATE_CONTENT, /* stream= */ false);
        if (golden.has("body.json")) {
            assertThat(body).isEqualTo(golden.read("body.json").strip());
        }
        assertThat(say(script, Endpoint.GENERATE_CONTENT_ARRAY, /* stream= */ false))
                .isEqualTo("[" + body + "]");
    }

    private String say(String script, Endpoint endpoint, boolean stream) {
        AnswerPlan plan = new AnswerPlan(endpoint, stream, "asked-model", "req_1", 1_700_000_000, true, 7, "alt=sse");
        return EventScript.run(script, new GeminiInbound().newEncoder(plan, allocator));
    }
}
