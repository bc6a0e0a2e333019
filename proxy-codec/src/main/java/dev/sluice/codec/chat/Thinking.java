package dev.sluice.codec.chat;

import org.jspecify.annotations.Nullable;

/**
 * How much a model is to reason.
 *
 * @param effort {@code none minimal low medium high xhigh max}; null when a budget or nothing is said
 * @param budgetTokens most tokens to reason with; 0 for none at all, -1 when an effort or nothing is said
 * @param shown whether the caller wants to see it; null when it did not say
 */
public record Thinking(
        @Nullable String effort,
        long budgetTokens,
        @Nullable Boolean shown) {
    public static final long NO_BUDGET = -1;
}
