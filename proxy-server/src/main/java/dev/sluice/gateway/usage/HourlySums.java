package dev.sluice.gateway.usage;

import dev.sluice.codec.chat.Usage;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * Adds up the rows of one transaction that were not there before, and adds the sums to {@code sluice.usage_hourly} within
 * it. Gateways that do so at the same time lock the same rows in the same order, so that they wait for each other and
 * never in a circle.
 *
 * <p>Thread: writer.
 */
final class HourlySums {
    /**
     * The most that one row may bring of anything. Nothing real comes near: a million dollars, a billion million tokens.
     * What does is refused as a row, before it fills an hour's sum to the brim and every row after it is refused.
     */
    static final long LARGEST = 1_000_000_000_000_000L;

    private static final long HOUR_MICROS = TimeUnit.HOURS.toMicros(1);
    private static final long HOUR_SECONDS = TimeUnit.HOURS.toSeconds(1);
    private static final String[] FIGURES = {
        "requests",
        "input_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "output_tokens",
        "reasoning_tokens",
        "cost_nano",
        "unpriced",
        "estimated",
        "compared_input",
        "compared_counted_input",
        "compared_output",
        "compared_counted_output"
    };
    private static final String KEY = "hour, key_id, team_id, provider, requested_model, endpoint, status";
    private static final String UPSERT = upsert();

    /** The hour's beginning in seconds since the epoch. */
    private record Key(
            long hourSeconds,
            String keyId,
            String teamId,
            String provider,
            String requestedModel,
            String endpoint,
            String status) {

        static Key of(UsageEvent event) {
            return new Key(
                    hourOf(event),
                    text(event.keyId()),
                    text(event.teamId()),
                    event.provider(),
                    text(event.requestedModel()),
                    event.endpoint(),
                    event.status());
        }

        /** Whether that is the key of {@code event}. */
        boolean isOf(UsageEvent event) {
            return hourSeconds == hourOf(event)
                    && keyId.equals(text(event.keyId()))
                    && teamId.equals(text(event.teamId()))
                    && provider.equals(event.provider())
                    && requestedModel.equals(text(event.requestedModel()))
                    && endpoint.equals(event.endpoint())
                    && status.equals(event.status());
        }

        private static long hourOf(UsageEvent event) {
            return Math.floorDiv(event.startedAtMicros(), HOUR_MICROS) * HOUR_SECONDS;
        }

        private static String text(@Nullable String value) {
            return value == null ? "" : value;
        }
    }

    private static final Comparator<Key> ORDER = Comparator.comparingLong(Key::hourSeconds)
            .thenComparing(Key::keyId)
            .thenComparing(Key::teamId)
            .thenComparing(Key::provider)
            .thenComparing(Key::requestedModel)
            .thenComparing(Key::endpoint)
            .thenComparing(Key::status);

    private final Map<Key, long[]> sums = new HashMap<>();
    /** Of the event before: the next one is mostly of the same. */
    private @Nullable Key lastKey;

    private long[] lastSum = {};

    private static String upsert() {
        String figures = String.join(", ", FIGURES);
        String arrays = "?::text[], ".repeat(6)
                + String.join(
                        ", ",
                        Arrays.stream(FIGURES).map(figure -> "?::bigint[]").toList());
        String additions = String.join(
                ", ",
                Arrays.stream(FIGURES)
                        .map(figure -> figure + " = h." + figure + " + excluded." + figure)
                        .toList());
        return "INSERT INTO sluice.usage_hourly AS h (" + KEY + ", " + figures + ")"
                + " SELECT to_timestamp(seconds), k, t, p, m, e, s, " + figures
                + " FROM unnest(?::bigint[], " + arrays + ") AS u (seconds, k, t, p, m, e, s, " + figures + ")"
                + " ON CONFLICT (" + KEY + ") DO UPDATE SET " + additions;
    }

    void clear() {
        sums.clear();
        lastKey = null;
    }

    /** @throws IllegalArgumentException when a figure is beyond {@link #LARGEST} */
    void add(UsageEvent event) {
        Usage usage = event.usage();
        long[] sum = sumOf(event);
        sum[0]++;
        sum[1] += figure("input_tokens", usage.inputTokens());
        sum[2] += figure("cached_tokens", usage.cachedTokens());
        sum[3] += figure("cache_write_tokens", usage.cacheWriteTokens());
        sum[4] += figure("output_tokens", usage.outputTokens());
        sum[5] += figure("reasoning_tokens", usage.reasoningTokens());
        sum[6] += figure("cost_nano", event.costNano());
        sum[7] += usage.isReported() && event.costNano() == UsageEvent.UNKNOWN ? 1 : 0;
        boolean reported = event.usageSource().equals("provider");
        sum[8] += reported || event.usageSource().equals("none") ? 0 : 1;
        if (reported && usage.inputTokens() != Usage.UNKNOWN && event.countedInput() != UsageEvent.UNKNOWN) {
            sum[9] += usage.inputTokens();
            sum[10] += figure("counted_input", event.countedInput());
        }
        if (reported && usage.outputTokens() != Usage.UNKNOWN && event.countedOutput() != UsageEvent.UNKNOWN) {
            sum[11] += usage.outputTokens();
            sum[12] += figure("counted_output", event.countedOutput());
        }
    }

    private long[] sumOf(UsageEvent event) {
        Key last = lastKey;
        if (last != null && last.isOf(event)) {
            return lastSum;
        }
        Key key = Key.of(event);
        lastKey = key;
        lastSum = sums.computeIfAbsent(key, added -> new long[FIGURES.length]);
        return lastSum;
    }

    private static long figure(String name, long value) {
        if (value > LARGEST) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; an hour's sum takes at most " + LARGEST + " a row");
        }
        return Math.max(value, 0);
    }

    /** Adds the sums to the table, in the transaction that is open. */
    void store(Connection connection) throws SQLException {
        if (sums.isEmpty()) {
            return;
        }
        List<Map.Entry<Key, long[]>> rows =
                sums.entrySet().stream().sorted(Map.Entry.comparingByKey(ORDER)).toList();
        try (PreparedStatement upsert = connection.prepareStatement(UPSERT)) {
            int parameter = 1;
            upsert.setArray(
                    parameter++,
                    numbers(
                            connection,
                            rows.stream()
                                    .mapToLong(row -> row.getKey().hourSeconds())
                                    .toArray()));
            upsert.setArray(
                    parameter++,
                    texts(connection, rows.stream().map(row -> row.getKey().keyId())));
            upsert.setArray(
                    parameter++,
                    texts(connection, rows.stream().map(row -> row.getKey().teamId())));
            upsert.setArray(
                    parameter++,
                    texts(connection, rows.stream().map(row -> row.getKey().provider())));
            upsert.setArray(
                    parameter++,
                    texts(connection, rows.stream().map(row -> row.getKey().requestedModel())));
            upsert.setArray(
                    parameter++,
                    texts(connection, rows.stream().map(row -> row.getKey().endpoint())));
            upsert.setArray(
                    parameter++,
                    texts(connection, rows.stream().map(row -> row.getKey().status())));
            for (int figure = 0; figure < FIGURES.length; figure++) {
                int column = figure;
                upsert.setArray(
                        parameter++,
                        numbers(
                                connection,
                                rows.stream()
                                        .mapToLong(row -> row.getValue()[column])
                                        .toArray()));
            }
            upsert.executeUpdate();
        }
    }

    private static Array numbers(Connection connection, long[] values) throws SQLException {
        return connection.unwrap(PGConnection.class).createArrayOf("int8", values);
    }

    private static Array texts(Connection connection, Stream<String> values) throws SQLException {
        return connection.createArrayOf("text", values.toArray(String[]::new));
    }
}
