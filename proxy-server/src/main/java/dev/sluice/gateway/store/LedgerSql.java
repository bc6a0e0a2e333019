package dev.sluice.gateway.store;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.LimitRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The statement that sums what the ledger says of one rule: a column for each of its dimensions, and the sum. What the rule's
 * filter and dimensions ask for is said in the columns of {@code usage_event}, so that a row is counted by the rule exactly if
 * its call was.
 *
 * <p>Whole hours come from {@code usage_hourly}, which is added to in the same transactions, as far as its columns go; rows of
 * single calls are read for what is left of the first hour alone. Whatever comes from outside is a parameter. Thread: one.
 */
final class LedgerSql {
    private static final String OWNER = "CASE WHEN e.key_id LIKE 'user:%' THEN substr(e.key_id, 6) ELSE k.owner_id END";
    private static final String TIER = "CASE WHEN e.key_id LIKE 'user:%' THEN p.tier ELSE k.tier END";
    private static final String KEYS = " LEFT JOIN sluice.effective_key k ON k.id = e.key_id";
    private static final String PEOPLE =
            " LEFT JOIN sluice.app_user p ON e.key_id LIKE 'user:%' AND p.id = substr(e.key_id, 6)";

    private final LimitRule rule;
    private final boolean hours;
    private final StringBuilder where = new StringBuilder();
    private final List<Object> parameters = new ArrayList<>();
    private boolean asksForKeys;
    private boolean asksForPeople;

    private LedgerSql(LimitRule rule, boolean hours) {
        this.rule = rule;
        this.hours = hours;
    }

    /** A parameter that is known when counters are asked about. */
    sealed interface Slot {

        /** Begin and end of what single rows are read for, and begin of what hours are. */
        enum Time implements Slot {
            ROWS_FROM,
            ROWS_TO,
            HOURS_FROM
        }

        /** What the counters have for one of the rule's dimensions: an array of texts. */
        record Values(int dimension) implements Slot {}
    }

    /**
     * @param hours whether hours are asked
     * @param parameters in order: texts, lists of them, and {@link Slot}s
     */
    record Statement(String text, boolean hours, List<Object> parameters) {}

    /** Whether the ledger has what the rule asks about. Neither addresses nor sessions are in it. */
    static boolean canTell(LimitRule rule) {
        if (!rule.measure().isKnownLate()) {
            return false;
        }
        for (Dimension dimension : rule.per()) {
            if (dimension.kind() == Dimension.Kind.IP || dimension.kind() == Dimension.Kind.SESSION) {
                return false;
            }
        }
        return true;
    }

    static Statement of(LimitRule rule) {
        LedgerSql sql = new LedgerSql(rule, isInHours(rule));
        return new Statement(sql.text(), sql.hours, sql.parameters);
    }

    private static boolean isInHours(LimitRule rule) {
        for (Dimension dimension : rule.per()) {
            if (dimension.kind() == Dimension.Kind.END_USER || dimension.kind() == Dimension.Kind.TAG) {
                return false;
            }
        }
        return rule.appliesTo().endUsers().isEmpty() && rule.appliesTo().tags().isEmpty();
    }

    private String text() {
        List<String> names = new ArrayList<>();
        List<String> columns = new ArrayList<>();
        for (Dimension dimension : rule.per()) {
            names.add("d" + names.size());
            columns.add(expression(dimension));
        }
        String rows = rows();
        filter(rule.appliesTo());
        StringBuilder text = new StringBuilder("SELECT ");
        for (String name : names) {
            text.append("s.").append(name).append(", ");
        }
        text.append("least(coalesce(sum(s.amount), 0), ").append(Long.MAX_VALUE).append(")::bigint FROM (SELECT ");
        for (int i = 0; i < names.size(); i++) {
            text.append(columns.get(i)).append(" AS ").append(names.get(i)).append(", ");
        }
        text.append("e.amount FROM (")
                .append(rows)
                .append(") e")
                .append(asksForKeys ? KEYS : "")
                .append(asksForPeople ? PEOPLE : "")
                .append(where)
                .append(") s");
        if (!names.isEmpty()) {
            String list = String.join(", s.", names);
            text.append(" WHERE (s.").append(list).append(") IN (SELECT * FROM unnest(");
            for (int i = 0; i < names.size(); i++) {
                text.append(i == 0 ? "?::text[]" : ", ?::text[]");
                parameters.add(new Slot.Values(i));
            }
            text.append(")) GROUP BY s.").append(list);
        }
        return text.toString();
    }

    private String rows() {
        String rest = hours
                ? "key_id, team_id, provider, requested_model, endpoint"
                : "key_id, team_id, provider, requested_model, endpoint, end_user, tags";
        String events = "SELECT " + rest + ", " + amount()
                + " AS amount FROM sluice.usage_event WHERE started_at >= ? AND started_at < ?";
        parameters.add(Slot.Time.ROWS_FROM);
        parameters.add(Slot.Time.ROWS_TO);
        if (hours) {
            parameters.add(Slot.Time.HOURS_FROM);
        }
        return hours
                ? events + " UNION ALL SELECT " + rest + ", " + amount() + " FROM sluice.usage_hourly WHERE hour >= ?"
                : events;
    }

    private String amount() {
        return switch (rule.measure()) {
            case TOKENS -> "coalesce(input_tokens, 0) + coalesce(output_tokens, 0)";
            case INPUT_TOKENS -> "coalesce(input_tokens, 0)";
            case OUTPUT_TOKENS -> "coalesce(output_tokens, 0)";
            case COST -> "coalesce(cost_nano, 0)";
            case REQUESTS, CONCURRENT, MAX_TOKENS, REQUEST_BYTES ->
                throw new IllegalArgumentException(
                        "the ledger does not know of " + rule.measure().unit());
        };
    }

    /** What has no value has an empty one, as {@link dev.sluice.gateway.limit.LimitRule} says. */
    private String expression(Dimension dimension) {
        return switch (dimension.kind()) {
            case KEY -> "coalesce(e.key_id, '')";
            case USER -> {
                asksForKeys = true;
                yield "coalesce(" + OWNER + ", '')";
            }
            case END_USER -> "coalesce(e.end_user, '')";
            case TEAM -> "coalesce(e.team_id, '')";
            case TIER -> {
                asksForKeys = true;
                asksForPeople = true;
                yield "coalesce(" + TIER + ", '')";
            }
            case PROVIDER -> "e.provider";
            case MODEL -> "coalesce(e.requested_model, '')";
            case TAG -> {
                parameters.add(String.valueOf(dimension.tag()));
                yield "coalesce(e.tags ->> ?::text, '')";
            }
            case IP, SESSION ->
                throw new IllegalArgumentException(
                        "the ledger does not know of " + dimension.kind().label());
        };
    }

    private void filter(CallFilter of) {
        // Copies for a shadow are on nobody's account.
        and("e.key_id IS NOT NULL AND e.key_id <> ''");
        for (int i = 0; i < rule.per().size(); i++) {
            if (rule.per().get(i).kind() == Dimension.Kind.KEY) {
                // Again, bare, for there is an index.
                and("e.key_id = ANY(?::text[])", new Slot.Values(i));
            }
        }
        if (!of.keys().isEmpty()) {
            asksForKeys = true;
            and("(e.key_id = ANY(?::text[]) OR k.name = ANY(?::text[]))", of.keys(), of.keys());
        }
        if (!of.users().isEmpty()) {
            asksForKeys = true;
            and(OWNER + " = ANY(?::text[])", of.users());
        }
        if (!of.tiers().isEmpty()) {
            asksForKeys = true;
            asksForPeople = true;
            and(TIER + " = ANY(?::text[])", of.tiers());
        }
        if (!of.endUsers().isEmpty()) {
            and("e.end_user = ANY(?::text[])", of.endUsers());
        }
        if (!of.teams().isEmpty()) {
            and("coalesce(nullif(e.team_id, ''), '" + Principal.DEFAULT_TEAM + "') = ANY(?::text[])", of.teams());
        }
        if (!of.endpoints().isEmpty()) {
            and("e.endpoint = ANY(?::text[])", of.endpoints());
        }
        like("e.requested_model", of.models());
        like("e.provider", of.providers());
        for (Map.Entry<String, String> tag : of.tags().entrySet()) {
            and("e.tags ->> ?::text = ?", tag.getKey(), tag.getValue());
        }
    }

    private void like(String column, List<String> globs) {
        if (globs.isEmpty()) {
            return;
        }
        List<String> patterns = new ArrayList<>();
        for (String glob : globs) {
            boolean open = glob.endsWith("*");
            String text = open ? glob.substring(0, glob.length() - 1) : glob;
            patterns.add(text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + (open ? "%" : ""));
        }
        and(column + " LIKE ANY(?::text[])", patterns);
    }

    private void and(String condition, Object... values) {
        where.append(where.isEmpty() ? " WHERE " : " AND ").append(condition);
        parameters.addAll(List.of(values));
    }
}
