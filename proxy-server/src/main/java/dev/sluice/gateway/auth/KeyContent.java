package dev.sluice.gateway.auth;

import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The keys of a {@link KeyDirectory} at one moment: a record of each is made when it is asked for. Thread: any. */
final class KeyContent implements Iterable<KeyRecord> {
    private final KeyShard[] parts;
    private final int count;

    KeyContent(KeyShard[] parts, int count) {
        this.parts = parts;
        this.count = count;
    }

    int count() {
        return count;
    }

    @Override
    public Iterator<KeyRecord> iterator() {
        return new Iterator<>() {
            private int part;
            private int place;
            private @Nullable KeyEntry next = advance();

            @Override
            public boolean hasNext() {
                return next != null;
            }

            @Override
            public KeyRecord next() {
                KeyEntry entry = next;
                if (entry == null) {
                    throw new NoSuchElementException();
                }
                next = advance();
                return entry.record();
            }

            private @Nullable KeyEntry advance() {
                for (; part < parts.length; part++, place = 0) {
                    while (place < parts[part].places()) {
                        KeyEntry entry = parts[part].at(place++);
                        if (entry != null) {
                            return entry;
                        }
                    }
                }
                return null;
            }
        };
    }
}
