package dev.sluice.gateway.it;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is compared of a row of {@code usage_event}: the third ledger. NULL stays null. */
record LedgerRow(
        String requestId,
        int attempt,
        boolean stream,
        String status,
        @Nullable Long httpStatus,
        @Nullable Long input,
        @Nullable Long cached,
        @Nullable Long output,
        @Nullable Long reasoning,
        @Nullable Long countedOutput,
        String source,
        @Nullable Long costNano,
        @Nullable Long priceVersion) {

    static List<LedgerRow> all(Connection connection) throws SQLException {
        List<LedgerRow> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT request_id, attempt, stream, status, http_status, input_tokens, cached_tokens,"
                                + " output_tokens, reasoning_tokens, counted_output, usage_source, cost_nano,"
                                + " price_version FROM sluice.usage_event")) {
            while (result.next()) {
                rows.add(new LedgerRow(
                        result.getString(1),
                        result.getInt(2),
                        result.getBoolean(3),
                        result.getString(4),
                        number(result, 5),
                        number(result, 6),
                        number(result, 7),
                        number(result, 8),
                        number(result, 9),
                        number(result, 10),
                        result.getString(11),
                        number(result, 12),
                        number(result, 13)));
            }
        }
        return rows;
    }

    private static @Nullable Long number(ResultSet result, int column) throws SQLException {
        long value = result.getLong(column);
        return result.wasNull() ? null : value;
    }
}
