package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.ChatRequestText;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.InboundDialect;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.openai.OpenAiInbound;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The folders of {@code golden/anthropic}: what goes in, and what is to come out. White space in bodies is free. */
final class AnthropicGoldenTest {

    static List<Path> answers() {
        return cases("answers");
    }

    /** {@code answer.sse} or {@code answer.json}, however cut, is {@code told.txt}. */
    @ParameterizedTest
    @MethodSource("answers")
    void answersSayTheSameHoweverTheyAreCut(Path folder) {
        String told = read(folder, "told.txt");
        boolean stream = has(folder, "answer.sse");
        byte[] bytes = read(folder, stream ? "answer.sse" : "answer.json").getBytes(UTF_8);
        Cuts.forEachCut(
                bytes.length,
                /* randomCuts= */ 10,
                cut -> {
                    AnswerRun run = stream ? AnswerRun.stream(bytes, cut) : AnswerRun.body(bytes, cut);
                    assertThat(run.summary()).isEqualTo(told);
                });
    }

    static List<Path> requests() {
        return cases("requests");
    }

    /** {@code request.json} means {@code chat.txt}, or is refused with {@code refused.txt}. */
    @ParameterizedTest
    @MethodSource("requests")
    void requestsMean(Path folder) {
        ByteBuf body = Unpooled.copiedBuffer(read(folder, "request.json"), UTF_8);
        String meant;
        try {
            meant = ChatRequestText.of(new AnthropicInbound().readChat(new CallPath(Endpoint.MESSAGES), body));
        } catch (MalformedRequestException e) {
            assertThat(refusal(e)).isEqualTo(read(folder, "refused.txt"));
            return;
        }
        assertThat(meant).isEqualTo(read(folder, "chat.txt"));
    }

    static List<Path> written() {
        return cases("written");
    }

    /**
     * {@code openai.json} or {@code anthropic.json} is written as {@code body.json}, for the model that it names, without
     * {@code dropped.txt}; or is refused with {@code refused.txt}.
     */
    @ParameterizedTest
    @MethodSource("written")
    void requestsAreWritten(Path folder) throws MalformedRequestException {
        boolean openai = has(folder, "openai.json");
        ByteBuf body = Unpooled.copiedBuffer(read(folder, openai ? "openai.json" : "anthropic.json"), UTF_8);
        InboundDialect inbound = openai ? new OpenAiInbound() : new AnthropicInbound();
        CallPath path = new CallPath(openai ? Endpoint.CHAT_COMPLETIONS : Endpoint.MESSAGES);
        String model =
                Objects.requireNonNull(JsonSlice.of(body).member("model")).text();
        ChatRequest request = inbound.readChat(path, body);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        ProviderRequest written;
        try {
            written = new AnthropicProvider().writeChat(request, model, allocator);
        } catch (MalformedRequestException e) {
            assertThat(refusal(e)).isEqualTo(read(folder, "refused.txt"));
            assertThat(allocator.metric().usedHeapMemory()).isZero();
            return;
        }
        String said = written.body().toString(UTF_8);
        assertThat(JsonSlice.checked(written.body())).as(said).isNotNull();
        written.body().release();
        assertThat(compact(said)).isEqualTo(compact(read(folder, "body.json")));
        assertThat(String.join("\n", written.dropped()))
                .isEqualTo(
                        has(folder, "dropped.txt") ? read(folder, "dropped.txt").strip() : "");
    }

    static List<Path> said() {
        return cases("said");
    }

    /** {@code script.txt} is said in {@code events.sse}, and whole in {@code message.json}. */
    @ParameterizedTest
    @MethodSource("said")
    void answersOfOthersAreSaid(Path folder) {
        String script = read(folder, "script.txt");
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
        String events = EventScript.run(script, new AnthropicInbound().newEncoder(plan(/* stream= */ true), allocator));
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(events).isEqualTo(read(folder, "events.sse"));
        String whole = EventScript.run(script, new AnthropicInbound().newEncoder(plan(/* stream= */ false), allocator));
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(compact(whole)).isEqualTo(compact(read(folder, "message.json")));
    }

    /** Those that came to their end, and whose arguments are JSON. */
    static List<Path> complete() {
        return said().stream().filter(folder -> has(folder, "read-again.txt")).toList();
    }

    /** What we say can be read again, and means the same as events and whole: {@code read-again.txt}. */
    @ParameterizedTest
    @MethodSource("complete")
    void whatIsSaidCanBeReadAgain(Path folder) {
        String again = read(folder, "read-again.txt");
        assertThat(AnswerRun.stream(read(folder, "events.sse")).summary()).isEqualTo(again);
        assertThat(AnswerRun.body(read(folder, "message.json")).summary()).isEqualTo(again);
    }

    private static AnswerPlan plan(boolean stream) {
        return new AnswerPlan(Endpoint.MESSAGES, stream, "alias", "req-1", 1_700_000_000L, true, 2, null);
    }

    private static String refusal(MalformedRequestException e) {
        GatewayError error = e.toError();
        return error.param() + ": " + error.message() + '\n';
    }

    private static List<Path> cases(String family) {
        URL root = Objects.requireNonNull(AnthropicGoldenTest.class.getResource("/golden/anthropic/" + family), family);
        try (Stream<Path> folders = Files.list(Path.of(root.toURI()))) {
            List<Path> cases = folders.filter(Files::isDirectory).sorted().toList();
            assertThat(cases).isNotEmpty();
            return cases;
        } catch (IOException | URISyntaxException e) {
            throw new AssertionError(family, e);
        }
    }

    private static boolean has(Path folder, String file) {
        return Files.exists(folder.resolve(file));
    }

    private static String read(Path folder, String file) {
        try {
            return Files.readString(folder.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(folder + "/" + file, e);
        }
    }

    /** Without the white space between tokens. */
    private static String compact(String json) {
        StringBuilder compact = new StringBuilder();
        boolean inString = false;
        for (int i = 0; i < json.length(); i++) {
            char next = json.charAt(i);
            if (inString && next == '\\') {
                compact.append(next).append(json.charAt(++i));
                continue;
            }
            inString ^= next == '"';
            if (inString || next > ' ') {
                compact.append(next);
            }
        }
        return compact.toString();
    }
}
