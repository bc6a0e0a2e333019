package dev.sluice.gateway.admin;

import static dev.sluice.gateway.admin.Shape.Member.optional;
import static dev.sluice.gateway.admin.Shape.Member.required;

import dev.sluice.gateway.admin.Shape.MemberType;
import dev.sluice.gateway.config.AmountText;
import dev.sluice.gateway.config.InvalidAmountException;
import dev.sluice.gateway.config.LimitSettings.Amount;
import dev.sluice.gateway.config.LimitSettings.Rule;
import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Labels;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a body says about a budget that is to be made or changed. Thread: any. */
final class BudgetWish {
    static final String ALL = "all";

    private static final int LONGEST_VALUE = 256;
    private static final int LONGEST_TAG = 64;
    private static final String SUBJECTS =
            "key, user, end_user, team, tier, ip, session, provider, model, tag:<name>, all";
    private static final List<String> MEASURES = List.of("requests", "tokens", "input_tokens", "output_tokens", "cost");

    private static final List<Shape.Member> OF_BOTH = List.of(
            optional("calendar", MemberType.FLAG, "whether windows begin with the calendar's; absent: from a day on"),
            optional("time_zone", MemberType.TEXT, "whose calendar; absent: that of the configuration"),
            optional("strict", MemberType.FLAG, "whether calls are refused while gateways cannot agree"),
            optional("warn", MemberType.NUMBERS, "percentages at which somebody is told; 80 and 100 when absent"),
            optional("enabled", MemberType.FLAG, "whether it is in force; true when absent"));

    static final Shape.Body NEW = new Shape.Body(
            "NewBudget",
            Shape.with(
                    required("name", MemberType.TEXT, "told to callers; no other budget of the team may have it"),
                    Shape.with(
                            optional(
                                    "team",
                                    MemberType.TEXT,
                                    "whose callers it is for; absent: the caller's team; null: everybody's, for owners"),
                            Shape.with(
                                    required("subject", MemberType.TEXT, "by what callers are told apart: " + SUBJECTS),
                                    Shape.with(
                                            optional(
                                                    "value",
                                                    MemberType.TEXT,
                                                    "of the subject, for which alone it is; absent: each value has the amount"),
                                            Shape.with(
                                                    required(
                                                            "measure",
                                                            MemberType.TEXT,
                                                            "one of " + String.join(", ", MEASURES)),
                                                    Shape.with(
                                                            required(
                                                                    "amount",
                                                                    MemberType.TEXT,
                                                                    "how much in which time, in dollars for cost"),
                                                            OF_BOTH)))))),
            "{\"name\":\"Ada's month\",\"subject\":\"user\",\"value\":\"u-ada\",\"measure\":\"cost\","
                    + "\"amount\":\"25.00/month\",\"time_zone\":\"Asia/Jerusalem\",\"warn\":[50,80,100]}");

    static final Shape.Body CHANGE = new Shape.Body(
            "BudgetChange",
            Shape.with(
                    optional("name", MemberType.TEXT, "told to callers; no other budget of the team may have it"),
                    Shape.with(
                            optional("amount", MemberType.TEXT, "how much in which time, in dollars for cost"),
                            OF_BOTH)),
            "{\"amount\":\"30.00/month\",\"strict\":true,\"enabled\":true}");

    private BudgetWish() {}

    /** @param team whose callers it is for, as was found out */
    static Budget create(Body body, String id, @Nullable String team, List<String> tiers)
            throws InvalidParameterException {
        Dimension subject = subject(Objects.requireNonNull(body.text("subject")));
        String value = value(subject, body.text("value"), tiers);
        String measure = Objects.requireNonNull(body.text("measure"));
        if (!MEASURES.contains(measure)) {
            throw new InvalidParameterException(
                    "measure", "`measure` is `" + Echo.of(measure) + "`; allowed: " + String.join(", ", MEASURES));
        }
        Amount amount = amount(measure, Objects.requireNonNull(body.text("amount")));
        return new Budget(
                id,
                name(Objects.requireNonNull(body.text("name"))),
                team,
                subject,
                value,
                Objects.requireNonNull(Labels.measure(measure)),
                amount.limit(),
                period(amount),
                amount.isOfCalendar(body.has("calendar") ? (Boolean) body.flag("calendar", false) : null),
                zone(body.text("time_zone")),
                body.flag("strict", false),
                body.has("warn") ? warn(body.numbers("warn")) : Rule.DEFAULT_WARN_PERCENT);
    }

    /** What is not in the body stays as it is. For whom it is and what it counts cannot be changed: its counters are of that. */
    static Budget change(Body body, Budget is) throws InvalidParameterException {
        Measure measure = is.measure();
        String written = body.text("amount");
        Amount amount = written == null
                ? new Amount(measure.label(), is.limit(), is.period().label())
                : amount(measure.label(), written);
        String name = body.text("name");
        return new Budget(
                is.id(),
                name == null ? is.name() : name(name),
                is.team(),
                is.subject(),
                is.value(),
                measure,
                amount.limit(),
                period(amount),
                calendar(body, is, amount),
                body.has("time_zone") ? zone(body.text("time_zone")) : is.zone(),
                body.flag("strict", is.strict()),
                body.has("warn") ? warn(body.numbers("warn")) : is.warnPercent());
    }

    /** Another period has its own usual way. */
    private static boolean calendar(Body body, Budget is, Amount amount) {
        if (body.has("calendar")) {
            return amount.isOfCalendar(body.flag("calendar", false));
        }
        return is.period().label().equals(amount.period()) ? is.calendar() : amount.isOfCalendar(null);
    }

    private static String name(String name) throws InvalidParameterException {
        Names.check("name", name);
        return name;
    }

    private static @Nullable Dimension subject(String subject) throws InvalidParameterException {
        Dimension dimension = Labels.dimension(subject);
        boolean tooLong =
                dimension != null && dimension.tag() != null && dimension.tag().length() > LONGEST_TAG;
        if (tooLong || (dimension == null && !subject.equals(ALL))) {
            throw new InvalidParameterException(
                    "subject", "`subject` is `" + Echo.of(subject) + "`; allowed: " + SUBJECTS);
        }
        return dimension;
    }

    private static @Nullable String value(@Nullable Dimension subject, @Nullable String value, List<String> tiers)
            throws InvalidParameterException {
        if (value == null) {
            return null;
        }
        if (subject == null || !Budget.canBeOne(subject)) {
            throw new InvalidParameterException(
                    "value",
                    "`value` is `" + Echo.of(value) + "`, and the subject is not one of which a single one can be asked"
                            + " for; allowed: none for all, ip and session");
        }
        if (value.isBlank() || value.length() > LONGEST_VALUE) {
            throw new InvalidParameterException(
                    "value", "`value` has " + value.length() + " characters; allowed: 1 to " + LONGEST_VALUE);
        }
        if (subject.kind() == Dimension.Kind.TIER) {
            Names.checkTier(value, tiers);
        }
        return value;
    }

    private static Amount amount(String measure, String text) throws InvalidParameterException {
        try {
            return AmountText.parse(measure, text);
        } catch (InvalidAmountException e) {
            throw new InvalidParameterException("amount", "`amount`: `" + Echo.of(text) + "`" + e.reason());
        }
    }

    private static Window.Period period(Amount amount) {
        return Objects.requireNonNull(Labels.period(Objects.requireNonNull(amount.period())));
    }

    private static @Nullable ZoneId zone(@Nullable String id) throws InvalidParameterException {
        try {
            if (id == null || ZoneId.getAvailableZoneIds().contains(id)) {
                return id == null ? null : ZoneId.of(id);
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw new InvalidParameterException(
                "time_zone", "`time_zone` is `" + Echo.of(id) + "`; allowed: UTC or a name such as Europe/Berlin");
    }

    private static List<Integer> warn(List<Integer> percents) throws InvalidParameterException {
        for (int percent : percents) {
            if (percent < 1 || percent > 100) {
                throw new InvalidParameterException("warn", "`warn` has " + percent + "; allowed: 1 to 100");
            }
        }
        return List.copyOf(new TreeSet<>(percents));
    }
}
