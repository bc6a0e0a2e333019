package dev.sluice.gateway.auth;

import org.jspecify.annotations.Nullable;

/**
 * A part of the {@link KeyDirectory}: a hash table with open addressing, linear probing and nothing but two arrays, replaced
 * whole by each change. Whoever holds one can tell by its identity whether anything has happened to its keys since.
 * Immutable; thread: any.
 */
final class KeyShard {
    private static final int SMALLEST = 8;

    static final KeyShard EMPTY = new KeyShard(new long[SMALLEST], new KeyEntry[SMALLEST], 0);

    /** 0: a free place. */
    private final long[] ids;

    private final @Nullable KeyEntry[] entries;
    private final int size;

    private KeyShard(long[] ids, @Nullable KeyEntry[] entries, int size) {
        this.ids = ids;
        this.entries = entries;
        this.size = size;
    }

    int size() {
        return size;
    }

    /** @param spread {@link KeyId#spread} of the id */
    @Nullable
    KeyEntry get(long id, long spread) {
        return entries[place(ids, id, spread)];
    }

    /** The same content, and another identity. */
    KeyShard renewed() {
        return new KeyShard(ids, entries, size);
    }

    /** How many places {@link #at} has. */
    int places() {
        return entries.length;
    }

    /** What is in a place, or null. */
    @Nullable
    KeyEntry at(int place) {
        return entries[place];
    }

    /** Where {@code id} is, or the free place where it belongs. There is always a free one. */
    private static int place(long[] ids, long id, long spread) {
        int mask = ids.length - 1;
        int place = (int) spread & mask;
        while (ids[place] != 0 && ids[place] != id) {
            place = (place + 1) & mask;
        }
        return place;
    }

    /** A shard that is being made. Thread: one. */
    static final class Draft {
        private long[] ids;
        private @Nullable KeyEntry[] entries;
        private int size;

        Draft(KeyShard from) {
            ids = from.ids.clone();
            entries = from.entries.clone();
            size = from.size;
        }

        @Nullable
        KeyEntry get(long id) {
            return entries[place(ids, id, KeyId.spread(id))];
        }

        void put(long id, KeyEntry entry) {
            int place = place(ids, id, KeyId.spread(id));
            if (ids[place] == 0) {
                // Three quarters full at most: probing stays short.
                if ((size + 1) * 4 > ids.length * 3) {
                    grow();
                    place = place(ids, id, KeyId.spread(id));
                }
                size++;
            }
            ids[place] = id;
            entries[place] = entry;
        }

        void remove(long id) {
            int free = place(ids, id, KeyId.spread(id));
            if (ids[free] == 0) {
                return;
            }
            size--;
            int mask = ids.length - 1;
            // Whatever follows and was pushed on by the one that goes moves back, so that probing never ends too early.
            for (int next = (free + 1) & mask; ids[next] != 0; next = (next + 1) & mask) {
                int home = (int) KeyId.spread(ids[next]) & mask;
                if (((next - home) & mask) >= ((next - free) & mask)) {
                    ids[free] = ids[next];
                    entries[free] = entries[next];
                    free = next;
                }
            }
            ids[free] = 0;
            entries[free] = null;
        }

        /** Ends the draft: what it holds is the shard's. */
        KeyShard build() {
            return new KeyShard(ids, entries, size);
        }

        private void grow() {
            long[] oldIds = ids;
            @Nullable KeyEntry[] oldEntries = entries;
            ids = new long[oldIds.length * 2];
            entries = new KeyEntry[oldIds.length * 2];
            for (int i = 0; i < oldIds.length; i++) {
                if (oldIds[i] != 0) {
                    int place = place(ids, oldIds[i], KeyId.spread(oldIds[i]));
                    ids[place] = oldIds[i];
                    entries[place] = oldEntries[i];
                }
            }
        }
    }
}
