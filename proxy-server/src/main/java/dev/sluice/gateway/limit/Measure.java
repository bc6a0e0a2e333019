package dev.sluice.gateway.limit;

/** What a rule counts. {@link #label()} is its name in the configuration, in errors and in metrics. Thread: any. */
public enum Measure {
    REQUESTS("requests", "requests"),
    /** Of prompt and answer together. */
    TOKENS("tokens", "tokens"),
    INPUT_TOKENS("input_tokens", "input tokens"),
    OUTPUT_TOKENS("output_tokens", "output tokens"),
    /** In nano-dollars. */
    COST("cost", "nano-dollars"),
    /** Calls that are open at the same time. */
    CONCURRENT("concurrent", "calls at once"),
    /** What one call may ask for; nothing is counted. */
    MAX_TOKENS("max_tokens", "tokens of one answer"),
    /** The size of one call's body; nothing is counted. */
    REQUEST_BYTES("request_size", "bytes of one request");

    private final String label;
    private final String unit;

    Measure(String label, String unit) {
        this.label = label;
        this.unit = unit;
    }

    public String label() {
        return label;
    }

    /** In words, in the plural. */
    public String unit() {
        return unit;
    }

    /** Whether it bounds each call by itself. */
    public boolean isOfOneCall() {
        return this == MAX_TOKENS || this == REQUEST_BYTES;
    }

    /** Whether how much a call takes of it is known only at its end. */
    public boolean isKnownLate() {
        return switch (this) {
            case TOKENS, INPUT_TOKENS, OUTPUT_TOKENS, COST -> true;
            case REQUESTS, CONCURRENT, MAX_TOKENS, REQUEST_BYTES -> false;
        };
    }
}
