package dev.sluice.gateway.admin;

import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsagePeriod;
import dev.sluice.gateway.usage.UsageQuery;
import dev.sluice.gateway.usage.UsageStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes a question of the parameters of {@code GET /admin/api/usage}. What is not known is refused and not passed over:
 * a filter with a slip of the pen would otherwise answer for everybody. Thread: any.
 */
final class UsageParameters {
    /** Rows of an answer: a month of days by some hundred models. */
    static final int MOST_ROWS = 20_000;

    private static final Duration DEFAULT_PERIOD = Duration.ofDays(30);
    private static final List<Grouping> FILTERS = List.of(
            Grouping.KEY,
            Grouping.TEAM,
            Grouping.MODEL,
            Grouping.PROVIDER,
            Grouping.ENDPOINT,
            Grouping.STATUS,
            Grouping.USER);
    private static final List<String> NAMES = names();
    private static final String EXAMPLE = """
            {"by":"model","from":"2026-11-01T00:00:00Z","to":"2026-12-01T00:00:00Z","rows":[{"model":"gpt-4o-mini",\
            "requests":12,"input_tokens":4800,"output_tokens":1900,"cost_usd":"0.001860"}],"truncated":false,\
            "row_limit":20000,"table":"usage_hourly","pending":0}""";

    static final RouteDocument DOCUMENT = RouteDocument.of("usage", "What was used and what it cost, summed up.")
            .query("by", "groups, with commas between them: " + String.join(", ", labels(List.of(Grouping.values()))))
            .query("tag", "with `by=tag`: the tag by whose value is grouped")
            .query("from", "first instant or day that counts; 30 days before `to` when absent")
            .query("to", "first instant that does not count, or last day that does; now when absent")
            .query("format", "`json` or `csv`")
            .query(
                    "key",
                    "only calls with this key; likewise `team`, `model`, `provider`, `endpoint`, `status`, `user`")
            .answers(200, new Shape.Sample("Usage", EXAMPLE));

    private UsageParameters() {}

    private static List<String> names() {
        List<String> names = new ArrayList<>(List.of("by", "tag", "from", "to", "format"));
        names.addAll(labels(FILTERS));
        return List.copyOf(names);
    }

    static UsageQuery query(AdminRequest request, Instant now) throws InvalidParameterException {
        refuseUnknown(request);
        List<Grouping> by = groupings(request.parameter("by"));
        String tag = request.parameter("tag");
        if (tag != null && !by.contains(Grouping.TAG)) {
            throw new InvalidParameterException(
                    "tag",
                    "`tag` is `" + UsagePeriod.echo(tag) + "` and `by` is " + by(by) + "; allowed with `by=tag`");
        }
        UsagePeriod period;
        try {
            period = UsagePeriod.parse(
                    request.parameter("from"), request.parameter("to"), now, to -> to.minus(DEFAULT_PERIOD));
        } catch (UsagePeriod.InvalidException e) {
            throw new InvalidParameterException(e.parameter(), String.valueOf(e.getMessage()));
        }
        return new UsageQuery(by, text("tag", tag), filters(request), period.from(), period.to(), MOST_ROWS);
    }

    /** As they are written in a request. */
    static String by(List<Grouping> by) {
        return String.join(",", labels(by));
    }

    /** Whether CSV is wanted; {@code format} wins over what the header {@code Accept} says. */
    static boolean isCsv(AdminRequest request) throws InvalidParameterException {
        String format = request.parameter("format");
        return switch (format) {
            case null -> request.accepts("text/csv");
            case "csv" -> true;
            case "json" -> false;
            default ->
                throw new InvalidParameterException(
                        "format", "`format` is `" + UsagePeriod.echo(format) + "`; allowed: json, csv");
        };
    }

    private static void refuseUnknown(AdminRequest request) throws InvalidParameterException {
        for (String name : new TreeSet<>(request.parameters().keySet())) {
            if (!NAMES.contains(name)) {
                throw new InvalidParameterException(
                        UsagePeriod.echo(name),
                        "parameter `" + UsagePeriod.echo(name) + "` is not known; allowed: "
                                + String.join(", ", NAMES));
            }
        }
    }

    private static List<Grouping> groupings(@Nullable String text) throws InvalidParameterException {
        if (text == null) {
            return List.of(Grouping.MODEL);
        }
        List<Grouping> by = new ArrayList<>();
        for (String label : text.split(",", -1)) {
            Grouping grouping = grouping(label);
            if (grouping == null || by.contains(grouping)) {
                throw new InvalidParameterException(
                        "by",
                        "`by` is `" + UsagePeriod.echo(text) + "`; allowed, each once and with commas between them: "
                                + String.join(", ", labels(List.of(Grouping.values()))));
            }
            by.add(grouping);
        }
        return by;
    }

    private static @Nullable Grouping grouping(String label) {
        for (Grouping grouping : Grouping.values()) {
            if (grouping.label().equals(label)) {
                return grouping;
            }
        }
        return null;
    }

    private static Map<Grouping, String> filters(AdminRequest request) throws InvalidParameterException {
        Map<Grouping, String> only = new EnumMap<>(Grouping.class);
        for (Grouping filter : FILTERS) {
            String value = text(filter.label(), request.exactly(filter.label()));
            if (value != null) {
                only.put(filter, value);
            }
        }
        String status = only.get(Grouping.STATUS);
        if (status != null && !UsageStatus.LABELS.contains(status)) {
            throw new InvalidParameterException(
                    "status",
                    "`status` is `" + UsagePeriod.echo(status) + "`; allowed: "
                            + String.join(", ", UsageStatus.LABELS));
        }
        return only;
    }

    /** PostgreSQL knows no NUL. */
    private static @Nullable String text(String name, @Nullable String value) throws InvalidParameterException {
        if (value != null && value.indexOf('\0') >= 0) {
            throw new InvalidParameterException(name, "`" + name + "` holds a NUL; text without it is allowed");
        }
        return value;
    }

    private static List<String> labels(Collection<Grouping> groupings) {
        return groupings.stream().map(Grouping::label).toList();
    }
}
