package dev.sluice.gateway.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the admin API answered to a question about usage.
 *
 * @param by what the rows are grouped by
 * @param pending calls that are metered but not in the database yet
 */
record UsageReport(String by, String from, String to, List<Row> rows, long pending) {

    /**
     * @param costNano nano-dollars; null when nothing in the row has a price
     * @param unpriced calls without a price
     */
    record Row(
            String group,
            long requests,
            long inputTokens,
            long cachedTokens,
            long outputTokens,
            long reasoningTokens,
            @Nullable Long costNano,
            long unpriced,
            long errors) {}

    /** @throws IOException when it is not such an answer; members that are not known are skipped */
    static UsageReport parse(String json) throws IOException {
        Map<String, String> texts = new HashMap<>();
        Map<String, Long> numbers = new HashMap<>();
        List<Row> rows = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            expect(parser.nextToken(), JsonToken.START_OBJECT);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (name.equals("rows")) {
                    expect(parser.nextToken(), JsonToken.START_ARRAY);
                    while (parser.nextToken() == JsonToken.START_OBJECT) {
                        rows.add(row(parser));
                    }
                } else {
                    member(parser, name, texts, numbers);
                }
            }
        }
        return new UsageReport(
                texts.getOrDefault("by", ""),
                texts.getOrDefault("from", ""),
                texts.getOrDefault("to", ""),
                rows,
                numbers.getOrDefault("pending", 0L));
    }

    private static Row row(JsonParser parser) throws IOException {
        Map<String, String> texts = new HashMap<>();
        Map<String, Long> numbers = new HashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            member(parser, parser.currentName(), texts, numbers);
        }
        return new Row(
                texts.getOrDefault("group", ""),
                numbers.getOrDefault("requests", 0L),
                numbers.getOrDefault("input_tokens", 0L),
                numbers.getOrDefault("cached_tokens", 0L),
                numbers.getOrDefault("output_tokens", 0L),
                numbers.getOrDefault("reasoning_tokens", 0L),
                numbers.get("cost_nano"),
                numbers.getOrDefault("unpriced", 0L),
                numbers.getOrDefault("errors", 0L));
    }

    private static void member(JsonParser parser, String name, Map<String, String> texts, Map<String, Long> numbers)
            throws IOException {
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_STRING) {
            texts.put(name, parser.getText());
        } else if (value == JsonToken.VALUE_NUMBER_INT) {
            numbers.put(name, parser.getLongValue());
        } else {
            parser.skipChildren();
        }
    }

    private static void expect(@Nullable JsonToken actual, JsonToken expected) throws IOException {
        if (actual != expected) {
            throw new IOException("expected " + expected + ", found " + actual);
        }
    }
}
