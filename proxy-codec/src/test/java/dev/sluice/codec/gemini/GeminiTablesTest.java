package dev.sluice.codec.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.Thinking;
import dev.sluice.codec.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rows of the tables of finish reasons and of reasoning. */
final class GeminiTablesTest {

    @ParameterizedTest
    @CsvSource({
        "STOP, STOP",
        "MAX_TOKENS, LENGTH",
        "SAFETY, CONTENT_FILTER",
        "RECITATION, CONTENT_FILTER",
        "LANGUAGE, CONTENT_FILTER",
        "BLOCKLIST, CONTENT_FILTER",
        "PROHIBITED_CONTENT, CONTENT_FILTER",
        "SPII, CONTENT_FILTER",
        "IMAGE_SAFETY, CONTENT_FILTER",
        "IMAGE_PROHIBITED_CONTENT, CONTENT_FILTER",
        "IMAGE_RECITATION, CONTENT_FILTER",
        "IMAGE_OTHER, CONTENT_FILTER",
        "MODEL_ARMOR, CONTENT_FILTER",
        "NO_IMAGE, STOP",
        "FINISH_REASON_UNSPECIFIED, STOP",
        "OTHER, failure",
        "MALFORMED_FUNCTION_CALL, failure",
        "UNEXPECTED_TOOL_CALL, failure",
        "TOO_MANY_TOOL_CALLS, failure",
        "MISSING_THOUGHT_SIGNATURE, failure",
        "MALFORMED_RESPONSE, failure"
    })
    void everyReasonIsAFinishOrAFailure(String reason, String finish) {
        String event = "data: {\"candidates\":[{\"content\":{\"role\":\"model\"},\"finishReason\":\"" + reason
                + "\",\"index\":0}]}\r\n\r\n";
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        String says = AnswerRun.says(true, bytes, Cuts.onHeap(), bytes.length);
        if (finish.equals("failure")) {
            assertThat(says)
                    .contains("# ERROR\n", "# unfinished\n")
                    .endsWith("# UPSTREAM_ERROR PROVIDER: the provider's answer failed: " + reason + "\n");
        } else {
            assertThat(says).contains("finish 0 " + finish + "\n", "# OTHER\n", "# finished\n");
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "gemini-2.5-pro, none, thinkingBudget:128",
                "gemini-2.5-pro, minimal, includeThoughts:true|thinkingBudget:1024",
                "gemini-2.5-pro, low, includeThoughts:true|thinkingBudget:1024",
                "gemini-2.5-pro, medium, includeThoughts:true|thinkingBudget:8192",
                "gemini-2.5-pro, high, includeThoughts:true|thinkingBudget:24576",
                "gemini-2.5-pro, xhigh, includeThoughts:true|thinkingBudget:32768",
                "gemini-2.5-pro, max, includeThoughts:true|thinkingBudget:32768",
                "gemini-2.5-flash, none, thinkingBudget:0",
                "gemini-2.5-flash, medium, includeThoughts:true|thinkingBudget:8192",
                "gemini-2.5-flash, max, includeThoughts:true|thinkingBudget:24576",
                "gemini-2.5-flash-lite, none, thinkingBudget:0",
                "gemini-2.5-flash-lite, minimal, includeThoughts:true|thinkingBudget:512",
                "gemini-3-pro-preview, none, thinkingLevel:LOW",
                "gemini-3-pro-preview, minimal, includeThoughts:true|thinkingLevel:LOW",
                "gemini-3-pro-preview, low, includeThoughts:true|thinkingLevel:LOW",
                "gemini-3-pro-preview, medium, includeThoughts:true|thinkingLevel:HIGH",
                "gemini-3.1-pro, medium, includeThoughts:true|thinkingLevel:MEDIUM",
                "gemini-3-flash-preview, none, thinkingLevel:MINIMAL",
                "models/gemini-3-flash, minimal, includeThoughts:true|thinkingLevel:MINIMAL",
                "publishers/google/models/gemini-3.6-flash, high, includeThoughts:true|thinkingLevel:HIGH",
                "gemini-3-flash-preview, xhigh, includeThoughts:true|thinkingLevel:HIGH",
                "gemini-3-flash-preview, max, includeThoughts:true|thinkingLevel:HIGH",
                "gemini-flash-latest, low, includeThoughts:true|thinkingLevel:LOW",
                "gemini-2.0-flash, low, -",
                "gemini-2.5-flash-image, low, -",
                "gemma-3-27b-it, low, -",
                "tunedModels/gemini-3-mine, low, -"
            })
    void anEffortIsABudgetOrALevel(String model, String effort, @Nullable String written) {
        assertThat(written(new Thinking(effort, Thinking.NO_BUDGET, null), model))
                .isEqualTo(written);
    }

    @ParameterizedTest
    @CsvSource({
        "gemini-2.5-pro, 0, thinkingBudget:128",
        "gemini-2.5-pro, 99999, includeThoughts:true|thinkingBudget:32768",
        "gemini-2.5-flash, 99999, includeThoughts:true|thinkingBudget:24576",
        "gemini-2.5-flash, 7, includeThoughts:true|thinkingBudget:7",
        "gemini-2.5-flash-lite, 7, includeThoughts:true|thinkingBudget:512",
        "gemini-3-flash, 0, thinkingLevel:MINIMAL",
        "gemini-3-flash, 1024, includeThoughts:true|thinkingLevel:MINIMAL",
        "gemini-3-flash, 4096, includeThoughts:true|thinkingLevel:LOW",
        "gemini-3-flash, 12000, includeThoughts:true|thinkingLevel:MEDIUM",
        "gemini-3-flash, 12001, includeThoughts:true|thinkingLevel:HIGH"
    })
    void aBudgetIsWhatTheModelAllows(String model, long budget, String written) {
        assertThat(written(new Thinking(null, budget, null), model)).isEqualTo(written);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, true, includeThoughts:true",
                "-, false, ''",
                "high, false, thinkingLevel:HIGH",
                "none, true, thinkingLevel:MINIMAL"
            })
    void thoughtsAreShownWhenTheyAreWantedAndThereAreAny(@Nullable String effort, boolean shown, String written) {
        assertThat(written(new Thinking(effort, Thinking.NO_BUDGET, shown), "gemini-3-flash"))
                .isEqualTo(written);
    }

    /** Null when the model cannot be told. */
    private static @Nullable String written(Thinking thinking, String model) {
        JsonWriter json = new JsonWriter().beginObject();
        if (!GeminiThinking.write(() -> json, thinking, GeminiModel.of(model))) {
            return null;
        }
        return json.endObject()
                .toString()
                .replace("{\"thinkingConfig\":", "")
                .replaceAll("[{}\"]", "")
                .replace(',', '|');
    }
}
