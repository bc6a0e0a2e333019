package dev.sluice.gateway.usage;

import dev.sluice.gateway.exchange.AttemptOpening;
import dev.sluice.gateway.exchange.AttemptSummary;
import dev.sluice.gateway.exchange.Ledger;
import dev.sluice.gateway.exchange.Settlement;
import dev.sluice.gateway.journal.OpenRecord;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An attempt on its way, with what its opening said, as it is stored. Belongs to one {@link UsageLedger}, which uses it for
 * one attempt after the other: nothing of the opening itself is kept. Thread: event loop.
 */
final class Account implements Ledger.Entry {
    final OpenRecord record = new OpenRecord();
    private @Nullable UUID id;
    private long startedAtMicros;
    private int number;
    private boolean stream;
    private String requestId = "";
    private String endpoint = "";
    private String provider = "";
    private String upstreamModel = "";
    private @Nullable String keyId;
    private @Nullable String teamId;
    private @Nullable String endUser;
    private @Nullable String tags;
    private @Nullable String requestedModel;

    /** @param openingTags as {@link Text#tags} makes them */
    void begin(UUID eventId, AttemptOpening opening, @Nullable String openingTags, KnownTexts texts) {
        id = eventId;
        startedAtMicros = opening.startedAtMicros();
        number = Math.min(opening.number(), Short.MAX_VALUE);
        stream = opening.stream();
        requestId = Text.cleaned(opening.requestId(), Text.MAX_REQUEST_ID);
        endpoint = texts.find(opening.endpoint()).cleaned;
        provider = texts.find(opening.provider()).cleaned;
        upstreamModel = texts.find(opening.upstreamModel()).cleaned;
        keyId = Text.clean(opening.keyId(), Text.MAX_NAME);
        teamId = Text.clean(opening.teamId(), Text.MAX_NAME);
        endUser = Text.clean(opening.endUser(), Text.MAX_NAME);
        tags = openingTags;
        requestedModel = texts.cleaned(opening.requestedModel());
    }

    /** For the next attempt. What many have in common may stay. */
    void clear() {
        id = null;
        requestId = "";
        keyId = null;
        teamId = null;
        endUser = null;
        tags = null;
    }

    UUID id() {
        return Objects.requireNonNull(id, "not begun");
    }

    /** The fields in which the records of its beginning and of its end are the same, in their order. */
    void write(UsageRecords out) {
        out.number(startedAtMicros);
        out.text(requestId);
        out.number(number);
        out.text(keyId);
        out.text(teamId);
        out.text(endUser);
        out.text(tags);
        out.known(endpoint);
        out.known(requestedModel);
        out.known(provider);
        out.known(upstreamModel);
        out.flag(stream);
    }

    /** What becomes of it when it ends as {@code attempt} says. */
    UsageEvent event(AttemptSummary attempt, KnownTexts texts) {
        Settlement settlement = attempt.settlement();
        return new UsageEvent(
                id(),
                startedAtMicros,
                requestId,
                number,
                keyId,
                teamId,
                endUser,
                tags,
                endpoint,
                requestedModel,
                provider,
                upstreamModel,
                stream,
                attempt.status().label(),
                attempt.httpStatus() == 0 ? UsageEvent.UNKNOWN : attempt.httpStatus(),
                settlement.usage(),
                attempt.counted().inputTokens(),
                attempt.counted().outputTokens(),
                settlement.source().label(),
                settlement.source() != Settlement.Source.PROVIDER
                        && attempt.counted().lowerBound(),
                texts.cleaned(attempt.serviceTier()),
                settlement.costNano(),
                settlement.priceVersion(),
                millis(attempt.ttftNanos()),
                millis(attempt.durationNanos()),
                Text.clean(attempt.providerRequestId(), Text.MAX_NAME));
    }

    static int millis(long nanos) {
        return nanos < 0 ? UsageEvent.UNKNOWN : (int) Math.min(nanos / 1_000_000, Integer.MAX_VALUE);
    }
}
