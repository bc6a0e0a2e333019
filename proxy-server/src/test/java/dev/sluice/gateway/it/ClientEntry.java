package dev.sluice.gateway.it;

/** What the client noted of one call. Written by the client's event loop, read by any thread. */
final class ClientEntry {
    private final Plan plan;
    private final int epoch;
    private final long beganNanos = System.nanoTime();
    private final Timeline received = new Timeline();
    private volatile Outcome outcome = Outcome.OPEN;
    private volatile int status;
    private volatile boolean doneMarker;
    private volatile String refusal = "";
    private volatile long endedNanos;

    enum Outcome {
        OPEN,
        /** The answer arrived to its last byte. */
        WHOLE,
        /** The connection ended first. */
        CUT,
        /** The client itself went away. */
        ABORTED,
        /** There was no connection to ask on. */
        UNREACHABLE
    }

    /** @param epoch which life of the gateway is asked, counted from 0 */
    ClientEntry(Plan plan, int epoch) {
        this.plan = plan;
        this.epoch = epoch;
    }

    void onHead(int code) {
        status = code;
    }

    void onText(int tokens) {
        received.add(tokens);
    }

    void onDoneMarker() {
        doneMarker = true;
    }

    /** The body of an answer other than 200. */
    void onRefusal(String body) {
        refusal = body;
    }

    void onEnd(Outcome how) {
        endedNanos = System.nanoTime();
        if (how == Outcome.WHOLE) {
            received.forgetMoments();
        }
        outcome = how;
    }

    Plan plan() {
        return plan;
    }

    int epoch() {
        return epoch;
    }

    long beganNanos() {
        return beganNanos;
    }

    Timeline received() {
        return received;
    }

    Outcome outcome() {
        return outcome;
    }

    boolean isOver() {
        return outcome != Outcome.OPEN;
    }

    /** Whether a good answer arrived to its last byte. */
    boolean isServed() {
        return outcome == Outcome.WHOLE && status == 200;
    }

    /** 0 when no head has come. */
    int status() {
        return status;
    }

    boolean doneMarker() {
        return doneMarker;
    }

    String refusal() {
        return refusal;
    }

    long endedNanos() {
        return endedNanos;
    }
}
