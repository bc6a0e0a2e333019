package dev.sluice.gateway.auth;

import java.net.InetAddress;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every gateway key of the database, in memory: who it is costs its hash and one look into a table. Filled from the
 * {@link KeySnapshot} on the disk, then kept current by the feed from the database.
 *
 * <p>The table is in {@value #SHARDS} parts, each immutable and replaced whole: a look-up takes no lock, and a change copies
 * four thousand entries of a million. Whatever is equal in many keys is kept once.
 *
 * <p>Thread: any; {@link #find} never blocks and allocates nothing.
 */
public final class KeyDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(KeyDirectory.class);
    private static final int SHARDS = 256;
    private static final int SHARD_SHIFT = Long.SIZE - 8;
    private static final long MILLIS_PER_SECOND = 1000;

    private final Peppers peppers;
    private final InstantSource clock;
    private final AtomicReferenceArray<KeyShard> shards = new AtomicReferenceArray<>(SHARDS);
    private final AtomicLong generation = new AtomicLong();
    private final AtomicInteger size = new AtomicInteger();
    private final Shared shared = new Shared();
    private final ReentrantLock replacing = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();

    /** What has been applied while everything is being replaced, and is newer than that; under {@link #writing}. */
    private @Nullable Map<Long, KeyRecord> meanwhile;

    private volatile Rehash rehash = (id, fresh) -> {};
    private volatile Runnable onChange = () -> {};

    /** Gets to know which keys are still hashed with the previous pepper. */
    @FunctionalInterface
    public interface Rehash {

        /**
         * A good key came that only the previous pepper knows: once, and again after ten minutes of use if its record has
         * not changed by then. On an event loop; must not block.
         *
         * @param fresh its digest with the current pepper, to be stored in place of the old one
         */
        void onOldPepper(String id, KeyDigest fresh);
    }

    public KeyDirectory(Peppers peppers, InstantSource clock) {
        this.peppers = peppers;
        this.clock = clock;
        for (int i = 0; i < SHARDS; i++) {
            shards.set(i, KeyShard.EMPTY);
        }
    }

    /** From now on in place of the one before. */
    public void onOldPepper(Rehash rehash) {
        this.rehash = rehash;
    }

    /** To be called after each change, by whoever made it; from now on in place of the one before. Must not block. */
    public void onChange(Runnable onChange) {
        this.onChange = onChange;
    }

    /**
     * Who presents {@code wellFormedKey}, or why not.
     *
     * @param wellFormedKey has the form and the checksum of a key
     * @return null when there is no such key here, after the work that one would have cost
     */
    public @Nullable AuthResult find(String wellFormedKey, InetAddress from) {
        Pepper.Workspace now = peppers.hash(wellFormedKey);
        return now == null ? AuthResult.Refused.INVALID : find(now, peppers.before(), from);
    }

    /**
     * The same for a key that has been hashed.
     *
     * @param before what the previous pepper made of it; null when there is none
     */
    @Nullable
    AuthResult find(Pepper.Workspace now, Pepper.@Nullable Workspace before, InetAddress from) {
        KeyEntry known = entry(now.id());
        KeyEntry entry = known == null ? KeyEntry.NOBODY : known;
        boolean current = entry.isCurrent(now.digest);
        boolean rotated = entry.isRotated(now.digest);
        boolean old = false;
        if (before != null) {
            old = entry.isCurrent(before.digest);
            rotated |= entry.isRotated(before.digest);
        }
        if (known == null) {
            return null;
        }
        if (!current && !old && !rotated) {
            return AuthResult.Refused.INVALID;
        }
        if (current && !known.hasTerms()) {
            return known.principal();
        }
        long nowSeconds = clock.millis() / MILLIS_PER_SECOND;
        AuthResult result = known.judge(!current && !old, from, nowSeconds);
        if (old && !current && result instanceof Principal && known.mayReportRehash(nowSeconds)) {
            rehash.onOldPepper(known.principal().keyId(), new KeyDigest(now.digest));
        }
        return result;
    }

    /** Changes whenever the content does. */
    public long generation() {
        return generation.get();
    }

    public int size() {
        return size.get();
    }

    /** Takes over what has changed: a key that is gone is forgotten, another one replaced. */
    public void apply(Collection<KeyRecord> changed) {
        boolean any;
        writing.lock();
        try {
            KeyShard.@Nullable Draft[] drafts = new KeyShard.Draft[SHARDS];
            boolean differs = false;
            for (KeyRecord key : changed) {
                differs |= write(drafts, key);
                if (meanwhile != null) {
                    meanwhile.put(KeyId.of(key.id()), key);
                }
            }
            publish(drafts);
            any = differs;
        } finally {
            writing.unlock();
        }
        if (any) {
            changed();
        }
    }

    /**
     * Takes over the whole content of the database or the snapshot; what is not in it is forgotten. Keys that stay as they
     * are keep their memory. What is applied in the meantime is newer, and stays. If {@code all} fails, nothing changes.
     */
    public void replaceAll(Iterable<KeyRecord> all) {
        replacing.lock();
        try {
            begin();
            KeyShard.@Nullable Draft[] drafts = new KeyShard.Draft[SHARDS];
            boolean differs = fill(drafts, all);
            if (finish(drafts, differs)) {
                changed();
            }
        } finally {
            forgetMeanwhile();
            replacing.unlock();
        }
    }

    /** Everything, each part as it is at one moment. Making records of it costs memory only while they are looked at. */
    KeyContent content() {
        KeyShard[] parts = new KeyShard[SHARDS];
        int count = 0;
        for (int i = 0; i < SHARDS; i++) {
            parts[i] = shards.get(i);
            count += parts[i].size();
        }
        return new KeyContent(parts, count);
    }

    /** What is known about {@code id} at this moment, for {@link #applyFound}. */
    KeyShard state(long id) {
        return shards.get(shard(id));
    }

    /**
     * Takes over what a look-up found that began at {@code state}.
     *
     * @return false, and nothing is done, when something has changed since: what was found may be out of date, as when the
     *     key was revoked in between
     */
    boolean applyFound(KeyRecord key, KeyShard state) {
        writing.lock();
        try {
            if (state(KeyId.of(key.id())) != state) {
                return false;
            }
            if (meanwhile != null) {
                meanwhile.put(KeyId.of(key.id()), key);
            }
            KeyShard.@Nullable Draft[] drafts = new KeyShard.Draft[SHARDS];
            if (!write(drafts, key)) {
                return true;
            }
            publish(drafts);
        } finally {
            writing.unlock();
        }
        changed();
        return true;
    }

    /** From now on, look-ups that have begun do not count any more: their answers may be older than what comes now. */
    private void begin() {
        writing.lock();
        try {
            meanwhile = new HashMap<>();
            for (int i = 0; i < SHARDS; i++) {
                shards.set(i, shards.get(i).renewed());
            }
        } finally {
            writing.unlock();
        }
    }

    /** @return whether there is anything in {@code all} that is not here */
    private boolean fill(KeyShard.@Nullable Draft[] drafts, Iterable<KeyRecord> all) {
        for (int i = 0; i < SHARDS; i++) {
            drafts[i] = new KeyShard.Draft(KeyShard.EMPTY);
        }
        boolean differs = false;
        for (KeyRecord key : all) {
            if (!key.gone()) {
                long id = KeyId.of(key.id());
                KeyEntry before = entry(id);
                KeyEntry entry = entry(before, key);
                differs |= entry != before;
                draft(drafts, id).put(id, entry);
            }
        }
        return differs;
    }

    private boolean finish(KeyShard.@Nullable Draft[] drafts, boolean differs) {
        writing.lock();
        try {
            boolean any = differs;
            if (meanwhile != null) {
                for (KeyRecord key : meanwhile.values()) {
                    any |= write(drafts, key);
                }
            }
            int before = size.get();
            publish(drafts);
            return any || size.get() != before;
        } finally {
            writing.unlock();
        }
    }

    private void forgetMeanwhile() {
        writing.lock();
        try {
            meanwhile = null;
        } finally {
            writing.unlock();
        }
    }

    /** @return whether anything is different now */
    private boolean write(KeyShard.@Nullable Draft[] drafts, KeyRecord key) {
        long id = KeyId.of(key.id());
        KeyShard.Draft begun = drafts[shard(id)];
        KeyEntry before = begun == null ? entry(id) : begun.get(id);
        if (key.gone()) {
            // Also when it is not here: a look-up that still saw it must find that something has happened.
            draft(drafts, id).remove(id);
            return before != null;
        }
        KeyEntry entry = entry(before, key);
        if (entry == before) {
            return false;
        }
        draft(drafts, id).put(id, entry);
        return true;
    }

    private KeyShard.Draft draft(KeyShard.@Nullable Draft[] drafts, long id) {
        int shard = shard(id);
        KeyShard.Draft draft = drafts[shard];
        if (draft == null) {
            draft = new KeyShard.Draft(shards.get(shard));
            drafts[shard] = draft;
        }
        return draft;
    }

    private void publish(KeyShard.@Nullable Draft[] drafts) {
        int change = 0;
        for (int i = 0; i < SHARDS; i++) {
            if (drafts[i] != null) {
                KeyShard shard = drafts[i].build();
                change += shard.size() - shards.getAndSet(i, shard).size();
            }
        }
        size.addAndGet(change);
    }

    private void changed() {
        generation.incrementAndGet();
        onChange.run();
    }

    /** {@code before} itself when nothing about it has changed. */
    private KeyEntry entry(@Nullable KeyEntry before, KeyRecord key) {
        if (before != null && before.record().equals(key)) {
            return before;
        }
        IpRanges ranges = null;
        try {
            ranges = shared.ranges(key.ipRanges());
        } catch (IllegalArgumentException e) {
            LOG.atWarn()
                    .addKeyValue("key", key.id())
                    .addKeyValue("reason", e.getMessage())
                    .log("a key is refused from everywhere: its address ranges cannot be read");
        }
        return KeyEntry.of(key, ranges, shared);
    }

    private @Nullable KeyEntry entry(long id) {
        long spread = KeyId.spread(id);
        return shards.get((int) (spread >>> SHARD_SHIFT)).get(id, spread);
    }

    private static int shard(long id) {
        return (int) (KeyId.spread(id) >>> SHARD_SHIFT);
    }
}
