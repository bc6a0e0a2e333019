package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.FinishReason;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one candidate of an answer. What the current payload adds counts only once {@link #settle}d.
 * Thread: event loop.
 */
final class Candidate {
    private int calls;
    private boolean argumentsTold;
    private boolean output;
    private boolean seen;
    private @Nullable FinishReason finish;

    // The same as of the last legal payload.
    private int settledCalls;
    private boolean settledArgumentsTold;
    private boolean settledOutput;
    private boolean settledSeen;
    private @Nullable FinishReason settledFinish;

    /** The payload was legal: what it said holds. If not, it was never said. */
    void settle(boolean legal) {
        if (legal) {
            settledCalls = calls;
            settledArgumentsTold = argumentsTold;
            settledOutput = output;
            settledSeen = seen;
            settledFinish = finish;
        } else {
            calls = settledCalls;
            argumentsTold = settledArgumentsTold;
            output = settledOutput;
            seen = settledSeen;
            finish = settledFinish;
        }
    }

    void onSeen() {
        seen = true;
    }

    void onOutput() {
        output = true;
    }

    void onCalls(int added, boolean lastHasArguments) {
        calls += added;
        argumentsTold = lastHasArguments;
    }

    /** The last word counts: there have been models that said STOP with every chunk. */
    void onFinish(FinishReason reason) {
        finish = reason;
    }

    int calls() {
        return calls;
    }

    /** Whether arguments of the last call have been told. */
    boolean argumentsTold() {
        return argumentsTold;
    }

    boolean hasOutput() {
        return output;
    }

    boolean isSeen() {
        return seen;
    }

    boolean isFinished() {
        return finish != null;
    }

    /** Why it ended. The dialect says STOP also where tools are to be called. */
    FinishReason finish() {
        FinishReason reason = finish == null ? FinishReason.STOP : finish;
        return reason == FinishReason.STOP && calls > 0 ? FinishReason.TOOL_CALLS : reason;
    }
}
