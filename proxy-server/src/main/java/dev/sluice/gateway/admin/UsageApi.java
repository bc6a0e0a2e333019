package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageRow;
import java.io.IOException;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /admin/api/usage?by&from&to}: what was used and what it cost.
 *
 * <p>{@code from} is included, {@code to} is not; a date stands for its whole day in UTC, so that a {@code to} of the
 * 30th includes the 30th. The instants that were used are in the answer. {@code pending} counts what is metered but not
 * yet in PostgreSQL and therefore not in the rows. Thread: a virtual one for each request.
 */
public final class UsageApi {
    private static final Logger LOG = LoggerFactory.getLogger(UsageApi.class);
    private static final Duration DEFAULT_PERIOD = Duration.ofDays(30);
    /** What PostgreSQL can hold is wider; what makes sense is not. */
    private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

    private static final Instant LATEST = Instant.parse("2999-12-31T00:00:00Z");
    private static final int DATE_LENGTH = "2026-01-31".length();
    private static final int NANO_DIGITS = 9;
    private static final int LONGEST_ECHO = 64;

    private final Source source;
    private final LongSupplier pending;
    private final InstantSource clock;

    /** Where the rows come from; the report of the usage room fits it. May block, and fails when the database is away. */
    @FunctionalInterface
    public interface Source {
        List<UsageRow> report(Grouping by, Instant from, Instant to) throws SQLException;
    }

    /** @param pending events not yet in PostgreSQL */
    public UsageApi(Source source, LongSupplier pending, InstantSource clock) {
        this.source = source;
        this.pending = pending;
        this.clock = clock;
    }

    AdminResponse usage(AdminRequest request) throws InvalidParameterException {
        Grouping by = grouping(request.parameter("by"));
        Instant to = instant("to", request.parameter("to"), clock.instant().truncatedTo(ChronoUnit.MILLIS));
        Instant from = instant("from", request.parameter("from"), to.minus(DEFAULT_PERIOD));
        if (!from.isBefore(to)) {
            throw new InvalidParameterException("from", "`from` is " + from + "; it must be before `to`, " + to);
        }
        List<UsageRow> rows;
        try {
            rows = source.report(by, from, to);
        } catch (SQLException e) {
            LOG.atWarn().setCause(e).log("usage cannot be read from the database");
            return AdminResponse.error(
                            503,
                            "database_unavailable",
                            null,
                            "the database does not answer; metering goes on and is written when it is back")
                    .withHeader("retry-after", "5");
        }
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("by", label(by));
            json.writeStringField("from", from.toString());
            json.writeStringField("to", to.toString());
            json.writeArrayFieldStart("rows");
            for (UsageRow row : rows) {
                write(json, row);
            }
            json.writeEndArray();
            json.writeNumberField("pending", pending.getAsLong());
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, UsageRow row) throws IOException {
        Long costNano = row.costNano();
        json.writeStartObject();
        json.writeStringField("group", row.group());
        json.writeNumberField("requests", row.requests());
        json.writeNumberField("input_tokens", row.inputTokens());
        json.writeNumberField("cached_tokens", row.cachedTokens());
        json.writeNumberField("output_tokens", row.outputTokens());
        json.writeNumberField("reasoning_tokens", row.reasoningTokens());
        if (costNano == null) {
            json.writeNullField("cost_nano");
            json.writeNullField("cost_usd");
        } else {
            json.writeNumberField("cost_nano", costNano);
            // A string: a JSON number would be read as a double by most clients, and money would be rounded.
            json.writeStringField(
                    "cost_usd", BigDecimal.valueOf(costNano, NANO_DIGITS).toPlainString());
        }
        json.writeNumberField("unpriced", row.unpriced());
        json.writeNumberField("errors", row.errors());
        json.writeEndObject();
    }

    private static Grouping grouping(@Nullable String text) throws InvalidParameterException {
        if (text == null) {
            return Grouping.MODEL;
        }
        StringJoiner allowed = new StringJoiner(", ");
        for (Grouping grouping : Grouping.values()) {
            if (label(grouping).equals(text)) {
                return grouping;
            }
            allowed.add(label(grouping));
        }
        throw new InvalidParameterException("by", "`by` is `" + echo(text) + "`; allowed: " + allowed);
    }

    private static String label(Grouping grouping) {
        return grouping.name().toLowerCase(Locale.ROOT);
    }

    private static Instant instant(String name, @Nullable String text, Instant otherwise)
            throws InvalidParameterException {
        if (text == null) {
            return otherwise;
        }
        Instant instant = parse(text, name.equals("to") ? 1 : 0);
        if (instant == null || instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
            throw new InvalidParameterException(
                    name,
                    "`" + name + "` is `" + echo(text) + "`; allowed: a date such as 2026-01-31 or an instant such as"
                            + " 2026-01-31T12:00:00Z, from " + EARLIEST + " to " + LATEST);
        }
        return instant;
    }

    private static @Nullable Instant parse(String text, int daysAfterDate) {
        try {
            return text.length() == DATE_LENGTH
                    ? LocalDate.parse(text)
                            .plusDays(daysAfterDate)
                            .atStartOfDay(ZoneOffset.UTC)
                            .toInstant()
                    : Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    private static String echo(String text) {
        return text.length() <= LONGEST_ECHO ? text : text.substring(0, LONGEST_ECHO) + "…";
    }
}
