package dev.sluice.gateway.store;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gateway key as operators see it: all but what its secret was made into, which no statement of {@link KeyStore} reads.
 * Immutable; thread: any.
 *
 * @param pepperId which pepper it was stored with
 * @param rotatedUntil how long the secret before this one is good as well; null when there is none
 */
public record KeyRow(
        String id,
        KeySettings settings,
        Status status,
        String pepperId,
        @Nullable Instant rotatedUntil,
        long version,
        Instant createdAt,
        Instant updatedAt) {

    /** Whether it opens anything at the moment; the first that applies, in this order. */
    public enum Status {
        /** For good. */
        REVOKED,
        /** It, its team or its owner is switched off. */
        DISABLED,
        EXPIRED,
        NOT_YET_VALID,
        ACTIVE;

        /** As requests and answers write them. */
        public static final List<String> LABELS =
                Stream.of(values()).map(Status::label).toList();

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
