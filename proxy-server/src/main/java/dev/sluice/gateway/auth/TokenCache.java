package dev.sluice.gateway.auth;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the tokens that were presented last, by the hash of the whole token; bounded.
 *
 * <p>Two maps of half the size: what is asked for moves into the young one, and when that is full, the old one is thrown
 * away and the young one becomes the old. Nothing that is in use is forgotten, and a look-up writes nothing in the usual
 * case. Thread: any.
 */
final class TokenCache<V> {
    private final int half;
    private volatile Generations<V> generations = new Generations<>(new ConcurrentHashMap<>());

    private record Generations<V>(ConcurrentHashMap<TokenHash, V> young, ConcurrentHashMap<TokenHash, V> old) {
        Generations(ConcurrentHashMap<TokenHash, V> old) {
            this(new ConcurrentHashMap<>(), old);
        }
    }

    /** @param capacity how many entries there are at most, give or take one for each thread that adds one */
    TokenCache(int capacity) {
        this.half = capacity / 2;
    }

    /** @param hash may be a probe: it is not kept */
    @Nullable
    V find(TokenHash hash) {
        Generations<V> now = generations;
        V found = now.young.get(hash);
        if (found == null) {
            found = now.old.get(hash);
            if (found != null) {
                put(hash.copy(), found);
            }
        }
        return found;
    }

    /** @param hash no probe: it is kept */
    void put(TokenHash hash, V value) {
        ConcurrentHashMap<TokenHash, V> young = generations.young;
        young.put(hash, value);
        if (young.size() >= half) {
            age(young);
        }
    }

    /** Another thread may have been here first: it is this very map that is meant, not one with the same in it. */
    @SuppressWarnings("ReferenceEquality")
    private synchronized void age(ConcurrentHashMap<TokenHash, V> full) {
        if (generations.young == full) {
            generations = new Generations<>(full);
        }
    }

    /** @param hash may be a probe: it is not kept */
    void remove(TokenHash hash) {
        Generations<V> now = generations;
        now.young.remove(hash);
        now.old.remove(hash);
    }

    synchronized void clear() {
        generations = new Generations<>(new ConcurrentHashMap<>());
    }

    int size() {
        Generations<V> now = generations;
        return now.young.size() + now.old.size();
    }
}
