package dev.sluice.gateway.exchange;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Which provider keeps what a caller refers to by an id: files, uploads, batches, responses. Filled from the answers
 * that name new ids; the oldest are forgotten. One for all event loops of a process, which forgets with it. Thread: any.
 */
public final class ProviderAffinity {
    private static final int MAX_IDS = 100_000;
    /** No id of a provider's begins so. */
    private static final String METERED = "metered ";

    private final ConcurrentHashMap<String, String> providers = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> oldestFirst = new ConcurrentLinkedQueue<>();
    private final AtomicInteger size = new AtomicInteger();
    private final int maxIds;

    public ProviderAffinity() {
        this(MAX_IDS);
    }

    ProviderAffinity(int maxIds) {
        this.maxIds = maxIds;
    }

    void note(String id, String provider) {
        if (providers.put(id, provider) == null) {
            oldestFirst.add(id);
            if (size.incrementAndGet() > maxIds) {
                forgetOldest();
            }
        }
    }

    private void forgetOldest() {
        String oldest = oldestFirst.poll();
        if (oldest != null) {
            providers.remove(oldest);
            size.decrementAndGet();
        }
    }

    /** What made {@code id} has told what it consumed. */
    void markMetered(String id) {
        note(METERED + id, "");
    }

    boolean isMetered(String id) {
        return providers.containsKey(METERED + id);
    }

    /** Name of the provider; null when the id is not known here. */
    @Nullable
    String find(String id) {
        return providers.get(id);
    }
}
