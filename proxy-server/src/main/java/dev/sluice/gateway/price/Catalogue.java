package dev.sluice.gateway.price;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One provider's rows, and what was found for names that are no row: those of which the name is a version, see
 * {@link ModelNames}.
 *
 * <p>Thread: any.
 */
final class Catalogue {
    static final String ANY_MODEL = "*";

    /** Names come from callers where a wildcard routes them: what is remembered about them is bounded. */
    private static final int REMEMBERED_NAMES = 1_024;

    private static final int LONGEST_NAME = 256;

    /** @param override whether the operator wrote it */
    record Row(Price price, boolean override) {
        static final Row NONE = new Row(Price.NONE, false);

        boolean isNone() {
            return price.isNone();
        }
    }

    private final Map<String, Row> rows;
    private final Map<String, String> aliases;
    private final ConcurrentHashMap<String, Row> remembered = new ConcurrentHashMap<>();

    /** @param aliases other names of rows */
    Catalogue(Map<String, Row> rows, Map<String, String> aliases) {
        this.rows = Map.copyOf(rows);
        this.aliases = Map.copyOf(aliases);
    }

    Map<String, Row> rows() {
        return rows;
    }

    /**
     * The row of the model that answered, else of the one that was asked for, but the operator's row for either goes
     * before a shipped one; else the row of any model.
     *
     * @return {@link Row#NONE} when there is none of these
     */
    Row find(String upstreamModel, @Nullable String answeredModel) {
        Row asked = find(upstreamModel);
        Row answered = answeredModel == null ? Row.NONE : find(answeredModel);
        Row found = answered.isNone() || (asked.override && !answered.override) ? asked : answered;
        return found.isNone() ? rows.getOrDefault(ANY_MODEL, Row.NONE) : found;
    }

    private Row find(String model) {
        Row listed = listed(model);
        if (listed != null) {
            return listed;
        }
        if (model.length() > LONGEST_NAME) {
            return Row.NONE;
        }
        Row before = remembered.get(model);
        if (before != null) {
            return before;
        }
        Row version = ModelNames.findVersion(model, this::listed);
        Row found = version == null ? Row.NONE : version;
        if (remembered.size() < REMEMBERED_NAMES) {
            remembered.put(model, found);
        }
        return found;
    }

    private @Nullable Row listed(String model) {
        Row row = rows.get(model);
        if (row != null) {
            return row;
        }
        String alias = aliases.get(model);
        return alias == null ? null : rows.get(alias);
    }
}
