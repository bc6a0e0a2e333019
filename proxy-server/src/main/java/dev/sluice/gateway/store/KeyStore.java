package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.auth.KeyRecord;
import dev.sluice.gateway.auth.Reach;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Gateway keys as one transaction sees them. What a key's secret was made into is written here and never read back, but for
 * {@link #inForce}, which is what gateways go by. Thread: that of the connection.
 */
public final class KeyStore {
    static final String COLUMNS = """
            SELECT * FROM (
                SELECT k.id, k.name, k.team_id, k.owner_id, k.models, k.endpoints, k.tags, k.tier, k.ip_ranges, k.not_before,
                       k.expires_at, k.enabled, k.metadata, k.pepper_id, k.version, k.created_at, k.updated_at,
                       CASE WHEN k.previous_until > ? THEN k.previous_until END AS rotated_until,
                       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked'
                            WHEN NOT (k.enabled AND t.enabled AND coalesce(u.enabled, true)) THEN 'disabled'
                            WHEN k.expires_at <= ? THEN 'expired'
                            WHEN k.not_before > ? THEN 'not_yet_valid'
                            ELSE 'active' END AS status
                FROM sluice.api_key k
                         JOIN sluice.team t ON t.id = k.team_id
                         LEFT JOIN sluice.app_user u ON u.id = k.owner_id
            ) AS key
            """;
    static final int NOWS = 3;

    private static final String INSERT = """
            INSERT INTO sluice.api_key (id, digest, pepper_id, name, team_id, owner_id, models, endpoints, tags, tier, ip_ranges,
                                        not_before, expires_at, enabled, metadata)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?, ?, ?::jsonb)
            ON CONFLICT (id) DO NOTHING""";

    private static final String UPDATE = """
            UPDATE sluice.api_key
            SET name = ?, team_id = ?, owner_id = ?, models = ?, endpoints = ?, tags = ?::jsonb, tier = ?, ip_ranges = ?,
                not_before = ?, expires_at = ?, enabled = ?, metadata = ?::jsonb, version = version + 1, updated_at = now()
            WHERE id = ?""";

    private static final String ROTATE = """
            UPDATE sluice.api_key
            SET previous_digest = CASE WHEN ?::timestamptz IS NULL THEN NULL ELSE digest END, previous_until = ?, digest = ?,
                pepper_id = ?, version = version + 1, updated_at = now()
            WHERE id = ?""";

    private static final String REVOKE = """
            UPDATE sluice.api_key
            SET revoked_at = now(), previous_digest = NULL, previous_until = NULL, version = version + 1, updated_at = now()
            WHERE id = ? AND revoked_at IS NULL""";

    private final Connection connection;

    /** @param connection the caller's, who commits and closes it */
    public KeyStore(Connection connection) {
        this.connection = connection;
    }

    /**
     * Which keys a list has.
     *
     * @param name part of it, in whatever case; null for any, as with the others
     * @param after the id after which the list begins; empty: from the beginning
     */
    public record Filter(
            @Nullable String teamId,
            @Nullable String ownerId,
            @Nullable String name,
            KeyRow.@Nullable Status status,
            String after,
            int limit) {}

    /**
     * Adds a key.
     *
     * @param id its public part
     * @return whether there was none with this id
     */
    public boolean insert(String id, KeyDigest digest, String pepperId, KeySettings settings) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setString(1, id);
            statement.setBytes(2, digest.bytes());
            statement.setString(3, pepperId);
            set(statement, 4, settings);
            return statement.executeUpdate() == 1;
        }
    }

    /** The key, or null when there is none with this id. */
    public @Nullable KeyRow find(String id, Instant now) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS + "WHERE id = ?")) {
            nows(statement, now);
            statement.setString(NOWS + 1, id);
            List<KeyRow> rows = rows(statement);
            return rows.isEmpty() ? null : rows.get(0);
        }
    }

    /** The same, and until the end of the transaction nobody else changes it. */
    public @Nullable KeyRow hold(String id, Instant now) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT 1 FROM sluice.api_key WHERE id = ? FOR UPDATE")) {
            statement.setString(1, id);
            statement.executeQuery().close();
        }
        return find(id, now);
    }

    /** In the order of their ids; those within {@code reach} only. */
    public List<KeyRow> list(Reach reach, Filter filter, Instant now) throws SQLException {
        KeyRow.Status status = filter.status();
        Conditions conditions = new Conditions()
                .and("id > ?", filter.after())
                .and("team_id = ?", reach.onlyTeam())
                .and("owner_id = ?", reach.onlyUser())
                .and("team_id = ?", filter.teamId())
                .and("owner_id = ?", filter.ownerId())
                .and("name ILIKE ? ESCAPE '\\'", filter.name() == null ? null : Columns.containing(filter.name()))
                .and("status = ?", status == null ? null : status.label());
        try (PreparedStatement statement =
                connection.prepareStatement(COLUMNS + conditions.sql() + " ORDER BY id LIMIT ?")) {
            nows(statement, now);
            statement.setInt(conditions.bind(statement, NOWS + 1), filter.limit());
            return rows(statement);
        }
    }

    /** Of a key that is held. */
    public void update(String id, KeySettings settings) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
            statement.setString(set(statement, 1, settings), id);
            statement.executeUpdate();
        }
    }

    /**
     * Gives a key that is held another secret.
     *
     * @param previousUntil how long the one it has is good as well; null: not at all
     */
    public void rotate(String id, KeyDigest digest, String pepperId, @Nullable Instant previousUntil)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ROTATE)) {
            Columns.time(statement, 1, previousUntil);
            Columns.time(statement, 2, previousUntil);
            statement.setBytes(3, digest.bytes());
            statement.setString(4, pepperId);
            statement.setString(5, id);
            statement.executeUpdate();
        }
    }

    /** @return whether it had not been revoked before */
    public boolean revoke(String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REVOKE)) {
            statement.setString(1, id);
            return statement.executeUpdate() == 1;
        }
    }

    /** Keys of a user that are not revoked. */
    public long ownedBy(String userId) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT count(*) FROM sluice.api_key WHERE owner_id = ? AND revoked_at IS NULL")) {
            statement.setString(1, userId);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getLong(1) : 0;
            }
        }
    }

    /** What gateways go by; null when there is no such key. */
    public @Nullable KeyRecord inForce(String id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(KeyRows.BY_ID)) {
            statement.setString(1, id);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? KeyRows.read(row) : null;
            }
        }
    }

    private int set(PreparedStatement statement, int first, KeySettings settings) throws SQLException {
        int index = first;
        statement.setString(index++, settings.name());
        statement.setString(index++, settings.teamId());
        statement.setString(index++, settings.ownerId());
        statement.setArray(index++, Columns.texts(connection, settings.models()));
        statement.setArray(index++, Columns.texts(connection, settings.endpoints()));
        statement.setString(index++, JsonText.of(settings.tags()));
        statement.setString(index++, settings.tier());
        statement.setArray(index++, Columns.texts(connection, settings.ipRanges()));
        Columns.time(statement, index++, settings.notBefore());
        Columns.time(statement, index++, settings.expiresAt());
        statement.setBoolean(index++, settings.enabled());
        statement.setString(index++, settings.metadata());
        return index;
    }

    static void nows(PreparedStatement statement, Instant now) throws SQLException {
        for (int i = 1; i <= NOWS; i++) {
            Columns.time(statement, i, now);
        }
    }

    static List<KeyRow> rows(PreparedStatement statement) throws SQLException {
        List<KeyRow> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                rows.add(new KeyRow(
                        row.getString("id"),
                        settings(row),
                        KeyRow.Status.valueOf(row.getString("status").toUpperCase(Locale.ROOT)),
                        row.getString("pepper_id"),
                        Columns.time(row, "rotated_until"),
                        row.getLong("version"),
                        Columns.timeOf(row, "created_at"),
                        Columns.timeOf(row, "updated_at")));
            }
        }
        return rows;
    }

    private static KeySettings settings(ResultSet row) throws SQLException {
        return new KeySettings(
                row.getString("name"),
                row.getString("team_id"),
                row.getString("owner_id"),
                Columns.texts(row, "models"),
                Columns.texts(row, "endpoints"),
                JsonText.read(row.getString("tags")),
                row.getString("tier"),
                Columns.texts(row, "ip_ranges"),
                Columns.time(row, "not_before"),
                Columns.time(row, "expires_at"),
                row.getBoolean("enabled"),
                Objects.requireNonNull(row.getString("metadata")));
    }
}
