package dev.sluice.gateway.exchange;

import org.jspecify.annotations.Nullable;

/**
 * The paths of requests to providers, put together of the base URL's own and the dialect's. There are few of them and many
 * requests, so each is made once and found again; what is kept is bounded, whoever comes to a place that is taken replaces
 * what was there. Thread: event loop.
 */
final class ProviderPaths {
    /** A power of two. */
    static final int PLACES = 256;

    /** Longer ones hold something of the single request, and are not kept. */
    private static final int MAX_KEPT_CHARS = 512;

    private record Joined(String prefix, String path, String whole) {
        boolean isOf(String otherPrefix, String otherPath) {
            return path.equals(otherPath) && prefix.equals(otherPrefix);
        }
    }

    private final @Nullable Joined[] kept = new Joined[PLACES];

    String of(String prefix, String path) {
        if (prefix.isEmpty()) {
            return path;
        }
        int hash = prefix.hashCode() * 31 + path.hashCode();
        int place = (hash ^ hash >>> 16) & (PLACES - 1);
        Joined known = kept[place];
        if (known != null && known.isOf(prefix, path)) {
            return known.whole;
        }
        String whole = prefix + path;
        if (whole.length() <= MAX_KEPT_CHARS) {
            kept[place] = new Joined(prefix, path, whole);
        }
        return whole;
    }
}
