package dev.sluice.gateway.limit;

/**
 * What makes a caller's {@link Reputations reputation} worse, and by how much. {@link #label()} is its name in the admin
 * API. Thread: any.
 */
public enum Misdeed {
    /** A request that the gateway itself refused because of what it asks, or how. */
    BAD_REQUEST("bad_request", 1, /* capped= */ true, 0),
    /** A key or token that is none of ours, or may not be used from there. Counts for the address. */
    BAD_KEY("bad_key", 2, /* capped= */ false, 1),
    /** A provider's filter, or its model, would not answer. */
    REFUSED_CONTENT("refused_content", 5, /* capped= */ true, 2),
    /** Far more calls than this caller usually makes. */
    BURST("burst", 5, /* capped= */ false, 3);

    private final String label;
    private final int points;
    private final boolean capped;
    private final int place;

    Misdeed(String label, int points, boolean capped, int place) {
        this.label = label;
        this.points = points;
        this.capped = capped;
        this.place = place;
    }

    public String label() {
        return label;
    }

    /** By which the score rises. */
    public int points() {
        return points;
    }

    /** Whether it counts among those of which a short time can bring so many points and no more. */
    boolean isCapped() {
        return capped;
    }

    /** Among all, from 0 on. */
    int place() {
        return place;
    }
}
