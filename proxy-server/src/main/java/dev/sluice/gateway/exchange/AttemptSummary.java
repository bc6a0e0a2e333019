package dev.sluice.gateway.exchange;

import dev.sluice.codec.chat.Usage;
import org.jspecify.annotations.Nullable;

/**
 * One try at one target, after it ended. Immutable; thread: any.
 *
 * @param number 1 for the first attempt of an exchange
 * @param startedAtMicros wall clock, microseconds since the epoch
 * @param provider name of the provider in the configuration
 * @param upstreamModel the provider's name of the model, as asked for
 * @param answeredModel the model that the answer named, if it named one
 * @param serviceTier the tier in which the provider said it served the request
 * @param written whether any byte of the request was handed to the provider's connection
 * @param finished whether the provider had finished its answer, on its dialect's terms
 * @param httpStatus the provider's status; 0 when none arrived
 * @param usage as reported by the provider
 * @param counted by the gateway
 * @param settlement what it comes to; {@link Settlement#NONE} until the ledger has settled it
 * @param ttftNanos from the start to the first generated output; -1 when there was none
 * @param providerRequestId the provider's own id of the request
 * @param reason why it was made
 * @param errorCode the catalogue's code when it failed
 */
public record AttemptSummary(
        int number,
        long startedAtMicros,
        String provider,
        String upstreamModel,
        @Nullable String answeredModel,
        @Nullable String serviceTier,
        AttemptStatus status,
        boolean written,
        boolean finished,
        int httpStatus,
        Usage usage,
        Counted counted,
        Settlement settlement,
        long ttftNanos,
        long durationNanos,
        @Nullable String providerRequestId,
        AttemptReason reason,
        @Nullable String errorCode) {

    /** The same, settled. */
    AttemptSummary settled(Settlement how) {
        return new AttemptSummary(
                number,
                startedAtMicros,
                provider,
                upstreamModel,
                answeredModel,
                serviceTier,
                status,
                written,
                finished,
                httpStatus,
                usage,
                counted,
                how,
                ttftNanos,
                durationNanos,
                providerRequestId,
                reason,
                errorCode);
    }
}
