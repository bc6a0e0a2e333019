package dev.sluice.gateway.cli;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gives each place with its keys a name, the same one to the same. */
final class ImportedProviders {
    private final Map<ImportedConfig.Provider, String> names = new HashMap<>();
    private final Map<String, ImportedConfig.Provider> byName = new LinkedHashMap<>();

    /** Calls the place of {@code member} by {@code name}, whatever it would be called. */
    void reserve(String name, LitellmMember member) {
        ImportedConfig.Provider provider =
                new ImportedConfig.Provider(member.first().place().called(name), member.keys());
        names.put(provider, name);
        byName.put(name, provider);
    }

    String name(LitellmMember member) {
        ImportedConfig.Provider provider =
                new ImportedConfig.Provider(member.first().place(), member.keys());
        return names.computeIfAbsent(provider, unnamed -> {
            String wanted = unnamed.place().wanted();
            String name = wanted;
            for (int i = 2; byName.containsKey(name); i++) {
                name = wanted + "-" + i;
            }
            byName.put(name, unnamed);
            return name;
        });
    }

    Map<String, ImportedConfig.Provider> byName() {
        return byName;
    }
}
