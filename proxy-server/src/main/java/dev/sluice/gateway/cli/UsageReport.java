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
 * @param truncated whether there are more rows than the API gives
 * @param callsKeptSince set when the range begins before the calls that are still there
 * @param pending calls that are metered but not in the database yet
 */
record UsageReport(
        List<String> by,
        String from,
        String to,
        List<Row> rows,
        boolean truncated,
        @Nullable String callsKeptSince,
        long pending) {

    /**
     * @param groups one for each of {@link UsageReport#by}
     * @param costNano nano-dollars; null when nothing in the row has a price
     * @param unpriced calls whose usage is known and whose cost is not
     * @param estimated calls that the gateway counted or estimated
     */
    record Row(
            List<String> groups,
            long requests,
            long inputTokens,
            long cachedTokens,
            long cacheWriteTokens,
            long outputTokens,
            long reasoningTokens,
            @Nullable Long costNano,
            long unpriced,
            long estimated,
            long errors) {}

    /** The members of one JSON object that are no containers. */
    private record Members(Map<String, String> texts, Map<String, Long> numbers, Map<String, Boolean> flags) {
        Members() {
            this(new HashMap<>(), new HashMap<>(), new HashMap<>());
        }

        String text(String name) {
            return texts.getOrDefault(name, "");
        }

        long number(String name) {
            return numbers.getOrDefault(name, 0L);
        }

        /** Reads the value of {@code name}; shares, null and containers are passed over. */
        void read(JsonParser parser, String name) throws IOException {
            JsonToken value = parser.nextToken();
            if (value == JsonToken.VALUE_STRING) {
                texts.put(name, parser.getText());
            } else if (value == JsonToken.VALUE_NUMBER_INT) {
                numbers.put(name, parser.getLongValue());
            } else if (value == JsonToken.VALUE_TRUE || value == JsonToken.VALUE_FALSE) {
                flags.put(name, parser.getBooleanValue());
            } else {
                parser.skipChildren();
            }
        }
    }

    /** @throws IOException when it is not such an answer; members that are not known are skipped */
    static UsageReport parse(String json) throws IOException {
        Members whole = new Members();
        List<Members> rows = new ArrayList<>();
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
                    whole.read(parser, name);
                }
            }
        }
        List<String> by = List.of(whole.text("by").split(",", -1));
        return new UsageReport(
                by,
                whole.text("from"),
                whole.text("to"),
                rows.stream().map(row -> row(by, row)).toList(),
                whole.flags().getOrDefault("truncated", false),
                whole.texts().get("calls_kept_since"),
                whole.number("pending"));
    }

    private static Members row(JsonParser parser) throws IOException {
        Members members = new Members();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            members.read(parser, parser.currentName());
        }
        return members;
    }

    private static Row row(List<String> by, Members row) {
        return new Row(
                by.stream().map(row::text).toList(),
                row.number("requests"),
                row.number("input_tokens"),
                row.number("cached_tokens"),
                row.number("cache_write_tokens"),
                row.number("output_tokens"),
                row.number("reasoning_tokens"),
                row.numbers().get("cost_nano"),
                row.number("unpriced"),
                row.number("estimated"),
                row.number("errors"));
    }

    private static void expect(@Nullable JsonToken actual, JsonToken expected) throws IOException {
        if (actual != expected) {
            throw new IOException("expected " + expected + ", found " + actual);
        }
    }
}
