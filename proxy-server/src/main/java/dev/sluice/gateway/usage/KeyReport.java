package dev.sluice.gateway.usage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.exchange.LimitLine;
import dev.sluice.gateway.exchange.UsageLookup.Question;
import dev.sluice.gateway.price.Money;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * What one key has used: today, this month, and in a range by model and by day. Read from the sums by hour alone, in one
 * statement, so that it costs the same however much was called, and all parts are of the same moment.
 *
 * <p>Thread: made on any, read on one that may block.
 */
final class KeyReport {
    static final int MOST_MODELS = 1_000;
    static final int MOST_DAYS = 366;

    private static final JsonFactory JSON = new JsonFactory();
    /** As long as the caller waits; so the server gives up by itself, whatever becomes of this end. */
    private static final String GIVE_UP = "SET LOCAL statement_timeout = 2000";

    private static final Comparator<UsageRow> BY_NAME =
            Comparator.comparing(row -> row.groups().getFirst());
    private static final Comparator<UsageRow> DEAREST_FIRST = Comparator.<UsageRow>comparingLong(
                    row -> row.sums().pricedNano())
            .thenComparingLong(row -> row.sums().requests())
            .reversed()
            .thenComparing(BY_NAME);

    /** The parts of the answer: three totals, and two lists over the last one's time. */
    private enum Part {
        TODAY,
        MONTH,
        RANGE,
        MODELS,
        DAYS;

        /** With the name of a group in front of the figures. */
        boolean isList() {
            return this == MODELS || this == DAYS;
        }
    }

    private final Question question;
    private final Instant now;
    private final Map<Part, UsagePeriod> periods = new EnumMap<>(Part.class);
    private final Map<Part, List<UsageRow>> rows = new EnumMap<>(Part.class);

    private KeyReport(Question question, Instant now, UsagePeriod range) {
        this.question = question;
        this.now = now;
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        LocalDate month = today.withDayOfMonth(1);
        periods.put(Part.TODAY, new UsagePeriod(midnight(today), midnight(today.plusDays(1))));
        periods.put(Part.MONTH, new UsagePeriod(midnight(month), midnight(month.plusMonths(1))));
        periods.put(Part.RANGE, range);
        periods.put(Part.MODELS, range);
        periods.put(Part.DAYS, range);
        for (Part part : Part.values()) {
            rows.put(part, new ArrayList<>());
        }
    }

    /** A range without a beginning begins with the month that its last hour is in. */
    static KeyReport about(Question question, Instant now) throws UsagePeriod.InvalidException {
        UsagePeriod range = UsagePeriod.parse(
                question.from(),
                question.to(),
                now,
                to -> midnight(LocalDate.ofInstant(to.minus(1, ChronoUnit.HOURS), ZoneOffset.UTC)
                        .withDayOfMonth(1)));
        range.requireWholeHours();
        range.requireAtMostDays(MOST_DAYS);
        return new KeyReport(question, now, range);
    }

    private static Instant midnight(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** Once. @return the answer as JSON */
    String read(Connection connection, long pending) throws SQLException {
        List<UsageSql> parts = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        for (Part part : Part.values()) {
            UsageSql sql = UsageSql.of(query(part));
            text.append(parts.isEmpty() ? "" : " UNION ALL ")
                    .append("(SELECT '")
                    .append(part.name())
                    .append("'")
                    .append(part.isList() ? "" : ", ''")
                    .append(", part.* FROM (")
                    .append(sql.text())
                    .append(") AS part)");
            parts.add(sql);
        }
        // Of the transaction nothing remains: closing the connection rolls it back.
        connection.setAutoCommit(false);
        try (Statement limit = connection.createStatement();
                PreparedStatement select = connection.prepareStatement(text.toString())) {
            limit.execute(GIVE_UP);
            int parameter = 1;
            for (UsageSql part : parts) {
                parameter = part.bind(select, parameter);
            }
            take(select);
        }
        return json(pending);
    }

    private UsageQuery query(Part part) {
        List<Grouping> by = switch (part) {
            case TODAY, MONTH, RANGE -> List.of();
            case MODELS -> List.of(Grouping.MODEL);
            case DAYS -> List.of(Grouping.DAY);
        };
        UsagePeriod period = period(part);
        // A range that does not begin at midnight touches one day more than it is long.
        int limit = Math.max(MOST_MODELS, MOST_DAYS + 1) + 1;
        return new UsageQuery(by, null, Map.of(Grouping.KEY, question.keyId()), period.from(), period.to(), limit);
    }

    private void take(PreparedStatement select) throws SQLException {
        try (ResultSet result = select.executeQuery()) {
            while (result.next()) {
                rows(Part.valueOf(result.getString(1)))
                        .add(new UsageRow(List.of(result.getString(2)), UsageSums.read(result, 3)));
            }
        }
        // In which order a union gives its rows is the server's choice.
        rows(Part.MODELS).sort(DEAREST_FIRST);
        rows(Part.DAYS).sort(BY_NAME);
    }

    private String json(long pending) {
        StringWriter text = new StringWriter(1_024);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("object", "usage");
            json.writeStringField("key_id", question.keyId());
            json.writeStringField("team_id", question.teamId());
            json.writeStringField("as_of", now.truncatedTo(ChronoUnit.MILLIS).toString());
            json.writeNumberField("pending", pending);
            beginTotal(json, Part.TODAY);
            json.writeEndObject();
            beginTotal(json, Part.MONTH);
            json.writeEndObject();
            beginTotal(json, Part.RANGE);
            List<UsageRow> models = rows(Part.MODELS);
            list(json, "models", "model", models.subList(0, Math.min(MOST_MODELS, models.size())));
            json.writeBooleanField("models_truncated", models.size() > MOST_MODELS);
            list(json, "days", "day", rows(Part.DAYS));
            json.writeEndObject();
            limits(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
        return text.toString();
    }

    /** As they stood when the question was asked; those of money in dollars. */
    private void limits(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("limits");
        for (LimitLine line : question.limits()) {
            json.writeStartObject();
            json.writeStringField("name", line.name());
            json.writeStringField("measure", line.measure());
            json.writeStringField("period", line.period().isEmpty() ? null : line.period());
            amount(json, "limit", line, line.limit());
            amount(json, "used", line, line.used());
            amount(json, "remaining", line, line.remaining());
            json.writeStringField(
                    "resets_at",
                    line.resetMillis() == 0
                            ? null
                            : Instant.ofEpochMilli(line.resetMillis()).toString());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void amount(JsonGenerator json, String name, LimitLine line, long amount) throws IOException {
        json.writeFieldName(name);
        if (line.isMoney()) {
            json.writeNumber(Money.format(amount));
        } else {
            json.writeNumber(amount);
        }
    }

    /** Leaves the object open. */
    private void beginTotal(JsonGenerator json, Part part) throws IOException {
        json.writeObjectFieldStart(part.name().toLowerCase(Locale.ROOT));
        json.writeStringField("from", period(part).from().toString());
        json.writeStringField("to", period(part).to().toString());
        UsageFigure.write(json, UsageFigure.FOR_CALLERS, rows(part).getFirst().sums());
    }

    private static void list(JsonGenerator json, String name, String group, List<UsageRow> rows) throws IOException {
        json.writeArrayFieldStart(name);
        for (UsageRow row : rows) {
            json.writeStartObject();
            json.writeStringField(group, row.groups().getFirst());
            UsageFigure.write(json, UsageFigure.FOR_CALLERS, row.sums());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private UsagePeriod period(Part part) {
        return Objects.requireNonNull(periods.get(part));
    }

    private List<UsageRow> rows(Part part) {
        return Objects.requireNonNull(rows.get(part));
    }
}
