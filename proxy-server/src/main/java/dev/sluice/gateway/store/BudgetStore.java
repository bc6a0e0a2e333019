package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.limit.Budget;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Budgets as one transaction sees them. Every change is announced. Thread: that of the connection. */
public final class BudgetStore {
    private static final String COLUMNS = "SELECT id, team_id, name, subject, value, measure, amount, period, calendar,"
            + " time_zone, strict, warn, enabled, version, created_at, updated_at FROM sluice.budget";
    private static final String SET =
            "team_id, name, subject, value, measure, amount, period, calendar, time_zone, strict, warn, enabled";
    private static final int SETTINGS = 12;

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public BudgetStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * Those in force, in the order of their ids.
     *
     * @param unreadable gets the ids of those that a later version must have written
     */
    List<Budget> enabled(Collection<String> unreadable) throws SQLException {
        List<Budget> budgets = new ArrayList<>();
        try (PreparedStatement statement =
                        connection.prepareStatement(COLUMNS + " WHERE enabled ORDER BY id COLLATE \"C\"");
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                try {
                    budgets.add(BudgetText.read(texts(row)));
                } catch (IllegalArgumentException e) {
                    unreadable.add(row.getString("id"));
                }
            }
        }
        return budgets;
    }

    /** In the order of their ids; those within {@code reach} only. */
    public List<BudgetRow> list(Reach reach, @Nullable String team, @Nullable String name, String after, int limit)
            throws SQLException {
        Conditions conditions = new Conditions()
                .and("id > ? COLLATE \"C\"", after)
                .and("team_id = ?", reach.onlyTeam())
                .and("team_id = ?", team)
                .and("name ILIKE ? ESCAPE '\\'", name == null ? null : Columns.containing(name));
        try (PreparedStatement statement =
                connection.prepareStatement(COLUMNS + conditions.sql() + " ORDER BY id COLLATE \"C\" LIMIT ?")) {
            statement.setInt(conditions.bind(statement, 1), limit);
            return rows(statement);
        }
    }

    public @Nullable BudgetRow find(String id) throws SQLException {
        return one(COLUMNS + " WHERE id = ?", id);
    }

    /** The same, and until the end of the transaction nobody else changes it. */
    public @Nullable BudgetRow hold(String id) throws SQLException {
        return one(COLUMNS + " WHERE id = ? FOR UPDATE", id);
    }

    /** @return whether no other budget of the team has its name */
    public boolean insert(Budget budget, boolean enabled) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO sluice.budget (" + SET
                + ", id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
            bind(statement, budget, enabled);
            return statement.executeUpdate() == 1;
        }
    }

    /**
     * Of a budget that is held.
     *
     * @return whether no other budget of the team has its name
     */
    public boolean update(Budget budget, boolean enabled) throws SQLException {
        if (isTaken(budget)) {
            return false;
        }
        try (PreparedStatement statement = connection.prepareStatement("UPDATE sluice.budget SET (" + SET
                + ", version, updated_at) = (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, version + 1, now()) WHERE id = ?")) {
            bind(statement, budget, enabled);
            statement.executeUpdate();
        }
        return true;
    }

    private boolean isTaken(Budget budget) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT 1 FROM sluice.budget WHERE coalesce(team_id, '') = ? AND name = ? AND id <> ?")) {
            statement.setString(1, budget.team() == null ? "" : budget.team());
            statement.setString(2, budget.name());
            statement.setString(3, budget.id());
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    public void delete(String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("DELETE FROM sluice.budget WHERE id = ?")) {
            statement.setString(1, id);
            statement.executeUpdate();
        }
    }

    private void bind(PreparedStatement statement, Budget budget, boolean enabled) throws SQLException {
        Map<String, String> text = BudgetText.write(budget);
        int index = 1;
        for (String column : List.of("team", "name", "subject", "value", "measure")) {
            statement.setString(index++, text.get(column));
        }
        statement.setLong(index++, budget.limit());
        statement.setString(index++, text.get("period"));
        statement.setBoolean(index++, budget.calendar());
        statement.setString(index++, text.get("time_zone"));
        statement.setBoolean(index++, budget.strict());
        statement.setArray(
                index++, connection.createArrayOf("int4", budget.warnPercent().toArray()));
        statement.setBoolean(index, enabled);
        statement.setString(SETTINGS + 1, budget.id());
    }

    private @Nullable BudgetRow one(String sql, String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, id);
            List<BudgetRow> rows = rows(statement);
            return rows.isEmpty() ? null : rows.get(0);
        }
    }

    private static List<BudgetRow> rows(PreparedStatement statement) throws SQLException {
        List<BudgetRow> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(new BudgetRow(
                        BudgetText.read(texts(row)),
                        row.getBoolean("enabled"),
                        row.getLong("version"),
                        Columns.timeOf(row, "created_at"),
                        Columns.timeOf(row, "updated_at")));
            }
        } catch (IllegalArgumentException e) {
            throw new SQLException("a budget cannot be read", e);
        }
        return rows;
    }

    private static Map<String, String> texts(ResultSet row) throws SQLException {
        Map<String, String> texts = new LinkedHashMap<>();
        put(texts, "id", row.getString("id"));
        put(texts, "team", row.getString("team_id"));
        for (String column : List.of("name", "subject", "value", "measure", "amount", "period", "time_zone")) {
            put(texts, column, row.getString(column));
        }
        put(texts, "calendar", Boolean.toString(row.getBoolean("calendar")));
        put(texts, "strict", Boolean.toString(row.getBoolean("strict")));
        StringBuilder warn = new StringBuilder();
        Array percents = row.getArray("warn");
        try {
            for (Integer percent : (Integer[]) percents.getArray()) {
                warn.append(warn.isEmpty() ? "" : " ").append(percent);
            }
        } finally {
            percents.free();
        }
        put(texts, "warn", warn.toString());
        return texts;
    }

    private static void put(Map<String, String> texts, String name, @Nullable String text) {
        if (text != null) {
            texts.put(name, text);
        }
    }
}
