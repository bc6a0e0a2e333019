package dev.sluice.gateway.route;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The routes that were made lately for names that are no entry of their own: those behind a wildcard, and
 * {@code provider/model}. Callers make up such names, so there is a fixed number of places, each for the last of the names
 * that fall on it; who is driven out is made again. Thread: any.
 */
final class RememberedRoutes {
    private static final int PLACES = 1_024;

    /** Nobody's model has a longer name; a made-up one is not to be kept. */
    private static final int LONGEST_NAME = 256;

    private final AtomicReferenceArray<@Nullable Remembered> places = new AtomicReferenceArray<>(PLACES);

    private record Remembered(String model, Route route) {}

    @Nullable
    Route find(String model) {
        Remembered known = places.get(place(model));
        return known != null && known.model().equals(model) ? known.route() : null;
    }

    void put(String model, Route route) {
        if (model.length() <= LONGEST_NAME) {
            places.set(place(model), new Remembered(model, route));
        }
    }

    private static int place(String model) {
        int hash = model.hashCode();
        return (hash ^ hash >>> 16) & (PLACES - 1);
    }
}
