package dev.sluice.gateway.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The header fields of a message in the order of their arrival, names in lower case. */
record Fields(List<Map.Entry<String, String>> entries) {

    Fields {
        entries = List.copyOf(entries);
    }

    /** Reads the lines of a head after its first. */
    static Fields parse(String head) {
        List<Map.Entry<String, String>> entries = new ArrayList<>();
        for (String line : head.lines().skip(1).toList()) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                entries.add(Map.entry(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).strip()));
            }
        }
        return new Fields(entries);
    }

    @Nullable
    String first(String name) {
        for (Map.Entry<String, String> entry : entries) {
            if (entry.getKey().equals(name)) {
                return entry.getValue();
            }
        }
        return null;
    }

    List<String> all(String name) {
        return entries.stream()
                .filter(entry -> entry.getKey().equals(name))
                .map(Map.Entry::getValue)
                .toList();
    }

    boolean has(String name, String value) {
        return all(name).stream().anyMatch(value::equalsIgnoreCase);
    }

    List<String> names() {
        return entries.stream().map(Map.Entry::getKey).toList();
    }
}
