package dev.sluice.gateway.exchange;

/** How an attempt, and with it an exchange, ended. {@link #label()} is the value stored and shown. */
public enum AttemptStatus {
    OK("ok"),
    CLIENT_ABORT("client_abort"),
    UPSTREAM_ERROR("upstream_error"),
    TRUNCATED("truncated"),
    TIMEOUT("timeout"),
    BUDGET_STOP("budget_stop"),
    INTERRUPTED("interrupted"),
    /** Another attempt of the same call was quicker. */
    CANCELLED("cancelled"),
    REFUSED("refused");

    private final String label;

    AttemptStatus(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
