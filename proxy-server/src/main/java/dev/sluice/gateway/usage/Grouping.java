package dev.sluice.gateway.usage;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * By what usage is summed up, and by what it is selected. The SQL is made of constants of this file, never of text from
 * outside. Thread: any.
 */
public enum Grouping {
    /** Days of UTC, {@code yyyy-mm-dd}. */
    DAY(utc("hour", "YYYY-MM-DD"), utc("started_at", "YYYY-MM-DD")),
    /** Hours of UTC, {@code yyyy-mm-ddThh:00:00Z}. */
    HOUR(utc("hour", "YYYY-MM-DD\"T\"HH24\":00:00Z\""), utc("started_at", "YYYY-MM-DD\"T\"HH24\":00:00Z\"")),
    /** The model that the caller asked for. */
    MODEL("requested_model", "requested_model"),
    KEY("key_id", "key_id"),
    TEAM("team_id", "team_id"),
    USER(null, "end_user"),
    PROVIDER("provider", "provider"),
    /** The value of one tag, or each {@code name=value} pair. */
    TAG(null, "tag"),
    ENDPOINT("endpoint", "endpoint"),
    STATUS("status", "status"),
    /** The model that the provider was asked for. */
    UPSTREAM_MODEL(null, "upstream_model"),
    /** Whose figures are billed. */
    SOURCE(null, "usage_source");

    private final @Nullable String ofHours;
    private final String ofEvents;

    Grouping(@Nullable String ofHours, String ofEvents) {
        this.ofHours = ofHours;
        this.ofEvents = ofEvents;
    }

    /** The same whatever the time zone of the session is. */
    private static String utc(String column, String form) {
        return "to_char(" + column + " AT TIME ZONE 'UTC', '" + form + "')";
    }

    /** As it is asked for and shown. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether its groups follow one another in time. */
    boolean isTime() {
        return this == DAY || this == HOUR;
    }

    /** Whether {@code usage_hourly} knows it. */
    boolean isInHours() {
        return ofHours != null;
    }

    /** The expression over {@code usage_hourly} or {@code usage_event}; that of a tag is for the query to make. */
    String expression(boolean hours) {
        return hours && ofHours != null ? ofHours : ofEvents;
    }
}
