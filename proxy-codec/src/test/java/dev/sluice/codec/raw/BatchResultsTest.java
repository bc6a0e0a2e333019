package dev.sluice.codec.raw;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The results of a batch, line by line. */
class BatchResultsTest {
    private static final String ANSWERED =
            "{\"id\":\"batch_req_1\",\"custom_id\":\"a\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"gpt-4o\","
                    + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}},\"error\":null}\n";
    private static final String RESPONSE =
            "{\"custom_id\":\"b\",\"response\":{\"status_code\":200,\"body\":{\"model\":\"gpt-5\","
                    + "\"usage\":{\"input_tokens\":2,\"output_tokens\":1}}}}\n";
    private static final String FAILED =
            "{\"custom_id\":\"c\",\"response\":{\"status_code\":400,\"body\":{\"error\":{\"message\":\"no\"}}}}\n";

    private static List<String> read(RawShape shape, String file, int pieceBytes) {
        List<String> heard = new ArrayList<>();
        BatchResults results = new BatchResults(
                shape, (model, usage) -> heard.add(model + " " + usage.inputTokens() + " " + usage.outputTokens()));
        byte[] bytes = file.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i += pieceBytes) {
            results.feed(Unpooled.wrappedBuffer(bytes, i, Math.min(pieceBytes, bytes.length - i)));
        }
        results.end();
        return heard;
    }

    @Test
    void eachAnsweredLineIsToldOnceWhereverTheFileIsCut() {
        String file = ANSWERED + FAILED + "\n" + RESPONSE + ANSWERED.stripTrailing();
        for (int pieceBytes = 1; pieceBytes <= file.length(); pieceBytes++) {
            assertThat(read(RawShape.OPENAI, file, pieceBytes))
                    .as("pieces of %d", pieceBytes)
                    .containsExactly("gpt-4o 7 3", "gpt-5 2 1", "gpt-4o 7 3");
        }
    }

    @Test
    void anthropicsResultsCountWhatWasCached() {
        String line = "{\"custom_id\":\"a\",\"result\":{\"type\":\"succeeded\",\"message\":{\"model\":\"claude\","
                + "\"usage\":{\"input_tokens\":4,\"cache_read_input_tokens\":6,\"output_tokens\":5}}}}\n"
                + "{\"custom_id\":\"b\",\"result\":{\"type\":\"expired\"}}\n";

        assertThat(read(RawShape.ANTHROPIC, line, 10)).containsExactly("claude 10 5");
    }

    @Test
    void anotherFileIsNotLookedAt() {
        assertThat(read(RawShape.OPENAI, "{\"messages\":[]}\n" + ANSWERED, 10)).isEmpty();
        assertThat(read(RawShape.OPENAI, "\u0000\u0001PNG\n" + ANSWERED, 10)).isEmpty();
        assertThat(read(
                        RawShape.OPENAI,
                        "{\"custom_id\":\"a\",\"method\":\"POST\",\"body\":{\"model\":\"m\"}}\n" + ANSWERED,
                        10))
                .isEmpty();
    }

    @Test
    void aLineThatIsBrokenInTheMiddleCostsItselfOnly() {
        assertThat(read(RawShape.OPENAI, ANSWERED + "{\"custom_id\":\n" + ANSWERED, 64))
                .containsExactly("gpt-4o 7 3", "gpt-4o 7 3");
    }
}
