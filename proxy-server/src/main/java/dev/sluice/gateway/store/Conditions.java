package dev.sluice.gateway.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The conditions of a list, with their parameters in the same order. Texts of SQL are constants of this room; what comes
 * from outside is a parameter, always. Thread: one.
 */
final class Conditions {
    private final StringBuilder sql = new StringBuilder();
    private final List<Object> parameters = new ArrayList<>();

    /** @param condition with one question mark */
    Conditions and(String condition, @Nullable Object parameter) {
        if (parameter != null) {
            sql.append(sql.isEmpty() ? " WHERE " : " AND ").append(condition);
            parameters.add(parameter);
        }
        return this;
    }

    String sql() {
        return sql.toString();
    }

    /** @return the index of the next parameter */
    int bind(PreparedStatement statement, int first) throws SQLException {
        int index = first;
        for (Object parameter : parameters) {
            statement.setObject(index++, parameter);
        }
        return index;
    }
}
