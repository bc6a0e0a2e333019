package dev.sluice.gateway.limit;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The rules one call is under, each once and in their order. Belongs to a {@link Grant}. Thread: the call's. */
final class Matches {
    private RuleBook.@Nullable Entry[] entries = new RuleBook.Entry[8];
    private int count;

    void clear() {
        Arrays.fill(entries, 0, count, null);
        count = 0;
    }

    int count() {
        return count;
    }

    ActiveRule rule(int at) {
        return Objects.requireNonNull(entries[at], "below the count").rule();
    }

    void insert(RuleBook.Entry entry) {
        int place = count;
        while (place > 0 && position(place - 1) >= entry.position()) {
            place--;
        }
        if (place < count && position(place) == entry.position()) {
            // Found by the id of a key, and by its name.
            return;
        }
        if (count == entries.length) {
            entries = Arrays.copyOf(entries, 2 * count);
        }
        System.arraycopy(entries, place, entries, place + 1, count - place);
        entries[place] = entry;
        count++;
    }

    private int position(int at) {
        return Objects.requireNonNull(entries[at], "below the count").position();
    }
}
