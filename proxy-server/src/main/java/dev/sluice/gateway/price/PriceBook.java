package dev.sluice.gateway.price;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.PriceFile.ProviderPrices;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What every model costs: the shipped catalogue, and over it the operator's own rows. An immutable snapshot; what the
 * {@link UsageRecorder} asks on the event loop is answered from memory.
 *
 * <p>A model is found by its exact name, else by the longest listed name of which it is a dated or otherwise versioned
 * form ({@code gpt-4o-mini-2024-07-18} is {@code gpt-4o-mini}, {@code gpt-4o-audio-preview} is not {@code gpt-4o}), else
 * by the provider's row {@code "*"}. What is not found has no price, and that is never 0.
 *
 * <p>Thread: any.
 */
public final class PriceBook {
    private static final String SHIPPED = "/prices.yaml";
    private static final String ANY_MODEL = "*";
    /** Names come from callers where a wildcard routes them: what is remembered about them is bounded. */
    private static final int REMEMBERED_NAMES = 1_024;

    private static final int LONGEST_NAME = 256;
    /** Remembered in place of a price where there is none. */
    private static final Price NONE = Price.none();

    private final Map<String, Catalogue> byProvider;
    private final long version;

    private PriceBook(Map<String, Catalogue> byProvider, long version) {
        this.byProvider = Map.copyOf(byProvider);
        this.version = version;
    }

    /**
     * @param overrides the operator's file ({@code usage.prices}); its rows replace the shipped ones of the same provider
     *     and model
     * @param providers the configured providers; one whose own name has no prices gets those of its {@code quirks} row,
     *     else of the provider whose host is in its base URL
     * @throws InvalidPricesException when the operator's file cannot be used
     */
    public static PriceBook load(@Nullable Path overrides, Map<String, GatewayConfig.Provider> providers) {
        PriceFile shipped = PriceFile.parse(shipped(), "prices.yaml");
        return of(
                shipped, overrides == null ? null : PriceFile.parse(read(overrides), overrides.toString()), providers);
    }

    static PriceBook of(
            PriceFile shipped, @Nullable PriceFile overrides, Map<String, GatewayConfig.Provider> providers) {
        Map<String, Map<String, Price>> rows = new HashMap<>();
        Map<String, String> hosts = new HashMap<>();
        add(rows, hosts, shipped);
        if (overrides != null) {
            add(rows, hosts, overrides);
        }
        Map<String, Catalogue> catalogues = new HashMap<>();
        rows.forEach((provider, models) -> catalogues.put(provider, new Catalogue(Map.copyOf(models))));
        Map<String, Catalogue> byProvider = new HashMap<>(catalogues);
        for (GatewayConfig.Provider provider : providers.values()) {
            String source = catalogueOf(provider, catalogues, hosts);
            Catalogue catalogue = source == null ? null : catalogues.get(source);
            if (catalogue != null) {
                byProvider.put(provider.name(), catalogue);
            }
        }
        return new PriceBook(byProvider, version(shipped, overrides));
    }

    private static void add(Map<String, Map<String, Price>> rows, Map<String, String> hosts, PriceFile file) {
        file.providers().forEach((provider, prices) -> {
            rows.computeIfAbsent(provider, name -> new HashMap<>()).putAll(prices.models());
            addHosts(hosts, provider, prices);
        });
    }

    private static void addHosts(Map<String, String> hosts, String provider, ProviderPrices prices) {
        for (String host : prices.hosts()) {
            hosts.put(host, provider);
        }
    }

    private static @Nullable String catalogueOf(
            GatewayConfig.Provider provider, Map<String, Catalogue> catalogues, Map<String, String> hosts) {
        if (catalogues.containsKey(provider.name())) {
            return provider.name();
        }
        String quirks = provider.quirks();
        if (quirks != null && catalogues.containsKey(quirks)) {
            return quirks;
        }
        String host = provider.baseUrl().getHost();
        return host == null ? null : hosts.get(host);
    }

    /** The newest date of the files in front, the checksum of their bytes in the last ten digits. */
    private static long version(PriceFile shipped, @Nullable PriceFile overrides) {
        long date = shipped.date();
        long checksum = shipped.checksum();
        if (overrides != null) {
            date = Math.max(date, overrides.date());
            checksum ^= Long.rotateLeft(overrides.checksum(), 1) & 0xFFFF_FFFFL;
        }
        return date * 10_000_000_000L + checksum;
    }

    /**
     * What an attempt cost.
     *
     * @param answeredModel the model the provider said it used; asked first, for it is what the provider bills
     * @return nano-dollars, or {@link Money#UNKNOWN} without a price or without the figures it needs
     */
    public long cost(String provider, String upstreamModel, @Nullable String answeredModel, Usage usage) {
        Price price = find(provider, upstreamModel, answeredModel);
        return price == null ? Money.UNKNOWN : price.cost(usage);
    }

    @Nullable
    Price find(String provider, String upstreamModel, @Nullable String answeredModel) {
        Catalogue catalogue = byProvider.get(provider);
        if (catalogue == null) {
            return null;
        }
        Price price = answeredModel == null ? NONE : catalogue.find(answeredModel);
        if (price.isNone()) {
            price = catalogue.find(upstreamModel);
        }
        return price.isNone() ? catalogue.models.get(ANY_MODEL) : price;
    }

    /** The models of {@code provider} that have a price, by name. */
    public List<String> models(String provider) {
        Catalogue catalogue = byProvider.get(provider);
        return catalogue == null
                ? List.of()
                : catalogue.models.keySet().stream()
                        .filter(model -> !model.equals(ANY_MODEL))
                        .sorted()
                        .toList();
    }

    /** Identifies the rows that priced an event: {@code usage_event.price_version}. */
    public long version() {
        return version;
    }

    private static byte[] shipped() {
        try (InputStream in = PriceBook.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new InvalidPricesException("the shipped price catalogue is missing from the program");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new InvalidPricesException("the shipped price catalogue cannot be read", e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new InvalidPricesException("usage.prices: there is no file " + file, e);
        } catch (IOException e) {
            throw new InvalidPricesException("usage.prices: " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** One provider's rows, and what was found for names that are no row. */
    private static final class Catalogue {
        private final Map<String, Price> models;
        private final ConcurrentHashMap<String, Price> remembered = new ConcurrentHashMap<>();

        Catalogue(Map<String, Price> models) {
            this.models = models;
        }

        Price find(String model) {
            Price exact = models.get(model);
            if (exact != null) {
                return exact;
            }
            if (model.length() > LONGEST_NAME) {
                return NONE;
            }
            Price before = remembered.get(model);
            if (before != null) {
                return before;
            }
            Price found = search(model);
            if (remembered.size() < REMEMBERED_NAMES) {
                remembered.put(model, found);
            }
            return found;
        }

        private Price search(String model) {
            for (int end = model.length() - 1; end > 0; end--) {
                if (isVersion(model, end)) {
                    Price price = models.get(model.substring(0, end));
                    if (price != null) {
                        return price;
                    }
                }
            }
            return NONE;
        }

        /** Whether what begins at {@code at} names a version of the model before it, not another model. */
        private static boolean isVersion(String model, int at) {
            char separator = model.charAt(at);
            if (separator == '@' || separator == ':') {
                return true;
            }
            if (separator != '-' || at + 1 == model.length()) {
                return false;
            }
            char next = model.charAt(at + 1);
            return (next >= '0' && next <= '9')
                    || model.startsWith("latest", at + 1)
                    || model.startsWith("preview", at + 1);
        }
    }
}
