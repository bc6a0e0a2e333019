package dev.sluice.codec.openai;

import static dev.sluice.codec.chat.Usage.UNKNOWN;

import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.json.JsonReader;
import java.util.Arrays;

/**
 * Gathers the figures of usage reports. A report replaces the one before it: some hosts send one with each chunk, each
 * counting from the start. Reports without a positive figure are placeholders. Thread: event loop.
 */
final class OpenAiUsage {
    private static final int FIRST_FIGURE = OpenAiShapes.INPUT;
    private static final int FIGURES = OpenAiShapes.REASONING_FLAT - FIRST_FIGURE + 1;

    /** By place, of the report being read and of the last whole one. */
    private long[] reading = new long[FIGURES];

    private long[] reported = new long[FIGURES];
    private boolean inPayload;
    /** The current payload has a report at the top level: one elsewhere only echoes it. */
    private boolean atTopLevel;

    OpenAiUsage() {
        Arrays.fill(reading, UNKNOWN);
        Arrays.fill(reported, UNKNOWN);
    }

    void beginPayload() {
        inPayload = false;
        atTopLevel = false;
    }

    /** Takes up the figure at the place {@code id}. */
    void onFigure(int id, JsonReader value) {
        if (value.kind() == JsonReader.Kind.NUMBER) {
            reading[id - FIRST_FIGURE] = value.number();
        }
    }

    /** The report being read is complete. */
    void onReport(boolean topLevel) {
        boolean substantial = figure(reading, OpenAiShapes.INPUT) > 0
                || figure(reading, OpenAiShapes.OUTPUT_TOKENS) > 0
                || figure(reading, OpenAiShapes.TOTAL) > 0;
        if (substantial && (topLevel || !atTopLevel)) {
            long[] older = reported;
            reported = reading;
            reading = older;
            inPayload = true;
            atTopLevel |= topLevel;
        }
        Arrays.fill(reading, UNKNOWN);
    }

    /** Whether the current payload has a report. */
    boolean isInPayload() {
        return inPayload;
    }

    /** The last report. */
    Usage last() {
        long input = figure(reported, OpenAiShapes.INPUT);
        long output = figure(reported, OpenAiShapes.OUTPUT_TOKENS);
        long reasoning = either(OpenAiShapes.REASONING, OpenAiShapes.REASONING_FLAT);
        if (output != UNKNOWN && reasoning > 0) {
            // Most hosts count reasoning as output. xAI counts it beside the output, and only the total tells.
            if (figure(reported, OpenAiShapes.TOTAL) == Math.max(0, input) + output + reasoning) {
                output += reasoning;
            }
            reasoning = Math.min(reasoning, output);
        }
        long cached = either(OpenAiShapes.CACHED, OpenAiShapes.CACHED_FLAT);
        return Usage.of(input, cached, figure(reported, OpenAiShapes.CACHE_WRITE), output, reasoning);
    }

    private long either(int id, int fallback) {
        long figure = figure(reported, id);
        return figure == UNKNOWN ? figure(reported, fallback) : figure;
    }

    private static long figure(long[] report, int id) {
        return report[id - FIRST_FIGURE];
    }
}
