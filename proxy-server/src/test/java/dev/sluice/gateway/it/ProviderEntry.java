package dev.sluice.gateway.it;

import org.jspecify.annotations.Nullable;

/** What the provider noted of one request. Written by the provider's event loop, read by any thread. */
final class ProviderEntry {
    private final Plan plan;
    private final Timeline sent = new Timeline();
    private volatile int requests;
    private volatile Plan.@Nullable Reported reported;
    private volatile boolean ended;
    private volatile boolean abandoned;

    ProviderEntry(Plan plan) {
        this.plan = plan;
    }

    void onRequest() {
        requests++;
    }

    /** The text is about to be written. */
    void onText(int tokens) {
        sent.add(tokens);
    }

    /** Usage is about to be written. */
    void onUsage(Plan.Reported usage) {
        reported = usage;
    }

    /** The last bytes are about to be written; an answer that is to be cut has its end too. */
    void onEnd() {
        ended = true;
        sent.forgetMoments();
    }

    /** The gateway closed the connection before the end. */
    void onAbandoned() {
        abandoned = true;
    }

    Plan plan() {
        return plan;
    }

    /** How often this request came; more than once would be a repetition by the gateway. */
    int requests() {
        return requests;
    }

    Timeline sent() {
        return sent;
    }

    /** What the provider will write on its invoice; null when it told nobody. */
    Plan.@Nullable Reported reported() {
        return reported;
    }

    boolean ended() {
        return ended;
    }

    boolean abandoned() {
        return abandoned;
    }
}
