package dev.sluice.gateway.price;

import dev.sluice.gateway.config.GatewayConfig.Abilities;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What models are known to be able to do, from the table that is shipped beside the prices: for routes that choose by it,
 * where the operator has not said anything. Immutable but for what it remembers. Thread: any.
 */
public final class ModelAbilities {
    private static final String SHIPPED = "/abilities.csv";
    private static final String COLUMNS = "provider,model,tools,vision,json_schema,reasoning,context";
    /** Names come from callers where a wildcard routes them: what is remembered about them is bounded. */
    private static final int REMEMBERED_NAMES = 1_024;

    private static final int LONGEST_NAME = 256;

    /** The models of one provider, and what was found for versions of them. */
    private record Rows(Map<String, Abilities> listed, ConcurrentHashMap<String, Abilities> remembered) {
        Rows() {
            this(new HashMap<>(), new ConcurrentHashMap<>());
        }

        Abilities find(String model) {
            Abilities known = listed.get(model);
            if (known != null || model.length() > LONGEST_NAME) {
                return known == null ? Abilities.UNKNOWN : known;
            }
            Abilities before = remembered.get(model);
            if (before != null) {
                return before;
            }
            Abilities version = ModelNames.findVersion(model, listed::get);
            Abilities found = version == null ? Abilities.UNKNOWN : version;
            if (remembered.size() < REMEMBERED_NAMES) {
                remembered.put(model, found);
            }
            return found;
        }
    }

    private final Map<String, Rows> byProvider;

    private ModelAbilities(Map<String, Rows> byProvider) {
        this.byProvider = byProvider;
    }

    /** The table of this version. */
    public static ModelAbilities shipped() {
        try (InputStream in = ModelAbilities.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new IllegalStateException("the shipped table of models is missing from the program");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("the shipped table of models cannot be read", e);
        }
    }

    static ModelAbilities parse(String table) {
        List<String> lines = table.lines().filter(line -> !line.startsWith("#")).toList();
        if (lines.isEmpty() || !lines.get(0).equals(COLUMNS)) {
            throw new IllegalArgumentException("the first line of the table is not " + COLUMNS);
        }
        Map<String, Rows> byProvider = new HashMap<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] fields = line.split(",", -1);
            if (fields.length != 7) {
                throw new IllegalArgumentException("'" + line + "' has " + fields.length + " fields; allowed: 7");
            }
            Abilities abilities = new Abilities(
                    flag(fields[2]),
                    flag(fields[3]),
                    flag(fields[4]),
                    flag(fields[5]),
                    fields[6].isEmpty() ? null : Integer.valueOf(fields[6]),
                    null);
            byProvider
                    .computeIfAbsent(fields[0], provider -> new Rows())
                    .listed()
                    .put(fields[1], abilities);
        }
        return new ModelAbilities(byProvider);
    }

    private static @Nullable Boolean flag(String field) {
        return switch (field) {
            case "yes" -> true;
            case "no" -> false;
            case "" -> null;
            default -> throw new IllegalArgumentException("'" + field + "' is not yes, no or empty");
        };
    }

    Set<String> providers() {
        return byProvider.keySet();
    }

    /**
     * What {@code model} can do.
     *
     * @param provider as {@link PriceBook#source} names it; null: nobody's
     */
    public Abilities of(@Nullable String provider, String model) {
        Rows rows = provider == null ? null : byProvider.get(provider);
        return rows == null ? Abilities.UNKNOWN : rows.find(model);
    }
}
