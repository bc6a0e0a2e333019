package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Sums up what {@code usage_event} holds, for the admin API and the command line. Thread: one that may block. */
public final class UsageReports {
    private static final int MOST_GROUPS = 10_000;
    private static final Map<Grouping, String> QUERIES = new EnumMap<>(Grouping.class);

    static {
        for (Grouping by : Grouping.values()) {
            QUERIES.put(by, query(by));
        }
    }

    private final ConnectionSource connections;

    public UsageReports(ConnectionSource connections) {
        this.connections = connections;
    }

    private static String query(Grouping by) {
        return "SELECT coalesce(" + by.expression() + ", '') AS grp,"
                + " count(*),"
                + " coalesce(sum(input_tokens), 0),"
                + " coalesce(sum(cached_tokens), 0),"
                + " coalesce(sum(output_tokens), 0),"
                + " coalesce(sum(reasoning_tokens), 0),"
                + " sum(cost_nano),"
                + " count(*) FILTER (WHERE cost_nano IS NULL),"
                + " count(*) FILTER (WHERE status NOT IN ('ok', 'client_abort'))"
                + " FROM sluice.usage_event WHERE started_at >= ? AND started_at < ?"
                + " GROUP BY 1 ORDER BY "
                + (by == Grouping.DAY ? "1" : "7 DESC NULLS LAST, 2 DESC, 1")
                + " LIMIT " + MOST_GROUPS;
    }

    /**
     * @param from the first instant that counts
     * @param to the first that does not
     * @return days in order, everything else dearest first
     */
    public List<UsageRow> report(Grouping by, Instant from, Instant to) throws SQLException {
        try (Connection connection = connections.open();
                PreparedStatement select = connection.prepareStatement(QUERIES.get(by))) {
            select.setObject(1, OffsetDateTime.ofInstant(from, ZoneOffset.UTC));
            select.setObject(2, OffsetDateTime.ofInstant(to, ZoneOffset.UTC));
            List<UsageRow> rows = new ArrayList<>();
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    rows.add(row(result));
                }
            }
            return rows;
        }
    }

    private static UsageRow row(ResultSet result) throws SQLException {
        long cost = result.getLong(7);
        Long known = result.wasNull() ? null : cost;
        return new UsageRow(
                result.getString(1),
                result.getLong(2),
                result.getLong(3),
                result.getLong(4),
                result.getLong(5),
                result.getLong(6),
                known,
                result.getLong(8),
                result.getLong(9));
    }
}
