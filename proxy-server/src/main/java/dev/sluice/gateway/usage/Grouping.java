package dev.sluice.gateway.usage;

/** By what usage is summed up. */
public enum Grouping {
    /** The model that the caller asked for. */
    MODEL("requested_model"),
    KEY("key_id"),
    TEAM("team_id"),
    PROVIDER("provider"),
    /** Days of UTC, {@code yyyy-mm-dd}. */
    DAY("to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')");

    private final String expression;

    Grouping(String expression) {
        this.expression = expression;
    }

    /** The SQL over {@code usage_event}; a constant of this file, never text from outside. */
    String expression() {
        return expression;
    }
}
