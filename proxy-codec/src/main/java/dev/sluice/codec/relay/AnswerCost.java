package dev.sluice.codec.relay;

import org.jspecify.annotations.Nullable;

/** Tells what an answer has cost so far, once its usage has been reported. Thread: event loop. */
@FunctionalInterface
public interface AnswerCost {

    /** Dollars as a JSON number; null when nobody knows. */
    @Nullable
    String usd();
}
