package dev.sluice.codec.chat;

import dev.sluice.codec.json.JsonSlice;
import org.jspecify.annotations.Nullable;

/** Numbers that steer the choice of tokens, as the caller wrote them. */
public record Sampling(
        @Nullable JsonSlice temperature,
        @Nullable JsonSlice topP,
        @Nullable JsonSlice topK,
        @Nullable JsonSlice seed,
        @Nullable JsonSlice presencePenalty,
        @Nullable JsonSlice frequencyPenalty) {
    public static final Sampling UNSAID = new Sampling(null, null, null, null, null, null);
}
