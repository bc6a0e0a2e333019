package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Recorded answers of providers, which are no part of this repository: {@code SLUICE_REPLAY_DIR} says where they are,
 * in a folder for each host. A {@code .sse} file is a body, a {@code .chunks.txt} file has a payload on each line.
 */
final class OpenAiProviderReplayTest {
    private static final List<String> HOSTS = List.of(
            "openai-chat",
            "openai-completions",
            "openai-compatible",
            "openrouter",
            "groq",
            "mistral",
            "deepseek",
            "azure");
    private static final Set<String> OBJECTS =
            Set.of("chat.completion.chunk", "chat.completion", "text_completion", "");

    @TestFactory
    Stream<DynamicTest> aRecordedAnswerIsToldTheSameHoweverItIsCut() throws IOException {
        String folder = System.getenv("SLUICE_REPLAY_DIR");
        assumeTrue(folder != null, "SLUICE_REPLAY_DIR is not set: nothing is replayed");
        List<Path> answers = new ArrayList<>();
        for (String host : HOSTS) {
            Path hosts = Path.of(folder).resolve(host);
            if (Files.isDirectory(hosts)) {
                try (Stream<Path> files = Files.walk(hosts)) {
                    files.filter(Files::isRegularFile).sorted().forEach(answers::add);
                }
            }
        }
        return answers.stream()
                .filter(file -> isAnswer(payloads(file)))
                .map(file -> DynamicTest.dynamicTest(
                        file.getParent().getFileName() + "/" + file.getFileName(), () -> replay(file)));
    }

    private static void replay(Path file) {
        List<String> payloads = payloads(file);
        boolean stream = !file.toString().endsWith(".json");
        Heard whole = read(stream, payloads, Integer.MAX_VALUE);
        assertThat(read(stream, payloads, 1).toString()).isEqualTo(whole.toString());
        assertThat(read(stream, payloads, 7).toString()).isEqualTo(whole.toString());
        String content = joined(payloads, stream ? "delta" : "message", List.of("content", "text"));
        assertThat(whole.text("0 CONTENT")).isEqualTo(content);
        assertThat(whole.text("0 REASONING"))
                .isEqualTo(joined(payloads, stream ? "delta" : "message", List.of("reasoning_content", "reasoning")));
        whole.texts.forEach((key, text) -> {
            if (key.contains("args")) {
                assertThat(JsonSlice.checked(Unpooled.wrappedBuffer(text.toByteArray())))
                        .as(key)
                        .isNotNull();
            }
        });
        assertThat(whole.finishes).as("finishes").isEqualTo(1);
    }

    private static Heard read(boolean stream, List<String> payloads, int longest) {
        Heard heard = new Heard();
        AnswerReader answer = OpenAiAnswer.of(stream, /* legacy= */ false, heard);
        for (String payload : payloads) {
            byte[] bytes = payload.getBytes(UTF_8);
            for (int from = 0; from < bytes.length; ) {
                int to = (int) Math.min(bytes.length, (long) from + longest);
                ByteBuf piece = Unpooled.wrappedBuffer(bytes, from, to - from);
                answer.onPayload(piece, 0, to - from);
                from = to;
            }
            answer.onPayloadEnd();
        }
        assertThat(answer.finished()).isTrue();
        assertThat(answer.error()).isNull();
        answer.onEnd();
        return heard;
    }

    /** What a plain reading of the first choice gives; of texts in parts the plain ones. */
    private static String joined(List<String> payloads, String container, List<String> members) {
        StringBuilder joined = new StringBuilder();
        for (String payload : payloads) {
            JsonSlice root = JsonSlice.checked(Unpooled.copiedBuffer(payload, UTF_8));
            JsonSlice choices = root == null ? null : root.member("choices");
            for (JsonSlice choice : choices == null ? List.<JsonSlice>of() : choices.elements()) {
                JsonSlice said = choice.member(container);
                joined.append(first(said == null ? choice : said, members));
            }
        }
        return joined.toString();
    }

    private static String first(JsonSlice said, List<String> members) {
        for (String member : members) {
            JsonSlice value = said.member(member);
            if (value != null && value.isString() && !value.isEmpty()) {
                return value.text();
            }
            StringBuilder parts = new StringBuilder();
            for (JsonSlice part : value == null ? List.<JsonSlice>of() : value.elements()) {
                JsonSlice text = part.member("text");
                parts.append(text == null ? "" : text.text());
            }
            if (!parts.isEmpty()) {
                return parts.toString();
            }
        }
        return "";
    }

    private static List<String> payloads(Path file) {
        try {
            String text = Files.readString(file);
            if (file.toString().endsWith(".json")) {
                return List.of(text);
            }
            boolean framed = file.toString().endsWith(".sse");
            return text.lines()
                    .filter(line -> framed ? line.startsWith("data:") : !line.isBlank())
                    .map(line -> framed ? line.substring(5).strip() : line)
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    private static boolean isAnswer(List<String> payloads) {
        JsonSlice root = payloads.isEmpty() ? null : JsonSlice.checked(Unpooled.copiedBuffer(payloads.get(0), UTF_8));
        JsonSlice object = root == null ? null : root.member("object");
        return object != null && OBJECTS.contains(object.text()) && root.member("choices") != null;
    }

    private static final class Heard implements ChatEvents {
        private final Map<String, ByteArrayOutputStream> texts = new TreeMap<>();
        private int finishes;
        private String start = "";

        @Override
        public void onStart(@Nullable String id, @Nullable String model) {
            start = id + " " + model;
        }

        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
            of(choice + " " + channel).write(utf8, from, to - from);
        }

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {
            of(choice + " " + call + " call").writeBytes((id + " " + name).getBytes(UTF_8));
        }

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
            of(choice + " " + call + " args").write(utf8, from, to - from);
        }

        @Override
        public void onFinish(int choice, FinishReason reason, @Nullable String stopSequence) {
            finishes++;
            of(choice + " finish").writeBytes((reason + " " + stopSequence).getBytes(UTF_8));
        }

        @Override
        public String toString() {
            StringBuilder all = new StringBuilder(start);
            texts.forEach(
                    (key, text) -> all.append('\n').append(key).append('=').append(text.toString(UTF_8)));
            return all.toString();
        }

        private String text(String key) {
            ByteArrayOutputStream text = texts.get(key);
            return text == null ? "" : text.toString(UTF_8);
        }

        private ByteArrayOutputStream of(String key) {
            return texts.computeIfAbsent(key, k -> new ByteArrayOutputStream());
        }
    }
}
