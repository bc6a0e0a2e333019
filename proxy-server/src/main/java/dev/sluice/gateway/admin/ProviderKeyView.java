package dev.sluice.gateway.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A provider's key as the API shows it; see {@link Json}. Immutable; thread: any.
 *
 * @param fingerprint the last four characters, to tell keys apart; null when it is short, or cannot be opened
 * @param readable false: it was sealed with a pepper that this gateway does not have
 * @param providers that the configuration in force gives it to
 */
record ProviderKeyView(
        String name,
        @Nullable String fingerprint,
        boolean readable,
        List<String> providers,
        long version,
        Instant createdAt,
        Instant updatedAt) {}
