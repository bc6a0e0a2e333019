package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.relay.Relay.Ending;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams in the manner of each host, through the relay in every cut and with each line end. */
final class StreamsTest {
    private static final long NONE = Usage.UNKNOWN;

    /**
     * A stream and what it must come to.
     *
     * @param strips how many events are dropped when usage is
     */
    record Expected(String name, Ending ending, String model, boolean content, int strips, Usage usage) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Expected> streams() {
        return List.of(
                complete(
                        "openai-text",
                        "gpt-lantern-mini",
                        1,
                        new Usage(21, 16, 4, NONE, 0, NONE, NONE, 9, 3, 0, NONE, NONE, NONE)),
                complete("openai-parallel-tools", "gpt-lantern-mini", 1, tokens(88, 31)),
                complete("openai-two-choices", "gpt-lantern-mini", 1, tokens(7, 5)),
                new Expected(
                        "openai-length-without-content",
                        Ending.COMPLETE,
                        "gpt-lantern-mini",
                        false,
                        1,
                        Usage.of(40, NONE, NONE, 64, 64)),
                complete("openai-legacy-completion", "gpt-mill-instruct", 1, tokens(4, 5)),
                failed("openai-error-mid", "gpt-lantern-mini"),
                complete("azure-filters", "gpt-harbour", 1, tokens(12, 2)),
                complete("azure-content-filter", "gpt-harbour", 0, Usage.NONE),
                complete("groq-text", "llama-quarry-8b", 0, tokens(18, 6)),
                new Expected("groq-tool-error", Ending.PROVIDER_ERROR, "llama-quarry-8b", false, 0, Usage.NONE),
                complete("mistral-thinking-tool", "mistral-plough", 0, tokens(33, 14)),
                complete("deepseek-reasoning", "deepseek-ravine", 0, Usage.of(30, 24, NONE, 11, 8)),
                complete(
                        "openrouter-double-finish",
                        "vendor/kite-large",
                        0,
                        new Usage(50, 32, 8, NONE, NONE, NONE, NONE, 20, 5, NONE, NONE, NONE, 410_000)),
                failed("openrouter-error-mid", "vendor/kite-large"),
                complete("xai-reasoning", "grok-comet", 1, Usage.of(12, 11, NONE, 291, 290)),
                complete("moonshot-merged-finish", "moon-tide", 0, Usage.of(15, 10, NONE, 3, NONE)),
                complete("snowflake-without-finish", "cortex-flake", 0, tokens(9, 4)),
                complete("perplexity-running-usage", "sonar-well", 0, tokens(11, 3)),
                complete("ollama-tool", "barn-3b", 1, tokens(160, 18)),
                failed("vllm-error-then-done", "forge-70b"),
                complete("spaceless-data-heartbeats", "kettle", 0, Usage.NONE));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void passByteForByteInEveryCut(Expected expected) throws IOException {
        String stream = load(expected.name);
        List<byte[]> whole = withEachLineEnd(stream);
        List<byte[]> passing = withEachLineEnd(truthful(expected, stream));
        for (int i = 0; i < whole.size(); i++) {
            byte[] input = whole.get(i);
            byte[] output = passing.get(i);
            Cuts.forEachCut(input.length, 100, cut -> run(expected, input, output, cut, /* strip= */ false));
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void loseOnlyTheirReportsInEveryCut(Expected expected) throws IOException {
        String stream = load(expected.name);
        List<byte[]> whole = withEachLineEnd(stream);
        List<byte[]> stripped = withEachLineEnd(withoutReports(truthful(expected, stream), expected.strips));
        for (int i = 0; i < whole.size(); i++) {
            byte[] input = whole.get(i);
            byte[] output = stripped.get(i);
            Cuts.forEachCut(input.length, 100, cut -> run(expected, input, output, cut, /* strip= */ true));
        }
    }

    /**
     * A provider that told of an error and then says that all is done does not get to say the latter; one that told of it
     * before any content gets to say nothing.
     */
    private static String truthful(Expected expected, String stream) {
        if (expected.ending == Ending.PROVIDER_ERROR && !expected.content) {
            return "";
        }
        return expected.ending == Ending.PROVIDER_ERROR ? stream.replace("data: [DONE]\n\n", "") : stream;
    }

    @Test
    void anErrorFirstReachesNoClient() throws IOException {
        byte[] stream = load("openai-error-first").getBytes(UTF_8);
        Cuts.forEachCut(stream.length, 10, cut -> {
            try (RelayRun run = RelayRun.events(false)) {
                run.sendAll(stream, cut);
                assertThat(run.end(true)).isEqualTo(Ending.PROVIDER_ERROR);
                assertThat(run.writes).isEmpty();
            }
        });
    }

    @Test
    void everyStreamIsExpectedToComeToSomething() throws Exception {
        Path folder = Path.of(Objects.requireNonNull(StreamsTest.class.getResource("/streams"))
                .toURI());
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> names.add(file.getFileName().toString().replace(".sse", "")));
        }
        Set<String> expected = streams().stream().map(Expected::name).collect(Collectors.toCollection(TreeSet::new));
        expected.add("openai-error-first");
        assertThat(names).isEqualTo(expected);
    }

    private static void run(Expected expected, byte[] input, byte[] output, int[] cut, boolean strip) {
        Cuts cuts = cut.length % 2 == 0 ? Cuts.onHeap() : Cuts.direct();
        try (RelayRun run = RelayRun.events(strip, cuts)) {
            run.sendAll(input, cut);
            Ending ending = run.end(true);
            if (!Arrays.equals(run.outputBytes(), output)) {
                // Compared as text for the sake of the message.
                assertThat(run.output()).as(Arrays.toString(cut)).isEqualTo(new String(output, UTF_8));
            }
            assertThat(ending).isEqualTo(expected.ending);
            assertThat(run.answer.usage()).isEqualTo(expected.usage);
            assertThat(run.answer.model()).isEqualTo(expected.model);
            assertThat(run.relay.contentSeen()).isEqualTo(expected.content);
            assertThat(run.relay.atEventBoundary()).isTrue();
        }
    }

    /** Read with other means than the relay's: by text, event for event. */
    private static String withoutReports(String stream, int expected) {
        StringBuilder rest = new StringBuilder();
        int reports = 0;
        for (String event : stream.split("(?<=\n\n)", -1)) {
            if (event.contains(",\"choices\":[],\"usage\":{\"prompt_tokens\"")) {
                reports++;
            } else {
                rest.append(event);
            }
        }
        assertThat(reports).isEqualTo(expected);
        return rest.toString();
    }

    private static List<byte[]> withEachLineEnd(String stream) {
        return List.of(
                stream.getBytes(UTF_8),
                stream.replace("\n", "\r\n").getBytes(UTF_8),
                stream.replace('\n', '\r').getBytes(UTF_8));
    }

    private static String load(String name) throws IOException {
        try (InputStream file =
                Objects.requireNonNull(StreamsTest.class.getResourceAsStream("/streams/" + name + ".sse"))) {
            return new String(file.readAllBytes(), UTF_8);
        }
    }

    private static Expected complete(String name, String model, int strips, Usage usage) {
        return new Expected(name, Ending.COMPLETE, model, true, strips, usage);
    }

    private static Expected failed(String name, String model) {
        return new Expected(name, Ending.PROVIDER_ERROR, model, true, 0, Usage.NONE);
    }

    private static Usage tokens(long input, long output) {
        return Usage.of(input, NONE, NONE, output, NONE);
    }
}
