package dev.sluice.gateway.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What does not agree between ledgers, by kind: of thousands of calls with one fault, a few show it. */
final class Discrepancies {
    private static final int SHOWN = 4;

    private final Map<String, List<String>> byKind = new TreeMap<>();

    void add(String kind, String what) {
        byKind.computeIfAbsent(kind, any -> new ArrayList<>()).add(what);
    }

    int count(String kind) {
        return byKind.getOrDefault(kind, List.of()).size();
    }

    boolean isEmpty() {
        return byKind.isEmpty();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        byKind.forEach((kind, all) -> {
            text.append(all.size()).append(" x ").append(kind).append('\n');
            all.stream()
                    .limit(SHOWN)
                    .forEach(one -> text.append("    ").append(one).append('\n'));
        });
        return text.toString();
    }
}
