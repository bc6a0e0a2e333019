package dev.sluice.gateway.exchange;

/** Why an attempt was made; {@link #label()} is the value shown. */
public enum AttemptReason {
    FIRST("first"),
    /** The one before it failed, and so the same target was asked again. */
    RETRY("retry"),
    /** The one before it failed, and so another target was asked. */
    FALLBACK("fallback"),
    /** The one before it was late, and so another one was made beside it. */
    HEDGE("hedge"),
    /** A copy whose answer nobody sees. */
    MIRROR("mirror");

    private final String label;

    AttemptReason(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
