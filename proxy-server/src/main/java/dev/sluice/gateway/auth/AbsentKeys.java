package dev.sluice.gateway.auth;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Ids that the database has just said it does not know: a caller with a wrong key asks it once in two seconds. Of limited
 * size; when two ids want the same place, the later one has it. Thread: any.
 */
final class AbsentKeys {
    private static final int PLACES = 1 << 12;
    private static final long KEPT_MILLIS = 2_000;

    private record Absent(long id, long sinceMillis) {}

    private final InstantSource clock;
    private final AtomicReferenceArray<@Nullable Absent> places = new AtomicReferenceArray<>(PLACES);

    AbsentKeys(InstantSource clock) {
        this.clock = clock;
    }

    void add(long id) {
        places.set(place(id), new Absent(id, clock.millis()));
    }

    boolean contains(long id) {
        Absent absent = places.get(place(id));
        if (absent == null || absent.id != id) {
            return false;
        }
        long ageMillis = clock.millis() - absent.sinceMillis;
        // Less than nothing: the clock was put back, and nothing is known about the age.
        return ageMillis >= 0 && ageMillis < KEPT_MILLIS;
    }

    private static int place(long id) {
        return (int) KeyId.spread(id) & (PLACES - 1);
    }
}
