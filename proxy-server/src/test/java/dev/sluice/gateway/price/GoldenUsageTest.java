package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.GoldenCase.Line;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** From a provider's words to nano-dollars: every case under {@code golden/usage}. */
final class GoldenUsageTest {
    private static final int WHOLE = 1 << 20;
    /** 21 November 2026. */
    private static final long STARTED_AT_MICROS = 1_795_219_200_000_000L;

    /** Every shape that providers report in. */
    private static final List<String> FOLDERS = List.of(
            "anthropic",
            "bedrock-converse",
            "cohere",
            "deepseek",
            "gemini",
            "groq",
            "mistral",
            "ollama",
            "openai-chat",
            "openai-completions",
            "openai-embeddings",
            "openai-realtime",
            "openai-responses",
            "openrouter",
            "perplexity",
            "vllm",
            "xai");

    @ParameterizedTest
    @MethodSource("cases")
    void costsWhatTheComputationInTheCaseSays(GoldenCase golden) {
        assertComputation(golden);
        for (int pieceBytes : new int[] {WHOLE, 7}) {
            GoldenAnswer answer = GoldenAnswer.of(golden.folder(), golden.stream());
            for (String payload : golden.payloads()) {
                answer.payload(payload, pieceBytes);
            }
            Usage usage = answer.usage();
            assertThat(buckets(usage)).as("buckets of %s", golden).isEqualTo(expected(golden));
            assertThat(usage.costNano()).as("the provider's own cost").isEqualTo(golden.ownCostNano());
            assertThat(answer.serviceTier()).as("the tier served").isEqualTo(golden.served());
            long cost = golden.prices()
                    .cost(
                            GoldenCase.PROVIDER,
                            GoldenCase.MODEL,
                            /* answeredModel= */ null,
                            answer.serviceTier(),
                            golden.batch(),
                            STARTED_AT_MICROS,
                            usage);
            assertThat(cost).as("nano-dollars of %s", golden).isEqualTo(golden.costNano());
        }
    }

    /** A case may be wrong too: its lines are worked out again, without the product's arithmetic. */
    private static void assertComputation(GoldenCase golden) {
        for (Line line : golden.lines()) {
            if (line.rate() != null) {
                assertThat(line.microDollars()).as("%s", line).isEqualByComparingTo(line.product());
            }
        }
        if (golden.isPriced()) {
            assertThat(golden.costNano()).as("the sum of the lines").isEqualTo(golden.computedNano());
            assertThat(golden.ownCostNano()).as("lines with rates").isEqualTo(Money.UNKNOWN);
        } else {
            assertThat(golden.costNano()).as("without rates").isEqualTo(golden.ownCostNano());
        }
    }

    @Test
    void everyShapeHasCases() throws IOException, URISyntaxException {
        assertThat(cases().map(GoldenCase::folder).distinct().sorted().toList()).isEqualTo(FOLDERS);
    }

    private static Stream<GoldenCase> cases() throws IOException, URISyntaxException {
        Path root = Path.of(Objects.requireNonNull(GoldenUsageTest.class.getResource("/golden/usage"))
                .toURI());
        List<GoldenCase> cases = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(path -> path.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                cases.add(GoldenCase.read(file));
            }
        }
        return cases.stream();
    }

    private static Map<String, Long> expected(GoldenCase golden) {
        Map<String, Long> expected = buckets(Usage.of(0, 0, 0, 0, 0));
        for (Line line : golden.lines()) {
            assertThat(expected.replace(line.bucket(), line.units()))
                    .as("%s", line)
                    .isNotNull();
        }
        return expected;
    }

    /** Everything that is paid for; calls nobody reported are none. */
    private static Map<String, Long> buckets(Usage usage) {
        Map<String, Long> buckets = new LinkedHashMap<>();
        buckets.put("in_text", usage.inText());
        buckets.put("in_cached", usage.inCached());
        buckets.put("in_cached_audio", usage.inCachedAudio());
        buckets.put("in_write_5m", usage.inWrite5m());
        buckets.put("in_write_1h", usage.inWrite1h());
        buckets.put("in_audio", usage.inAudio());
        buckets.put("in_image", usage.inImage());
        buckets.put("out_text", usage.outText());
        buckets.put("out_reasoning", usage.outReasoning());
        buckets.put("out_audio", usage.outAudio());
        buckets.put("out_image", usage.outImage());
        buckets.put("web_search", Math.max(0, usage.webSearches()));
        return buckets;
    }
}
