package dev.sluice.gateway.store;

import dev.sluice.gateway.limit.LimitRule;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the ledger says was spent: of one rule, by many counters at once, in one statement. Rows are counted by when their
 * attempt began, as limits count a call by when it was let in. The server gives up on a question that takes too long, so that
 * limits never keep it from its work.
 *
 * <p>Thread: that of the connection.
 */
public final class LedgerSums {
    /** Counters that one statement asks about. */
    public static final int MOST_AT_ONCE = 2_000;

    private static final String GIVE_UP = "SET LOCAL statement_timeout = 10000";
    private static final long HOUR_MILLIS = 3_600_000;
    private static final OffsetDateTime NEVER = OffsetDateTime.of(9999, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);

    private final Connection connection;

    /** @param connection the caller's, who closes it */
    public LedgerSums(Connection connection) {
        this.connection = connection;
    }

    /** Whether the ledger has what the rule asks about. */
    public static boolean canTell(LimitRule rule) {
        return LedgerSql.canTell(rule);
    }

    /**
     * How much was spent since {@code sinceMillis}, by the values of the rule's dimensions. Those who have spent nothing may
     * be missing.
     *
     * @param counters the values of each, at most {@link #MOST_AT_ONCE}
     */
    public Map<List<String>, Long> spent(LimitRule rule, long sinceMillis, List<List<String>> counters)
            throws SQLException {
        LedgerSql.Statement sql = LedgerSql.of(rule);
        // Of the transaction nothing remains.
        connection.setAutoCommit(false);
        try (Statement limit = connection.createStatement();
                PreparedStatement select = connection.prepareStatement(sql.text())) {
            limit.execute(GIVE_UP);
            int index = 1;
            for (Object parameter : sql.parameters()) {
                bind(select, index++, parameter, sql.hours(), sinceMillis, counters);
            }
            return read(select, rule.per().size());
        } finally {
            connection.rollback();
            connection.setAutoCommit(true);
        }
    }

    private static Map<List<String>, Long> read(PreparedStatement select, int dimensions) throws SQLException {
        Map<List<String>, Long> spent = new HashMap<>();
        try (ResultSet row = select.executeQuery()) {
            while (row.next()) {
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= dimensions; i++) {
                    values.add(row.getString(i));
                }
                spent.put(List.copyOf(values), row.getLong(dimensions + 1));
            }
        }
        return spent;
    }

    private void bind(
            PreparedStatement select,
            int index,
            Object parameter,
            boolean hours,
            long sinceMillis,
            List<List<String>> counters)
            throws SQLException {
        switch (parameter) {
            case LedgerSql.Slot.Time time -> select.setObject(index, time(time, hours, sinceMillis));
            case LedgerSql.Slot.Values values -> {
                List<String> texts = new ArrayList<>(counters.size());
                for (List<String> counter : counters) {
                    texts.add(counter.get(values.dimension()));
                }
                array(select, index, texts);
            }
            case List<?> texts -> array(select, index, texts);
            default -> select.setString(index, parameter.toString());
        }
    }

    private static OffsetDateTime time(LedgerSql.Slot.Time time, boolean hours, long sinceMillis) {
        long wholeHours = Math.ceilDiv(sinceMillis, HOUR_MILLIS) * HOUR_MILLIS;
        return switch (time) {
            case ROWS_FROM -> utc(sinceMillis);
            case ROWS_TO -> hours ? utc(wholeHours) : NEVER;
            case HOURS_FROM -> utc(wholeHours);
        };
    }

    private static OffsetDateTime utc(long millis) {
        return Instant.ofEpochMilli(millis).atOffset(ZoneOffset.UTC);
    }

    private void array(PreparedStatement select, int index, List<?> texts) throws SQLException {
        Array array = connection.createArrayOf("text", texts.toArray());
        select.setArray(index, array);
    }
}
