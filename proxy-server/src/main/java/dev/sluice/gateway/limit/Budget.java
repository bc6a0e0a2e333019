package dev.sluice.gateway.limit;

import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An amount that operators give out through the admin API, and the database keeps. Immutable; thread: any.
 *
 * @param name told to callers
 * @param team whose callers it is for; null: everybody's
 * @param subject by what callers are told apart; null: not at all
 * @param value of the subject, for which alone it is, with one counter; null: each value has the amount for itself
 * @param calendar whether its windows begin with the calendar's
 * @param zone whose calendar; null: that of the configuration
 */
public record Budget(
        String id,
        String name,
        @Nullable String team,
        @Nullable Dimension subject,
        @Nullable String value,
        Measure measure,
        long limit,
        Window.Period period,
        boolean calendar,
        @Nullable ZoneId zone,
        boolean strict,
        List<Integer> warnPercent) {

    public Budget {
        warnPercent = List.copyOf(warnPercent);
    }

    /** Whether one can ask for a single {@code subject} in a {@link CallFilter}. */
    public static boolean canBeOne(Dimension subject) {
        return switch (subject.kind()) {
            case KEY, USER, END_USER, TEAM, TIER, PROVIDER, MODEL, TAG -> true;
            case IP, SESSION -> false;
        };
    }

    /** By it the rule's counters are found again as long as they count the same. */
    public String ruleId() {
        return "budget:" + id + "/" + measure.label() + "/" + period.label();
    }

    /** @param usual whose calendar, when the budget does not say */
    public LimitRule rule(ZoneId usual) {
        Window window = calendar && period != Window.Period.TOTAL
                ? new Window(period, /* calendar= */ true, zone == null ? usual : zone)
                : Window.sliding(period);
        List<Dimension> per = subject == null || value != null ? List.of() : List.of(subject);
        return new LimitRule(
                ruleId(), name, filter(), per, measure, limit, window, 0, strict, /* queueMillis= */ 0, warnPercent);
    }

    private CallFilter filter() {
        Dimension.Kind kind = subject == null || value == null ? null : subject.kind();
        List<String> only = value == null ? List.of() : List.of(value);
        List<String> none = List.of();
        List<String> teams = team == null ? none : List.of(team);
        return new CallFilter(
                kind == Dimension.Kind.KEY ? only : none,
                kind == Dimension.Kind.USER ? only : none,
                kind == Dimension.Kind.END_USER ? only : none,
                kind == Dimension.Kind.TEAM ? only : teams,
                kind == Dimension.Kind.TIER ? only : none,
                kind == Dimension.Kind.MODEL ? only : none,
                kind == Dimension.Kind.PROVIDER ? only : none,
                none,
                tags());
    }

    private Map<String, String> tags() {
        return subject == null || subject.tag() == null || value == null ? Map.of() : Map.of(subject.tag(), value);
    }
}
