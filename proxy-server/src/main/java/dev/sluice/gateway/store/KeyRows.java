package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.KeyDigest;
import dev.sluice.gateway.auth.KeyRecord;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of the view {@code sluice.effective_key} as {@link KeyRecord}s. What most keys do not have comes as NULL, so that a
 * million of them are read in seconds. Thread: any that may block.
 */
final class KeyRows {

    /** To be followed by a condition, or nothing. */
    static final String SELECT = """
            SELECT id, name, team_id, owner_id, digest, pepper_id, previous_digest, tier, enabled, revoked,
                   CASE WHEN models <> '{}' THEN models END AS models,
                   CASE WHEN endpoints <> '{}' THEN endpoints END AS endpoints,
                   CASE WHEN ip_ranges <> '{}' THEN ip_ranges END AS ip_ranges,
                   CASE WHEN tags <> '{}' THEN ARRAY(SELECT unnest(ARRAY[t.key, t.value]) FROM jsonb_each_text(tags) t) END AS tags,
                   %s AS previous_until, %s AS not_before, %s AS expires_at
            FROM sluice.effective_key
            """.formatted(
                    seconds("floor", "previous_until"), seconds("ceil", "not_before"), seconds("floor", "expires_at"));

    static final String CHANGED = SELECT + "WHERE changed >= CAST(? AS xid8)";
    static final String BY_ID = SELECT + "WHERE id = ?";

    private KeyRows() {}

    /** Also of the two infinities that a timestamp may be. */
    private static String seconds(String rounding, String column) {
        return """
                CASE WHEN %2$s IS NOT NULL THEN CAST(%1$s(extract(epoch FROM \
                least(greatest(%2$s, timestamptz '1970-01-01Z'), timestamptz '9999-01-01Z'))) AS bigint) END""".formatted(rounding, column);
    }

    static KeyRecord read(ResultSet row) throws SQLException {
        byte[] previous = row.getBytes("previous_digest");
        long expiresAt = row.getLong("expires_at");
        boolean expires = !row.wasNull();
        return new KeyRecord(
                row.getString("id"),
                row.getString("name"),
                row.getString("team_id"),
                row.getString("owner_id"),
                new KeyDigest(row.getBytes("digest")),
                row.getString("pepper_id"),
                previous == null ? null : new KeyDigest(previous),
                row.getLong("previous_until"),
                list(row.getArray("models")),
                list(row.getArray("endpoints")),
                map(row.getArray("tags")),
                row.getString("tier"),
                list(row.getArray("ip_ranges")),
                row.getLong("not_before"),
                expires ? expiresAt : Long.MAX_VALUE,
                row.getBoolean("enabled"),
                row.getBoolean("revoked"));
    }

    private static List<String> list(@Nullable Array array) throws SQLException {
        return array == null ? List.of() : List.of((String[]) array.getArray());
    }

    /** @param pairs names and values, in turn; a value that JSON calls null is none */
    private static Map<String, String> map(@Nullable Array pairs) throws SQLException {
        if (pairs == null) {
            return Map.of();
        }
        @Nullable String[] texts = (@Nullable String[]) pairs.getArray();
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i + 1 < texts.length; i += 2) {
            String name = texts[i];
            String value = texts[i + 1];
            if (name != null && value != null) {
                map.put(name, value);
            }
        }
        return map;
    }
}
