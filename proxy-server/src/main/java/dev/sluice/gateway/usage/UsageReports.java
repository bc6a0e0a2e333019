package dev.sluice.gateway.usage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sums up what PostgreSQL knows of usage, for the admin API: from {@code usage_hourly} where that has the answer, from
 * {@code usage_event} otherwise. Thread: one that may block.
 */
public final class UsageReports {
    /** Calls are dropped by whole days and their hours stay: what of the range is there as hours only. */
    private static final String KEPT_SINCE = """
            SELECT kept.since
            FROM (SELECT date_trunc('hour', min(started_at) AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS since
                  FROM sluice.usage_event) AS kept
            WHERE EXISTS (SELECT FROM sluice.usage_hourly
                          WHERE hour >= ? AND hour < ? AND hour < coalesce(kept.since, 'infinity'))
            """;

    private final ConnectionSource connections;

    public UsageReports(ConnectionSource connections) {
        this.connections = connections;
    }

    public UsageAnswer report(UsageQuery query) throws SQLException {
        boolean hours = query.isAnsweredByHours();
        try (Connection connection = connections.open()) {
            List<UsageRow> rows = rows(connection, query);
            boolean truncated = rows.size() > query.limit();
            return new UsageAnswer(
                    truncated ? rows.subList(0, query.limit()) : rows,
                    hours,
                    truncated,
                    hours ? null : keptSince(connection, query));
        }
    }

    /** One more than the limit, when there are as many. */
    private static List<UsageRow> rows(Connection connection, UsageQuery query) throws SQLException {
        UsageSql sql = UsageSql.of(
                new UsageQuery(query.by(), query.tag(), query.only(), query.from(), query.to(), query.limit() + 1));
        int groups = query.by().size();
        try (PreparedStatement select = connection.prepareStatement(sql.text())) {
            sql.bind(select, 1);
            List<UsageRow> rows = new ArrayList<>();
            try (ResultSet result = select.executeQuery()) {
                while (result.next()) {
                    List<String> names = new ArrayList<>(groups);
                    for (int i = 1; i <= groups; i++) {
                        names.add(result.getString(i));
                    }
                    rows.add(new UsageRow(names, UsageSums.read(result, groups + 1)));
                }
            }
            return rows;
        }
    }

    private static @Nullable Instant keptSince(Connection connection, UsageQuery query) throws SQLException {
        Instant firstHour = query.from().truncatedTo(ChronoUnit.HOURS);
        if (firstHour.isBefore(query.from())) {
            firstHour = firstHour.plus(1, ChronoUnit.HOURS);
        }
        try (PreparedStatement select = connection.prepareStatement(KEPT_SINCE)) {
            select.setObject(1, UsageSql.utc(firstHour));
            select.setObject(2, UsageSql.utc(query.to()));
            try (ResultSet result = select.executeQuery()) {
                if (!result.next()) {
                    return null;
                }
                OffsetDateTime since = result.getObject(1, OffsetDateTime.class);
                return since == null ? query.to() : since.toInstant();
            }
        }
    }
}
