package dev.sluice.codec.tokens;

import org.jspecify.annotations.Nullable;

/** Where a count of a stream gets its counter from as soon as there is one. Thread: any. */
interface CounterSource {
    @Nullable
    TokenCounter counterIfLoaded();
}
