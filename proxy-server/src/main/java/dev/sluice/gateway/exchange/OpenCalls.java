package dev.sluice.gateway.exchange;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is open on one event loop, in the order in which it began. Beginning and ending cost a few assignments: the place
 * in the list is made once by its call. Thread: event loop.
 */
final class OpenCalls {

    /** Of one call. */
    static final class Place {
        private final OpenCall call;
        private @Nullable Place previous;
        private @Nullable Place next;
        private boolean taken;

        Place(OpenCall call) {
            this.call = call;
        }
    }

    private @Nullable Place first;
    private @Nullable Place last;
    private int size;

    int size() {
        return size;
    }

    void add(Place place) {
        if (place.taken) {
            return;
        }
        place.taken = true;
        place.previous = last;
        if (last == null) {
            first = place;
        } else {
            last.next = place;
        }
        last = place;
        size++;
    }

    void remove(Place place) {
        if (!place.taken) {
            return;
        }
        place.taken = false;
        if (place.previous == null) {
            first = place.next;
        } else {
            place.previous.next = place.next;
        }
        if (place.next == null) {
            last = place.previous;
        } else {
            place.next.previous = place.previous;
        }
        place.previous = null;
        place.next = null;
        size--;
    }

    /** Those that are open now: what is done to one of them may end others. */
    List<OpenCall> toList() {
        List<OpenCall> calls = new ArrayList<>(size);
        for (Place place = first; place != null; place = place.next) {
            calls.add(place.call);
        }
        return calls;
    }
}
