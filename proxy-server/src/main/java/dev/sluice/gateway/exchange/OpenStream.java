package dev.sluice.gateway.exchange;

import dev.sluice.gateway.auth.Principal;
import org.jspecify.annotations.Nullable;

/**
 * How one call stands that has begun and not ended, for operators. Immutable; thread: any.
 *
 * @param id the gateway's own, of this call and no other: that of the request is the caller's and may come twice
 * @param caller who asks
 * @param endpoint label
 * @param model as asked for; null as long as the request is not known
 * @param provider that is asked; null as long as nobody is
 * @param upstreamModel the provider's name of the model
 * @param stream whether the caller wants it piece by piece
 * @param startedAtMillis wall clock, milliseconds since the epoch
 * @param streaming whether generated output has come
 * @param inputTokens of all attempts so far; 0 where nobody knows
 * @param outputTokens the same
 * @param costNano so far, in nano-dollars; -1 where nobody knows
 */
public record OpenStream(
        long id,
        String requestId,
        Principal caller,
        @Nullable String endUser,
        String endpoint,
        @Nullable String model,
        @Nullable String provider,
        @Nullable String upstreamModel,
        boolean stream,
        long startedAtMillis,
        boolean streaming,
        long inputTokens,
        long outputTokens,
        long costNano) {

    /** What is running of a call: of all its attempts together. */
    record Running(
            @Nullable String provider,
            @Nullable String upstreamModel,
            boolean streaming,
            long inputTokens,
            long outputTokens,
            long costNano) {
        static final Running NOTHING = new Running(null, null, /* streaming= */ false, 0, 0, 0);
    }
}
