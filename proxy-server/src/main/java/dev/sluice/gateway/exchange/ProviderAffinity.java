package dev.sluice.gateway.exchange;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which provider keeps what a caller refers to by an id, and for which tenant: files, uploads, batches, responses. Filled
 * from the answers that name new ids; the oldest are forgotten, and looked up in {@link KeptObjects} when somebody asks for
 * them. One for all event loops of a process. Thread: any.
 */
public final class ProviderAffinity {
    private static final int MAX_IDS = 100_000;
    /** No id of a provider's begins so. */
    private static final String METERED = "metered ";

    private static final Kept NOTHING = new Kept("", null);

    /**
     * Where something is.
     *
     * @param tenant whose it is; null when nobody knows
     */
    record Kept(String provider, @Nullable String tenant) {

        /** An owner that is known stays the owner; the provider is who showed it last. */
        private Kept and(Kept later) {
            return tenant == null ? later : new Kept(later.provider, tenant);
        }
    }

    private final ConcurrentHashMap<String, Kept> known = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> oldestFirst = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final int maxIds;

    public ProviderAffinity() {
        this(MAX_IDS);
    }

    ProviderAffinity(int maxIds) {
        this.maxIds = maxIds;
    }

    /**
     * Notes where {@code id} is.
     *
     * @param tenant whose it is, unless it is somebody's already; null when nobody knows
     * @return whether this is what made it known whose it is
     */
    boolean note(String id, String provider, @Nullable String tenant) {
        Kept noted = new Kept(provider, tenant);
        Kept before = known.get(id);
        if (noted.equals(before)) {
            return false;
        }
        Kept now = known.merge(id, noted, Kept::and);
        if (before == null) {
            oldestFirst.add(id);
            if (size.incrementAndGet() > maxIds) {
                forgetOldest();
            }
        }
        return tenant != null && (before == null || before.tenant == null) && tenant.equals(now.tenant);
    }

    private void forgetOldest() {
        String oldest = oldestFirst.poll();
        if (oldest != null) {
            known.remove(oldest);
            size.decrementAndGet();
        }
    }

    /** What made {@code id} has told what it consumed. */
    void markMetered(String id) {
        if (known.putIfAbsent(METERED + id, NOTHING) == null) {
            oldestFirst.add(METERED + id);
            if (size.incrementAndGet() > maxIds) {
                forgetOldest();
            }
        }
    }

    boolean isMetered(String id) {
        return known.containsKey(METERED + id);
    }

    /** Null when the id is not known here. */
    @Nullable
    Kept find(String id) {
        return known.get(id);
    }
}
