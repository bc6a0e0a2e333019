package dev.sluice.gateway.admin;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.sluice.gateway.auth.Reach;
import dev.sluice.gateway.usage.Grouping;
import dev.sluice.gateway.usage.UsageAnswer;
import dev.sluice.gateway.usage.UsageFigure;
import dev.sluice.gateway.usage.UsageQuery;
import dev.sluice.gateway.usage.UsageRow;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /admin/api/usage?by&from&to}: what was used and what it cost, as JSON or CSV.
 *
 * <p>{@code from} is included, {@code to} is not; a date stands for its whole day in UTC, so that a {@code to} of the
 * 30th includes the 30th. The instants that were used are in the answer. {@code pending} counts what is metered but not
 * yet in PostgreSQL and therefore not in the rows. Thread: a virtual one for each request.
 */
public final class UsageApi implements AdminPart {
    private static final Logger LOG = LoggerFactory.getLogger(UsageApi.class);
    /** SQLSTATE of a statement that took longer than it may. */
    private static final String QUERY_CANCELED = "57014";

    private final Source source;
    private final LongSupplier pending;
    private final InstantSource clock;
    private final Ownership ownership;

    /** Whose a key is. May block, and fails when the database is away. */
    @FunctionalInterface
    public interface Ownership {
        boolean owns(String userId, String keyId) throws SQLException;
    }

    /** Where the rows come from; the report of the usage room fits it. May block, and fails when the database is away. */
    @FunctionalInterface
    public interface Source {
        UsageAnswer report(UsageQuery query) throws SQLException;
    }

    /** @param pending events not yet in PostgreSQL */
    public UsageApi(Source source, LongSupplier pending, InstantSource clock, Ownership ownership) {
        this.source = source;
        this.pending = pending;
        this.clock = clock;
        this.ownership = ownership;
    }

    @Override
    public List<AdminRoute> routes() {
        return List.of(AdminRoute.of("GET /admin/api/usage", UsageParameters.DOCUMENT, this::usage));
    }

    AdminResponse usage(AdminRequest request) throws InvalidParameterException {
        UsageQuery query = UsageParameters.query(request, clock.instant());
        boolean csv = UsageParameters.isCsv(request);
        UsageAnswer answer;
        try {
            UsageQuery allowed = within(request.reach(), query);
            answer = allowed == null ? new UsageAnswer(List.of(), false, false, null) : source.report(allowed);
        } catch (SQLException e) {
            return unanswered(e);
        }
        return csv ? csv(query, answer) : json(query, answer);
    }

    /**
     * The same question about what the caller reaches: the own team, or for a person the own tokens, or one own key.
     *
     * @return null when it is about somebody else, of which there is nothing to be told
     */
    private @Nullable UsageQuery within(Reach reach, UsageQuery query) throws SQLException {
        String team = reach.onlyTeam();
        if (team == null) {
            return query;
        }
        Map<Grouping, String> only = new LinkedHashMap<>(query.only());
        if (!only.getOrDefault(Grouping.TEAM, team).equals(team)) {
            return null;
        }
        only.put(Grouping.TEAM, team);
        String user = reach.onlyUser();
        if (user != null) {
            String self = reach.caller().keyId();
            String key = only.getOrDefault(Grouping.KEY, self);
            if (!key.equals(self) && !ownership.owns(user, key)) {
                return null;
            }
            only.put(Grouping.KEY, key);
        }
        return new UsageQuery(query.by(), query.tag(), only, query.from(), query.to(), query.limit());
    }

    private static AdminResponse unanswered(SQLException e) {
        LOG.atWarn().setCause(e).log("usage cannot be read from the database");
        if (QUERY_CANCELED.equals(e.getSQLState())) {
            return AdminResponse.error(
                    503,
                    "database_timeout",
                    null,
                    "the database takes too long for this; ask for less time, or for whole hours by day, hour, model,"
                            + " key, team, provider, endpoint or status, which are summed up already");
        }
        return AdminResponse.error(
                        503,
                        "database_unavailable",
                        null,
                        "the database does not answer; metering goes on and is written when it is back")
                .withHeader("retry-after", "5");
    }

    private AdminResponse json(UsageQuery query, UsageAnswer answer) {
        return AdminResponse.json(200, json -> {
            json.writeStartObject();
            json.writeStringField("by", UsageParameters.by(query.by()));
            json.writeStringField("from", query.from().toString());
            json.writeStringField("to", query.to().toString());
            json.writeArrayFieldStart("rows");
            for (UsageRow row : answer.rows()) {
                write(json, query, row);
            }
            json.writeEndArray();
            json.writeBooleanField("truncated", answer.truncated());
            json.writeNumberField("row_limit", query.limit());
            json.writeStringField("table", answer.hours() ? "usage_hourly" : "usage_event");
            Instant since = answer.callsKeptSince();
            if (since != null) {
                json.writeStringField("calls_kept_since", since.toString());
            }
            json.writeNumberField("pending", pending.getAsLong());
            json.writeEndObject();
        });
    }

    private static void write(JsonGenerator json, UsageQuery query, UsageRow row) throws IOException {
        json.writeStartObject();
        for (int i = 0; i < query.by().size(); i++) {
            json.writeStringField(query.by().get(i).label(), row.groups().get(i));
        }
        UsageFigure.write(json, UsageFigure.ALL, row.sums());
        json.writeEndObject();
    }

    /** A file does not say that something is missing from it: what would have to be cut is refused. */
    private AdminResponse csv(UsageQuery query, UsageAnswer answer) throws InvalidParameterException {
        if (answer.truncated()) {
            throw new InvalidParameterException(
                    "by",
                    "these are more than " + query.limit() + " rows, and CSV is not cut; ask for less time, for fewer"
                            + " groupings, or with a filter");
        }
        Instant since = answer.callsKeptSince();
        if (since != null) {
            throw new InvalidParameterException(
                    "from",
                    "`from` is " + query.from() + "; single calls are kept since " + since
                            + " only. Allowed: a `from` not before it, or groupings that the sums by hour know");
        }
        return AdminResponse.csv(UsageCsv.of(query.by(), answer.rows()))
                .withHeader("x-sluice-usage-pending", Long.toString(pending.getAsLong()));
    }
}
