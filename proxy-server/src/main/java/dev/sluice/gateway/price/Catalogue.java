package dev.sluice.gateway.price;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One provider's rows, and what was found for names that are no row. A name that is none is looked for as a dated form
 * of the longest row that it continues: {@code gpt-4o-2024-08-06} is {@code gpt-4o}; {@code gpt-4o-audio-preview},
 * {@code gpt-4-32k} and {@code claude-fable-5-1} are models of their own beside {@code gpt-4o}, {@code gpt-4} and
 * {@code claude-fable-5}.
 *
 * <p>Thread: any.
 */
final class Catalogue {
    static final String ANY_MODEL = "*";

    /** Names come from callers where a wildcard routes them: what is remembered about them is bounded. */
    private static final int REMEMBERED_NAMES = 1_024;

    private static final int LONGEST_NAME = 256;
    /** 001 and 0125 and 2024 are versions, 5-1 is a number of a model. */
    private static final int SHORTEST_VERSION = 3;

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
        Row found = search(model);
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

    private Row search(String model) {
        for (int end = model.length() - 1; end > 0; end--) {
            if (isVersion(model, end)) {
                Row row = listed(model.substring(0, end));
                if (row != null) {
                    return row;
                }
            }
        }
        return Row.NONE;
    }

    /** Whether what begins at {@code at} names a version of the model before it, not another model. */
    private static boolean isVersion(String model, int at) {
        char separator = model.charAt(at);
        if (separator == '@' || separator == ':') {
            return true;
        }
        if (separator != '-') {
            return false;
        }
        int end = endOfPart(model, at + 1);
        if (isNumber(model, at + 1, end) && end - at - 1 < SHORTEST_VERSION) {
            return false;
        }
        for (int start = at + 1; ; start = end + 1, end = endOfPart(model, start)) {
            if (!isNumber(model, start, end) && !isWord(model, start, end)) {
                return false;
            }
            if (end == model.length() || model.charAt(end) != '-') {
                return true;
            }
        }
    }

    private static int endOfPart(String model, int start) {
        int end = start;
        while (end < model.length() && "-@:".indexOf(model.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    private static boolean isNumber(String model, int start, int end) {
        for (int i = start; i < end; i++) {
            if (model.charAt(i) < '0' || model.charAt(i) > '9') {
                return false;
            }
        }
        return start < end;
    }

    private static boolean isWord(String model, int start, int end) {
        String part = model.substring(start, end);
        return part.equals("latest") || part.equals("preview");
    }
}
