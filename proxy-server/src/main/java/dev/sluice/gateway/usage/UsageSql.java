package dev.sluice.gateway.usage;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The statement for a {@link UsageQuery}: a column of text for each grouping, then those of {@link UsageSums}. Over
 * {@code usage_hourly} or {@code usage_event}, with the same result. Whatever comes from outside is a parameter.
 *
 * @param parameters texts and times, in order
 */
record UsageSql(String text, List<Object> parameters) {
    private static final String FAILED = "status NOT IN ('ok', 'client_abort', 'cancelled')";
    private static final String REPORTED = "usage_source = 'provider'";

    private static final List<String> OF_HOURS = List.of(
            "sum(requests)",
            "sum(input_tokens)",
            "sum(cached_tokens)",
            "sum(cache_write_tokens)",
            "sum(output_tokens)",
            "sum(reasoning_tokens)",
            "sum(cost_nano)",
            "sum(unpriced)",
            "sum(estimated)",
            "sum(requests) FILTER (WHERE " + FAILED + ")",
            "sum(compared_input)",
            "sum(compared_counted_input)",
            "sum(compared_output)",
            "sum(compared_counted_output)");

    private static final List<String> OF_EVENTS = List.of(
            "count(*)",
            "sum(input_tokens)",
            "sum(cached_tokens)",
            "sum(cache_write_tokens)",
            "sum(output_tokens)",
            "sum(reasoning_tokens)",
            "sum(cost_nano)",
            "count(*) FILTER (WHERE cost_nano IS NULL AND usage_source <> 'none')",
            "count(*) FILTER (WHERE usage_source IN ('counted', 'mixed', 'estimated'))",
            "count(*) FILTER (WHERE " + FAILED + ")",
            "sum(input_tokens) FILTER (WHERE " + REPORTED + " AND counted_input IS NOT NULL)",
            "sum(counted_input) FILTER (WHERE " + REPORTED + " AND input_tokens IS NOT NULL)",
            "sum(output_tokens) FILTER (WHERE " + REPORTED + " AND counted_output IS NOT NULL)",
            "sum(counted_output) FILTER (WHERE " + REPORTED + " AND output_tokens IS NOT NULL)");

    private static final String COST = columns(List.of("sum(cost_nano)"));
    private static final String PAIRS = " LEFT JOIN LATERAL jsonb_each_text(tags) AS pair (name, value) ON true";

    static UsageSql of(UsageQuery query) {
        boolean hours = query.isAnsweredByHours();
        List<Object> parameters = new ArrayList<>();
        StringBuilder sql = new StringBuilder("SELECT ");
        for (Grouping by : query.by()) {
            // In an order of its own, whatever the database's language is.
            sql.append("coalesce(")
                    .append(expression(by, query, hours, parameters))
                    .append(", '') COLLATE \"C\", ");
        }
        sql.append(columns(hours ? OF_HOURS : OF_EVENTS))
                .append(" FROM sluice.")
                .append(hours ? "usage_hourly" : "usage_event");
        if (query.by().contains(Grouping.TAG) && query.tag() == null) {
            sql.append(PAIRS);
        }
        String time = hours ? "hour" : "started_at";
        sql.append(" WHERE ").append(time).append(" >= ? AND ").append(time).append(" < ?");
        parameters.add(utc(query.from()));
        parameters.add(utc(query.to()));
        for (Map.Entry<Grouping, String> filter : query.only().entrySet()) {
            filter(sql, filter.getKey().expression(hours), filter.getValue(), parameters);
        }
        groupAndOrder(sql, query, hours);
        return new UsageSql(sql.append(" LIMIT ").append(query.limit()).toString(), parameters);
    }

    private static String expression(Grouping by, UsageQuery query, boolean hours, List<Object> parameters) {
        if (by != Grouping.TAG) {
            return by.expression(hours);
        }
        if (query.tag() == null) {
            return "pair.name || '=' || pair.value";
        }
        parameters.add(query.tag());
        return "tags ->> ?::text";
    }

    private static void filter(StringBuilder sql, String column, String value, List<Object> parameters) {
        if (value.isEmpty()) {
            sql.append(" AND coalesce(").append(column).append(", '') = ''");
        } else {
            // The bare column, for which there is an index.
            sql.append(" AND ").append(column).append(" = ?");
            parameters.add(value);
        }
    }

    private static void groupAndOrder(StringBuilder sql, UsageQuery query, boolean hours) {
        if (query.by().isEmpty()) {
            return;
        }
        StringBuilder names = new StringBuilder();
        StringBuilder order = new StringBuilder();
        boolean inTime = false;
        for (int i = 1; i <= query.by().size(); i++) {
            names.append(i > 1 ? ", " : "").append(i);
            order.append(i > 1 ? ", " : "").append(i);
            inTime |= query.by().get(i - 1).isTime();
        }
        sql.append(" GROUP BY ").append(names).append(" ORDER BY ");
        if (!inTime) {
            // Dearest first, then busiest.
            sql.append(COST)
                    .append(" DESC, ")
                    .append(hours ? "sum(requests)" : "count(*)")
                    .append(" DESC, ");
        }
        sql.append(order);
    }

    /** A sum that no long can hold, of which a row that lies is enough, stays at the largest there is. */
    private static String columns(List<String> sums) {
        List<String> columns = new ArrayList<>();
        for (String sum : sums) {
            columns.add("least(coalesce(" + sum + ", 0), " + Long.MAX_VALUE + ")::bigint");
        }
        return String.join(", ", columns);
    }

    static OffsetDateTime utc(Instant instant) {
        return OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
    }

    /** Fills the parameters in, the first as number {@code first}. @return the number that follows */
    int bind(PreparedStatement statement, int first) throws SQLException {
        int number = first;
        for (Object parameter : parameters) {
            statement.setObject(number++, parameter);
        }
        return number;
    }
}
