package dev.sluice.gateway.it;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A row of {@code usage_event} as it lies in the table. */
record UsageRow(Map<String, @Nullable Object> columns) {

    static UsageRow read(ResultSet rows) throws SQLException {
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
            columns.put(rows.getMetaData().getColumnName(i), rows.getObject(i));
        }
        return new UsageRow(columns);
    }

    String text(String column) {
        return requireNonNull(value(column), column).toString();
    }

    @Nullable
    Object value(String column) {
        if (!columns.containsKey(column)) {
            throw new AssertionError("usage_event has no column " + column + ", but " + columns.keySet());
        }
        return columns.get(column);
    }

    /** A whole number; null where it is NULL. */
    @Nullable
    Long number(String column) {
        Object value = value(column);
        return switch (value) {
            case null -> null;
            case BigDecimal decimal -> decimal.longValueExact();
            case Number number -> number.longValue();
            case Object other -> throw new AssertionError(column + " is no number: " + other);
        };
    }

    String status() {
        return text("status");
    }
}
