package dev.sluice.gateway.auth;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * One object for all that are equal: a million keys have few teams, tiers, lists of models and sets of tags. Remembers a
 * limited number of each and begins anew beyond it, so that values of which there is one for each key do not stay after
 * their keys.
 *
 * <p>Thread: any.
 */
final class Shared {
    private static final int MOST = 1 << 14;

    private final Map<String, String> texts = new ConcurrentHashMap<>();
    private final Map<List<String>, List<String>> lists = new ConcurrentHashMap<>();
    private final Map<Map<String, String>, Map<String, String>> maps = new ConcurrentHashMap<>();
    private final Map<List<String>, IpRanges> ranges = new ConcurrentHashMap<>();

    String text(String text) {
        return one(texts, text, text);
    }

    @Nullable
    String textOrNull(@Nullable String text) {
        return text == null ? null : text(text);
    }

    /** An immutable one. */
    List<String> list(List<String> list) {
        List<String> known = lists.get(list);
        if (known != null) {
            return known;
        }
        List<String> copy = List.copyOf(list.stream().map(this::text).toList());
        return one(lists, copy, copy);
    }

    /** An immutable one. */
    Map<String, String> map(Map<String, String> map) {
        Map<String, String> known = maps.get(map);
        if (known != null) {
            return known;
        }
        Map<String, String> copy = new HashMap<>();
        map.forEach((key, value) -> copy.put(text(key), text(value)));
        Map<String, String> immutable = Map.copyOf(copy);
        return one(maps, immutable, immutable);
    }

    /** @throws IllegalArgumentException when it is no list of ranges */
    IpRanges ranges(List<String> cidr) {
        IpRanges known = ranges.get(cidr);
        if (known != null) {
            return known;
        }
        IpRanges parsed = IpRanges.parse(cidr);
        return one(ranges, parsed.cidr(), parsed);
    }

    private static <K, V> V one(Map<K, V> known, K key, V value) {
        V before = known.get(key);
        if (before != null) {
            return before;
        }
        if (known.size() >= MOST) {
            known.clear();
        }
        V raced = known.putIfAbsent(key, value);
        return raced == null ? value : raced;
    }
}
