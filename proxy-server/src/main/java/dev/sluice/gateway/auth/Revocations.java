package dev.sluice.gateway.auth;

import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tokens that must not be believed any more although they have not expired: of a session that was ended, of a user who was
 * switched off. Small, for each entry goes when no token it is about can be valid any more. Thread: any.
 */
public final class Revocations {

    private record Entry(long issuedBefore, long expiresAt) {

        Entry and(Entry other) {
            return new Entry(Math.max(issuedBefore, other.issuedBefore), Math.max(expiresAt, other.expiresAt));
        }
    }

    private final Map<String, Entry> bySubject = new ConcurrentHashMap<>();
    private final AtomicLong changes = new AtomicLong();

    /**
     * @param subject id of a session or a user
     * @param issuedBefore Unix time in seconds; tokens issued at or before it are refused
     * @param expiresAt Unix time in seconds after which there are none left
     */
    public void add(String subject, long issuedBefore, long expiresAt) {
        Entry added = new Entry(issuedBefore, expiresAt);
        Entry before = bySubject.get(subject);
        if (before == null || !before.and(added).equals(before)) {
            bySubject.merge(subject, added, Entry::and);
            // Afterwards: whoever sees the new count finds the entry.
            changes.incrementAndGet();
        }
    }

    /** How often something was added that was not known: whoever was let in at another count has to be asked again. */
    public long changes() {
        return changes.get();
    }

    /** Whether a token of {@code subject} that was issued at {@code issuedAt} is refused. */
    public boolean covers(String subject, long issuedAt) {
        Entry entry = bySubject.get(subject);
        return entry != null && issuedAt <= entry.issuedBefore;
    }

    /** Forgets what nothing can be about any more. */
    public void prune(long nowSeconds) {
        Iterator<Entry> entries = bySubject.values().iterator();
        while (entries.hasNext()) {
            if (entries.next().expiresAt < nowSeconds) {
                entries.remove();
            }
        }
    }

    public int size() {
        return bySubject.size();
    }
}
