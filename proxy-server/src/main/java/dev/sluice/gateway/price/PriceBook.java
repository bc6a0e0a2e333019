package dev.sluice.gateway.price;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.Catalogue.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What every model costs: the shipped catalogue, and over it the operator's own rows. An immutable snapshot; what an
 * attempt cost is answered on the event loop, from memory.
 *
 * <p>The provider's own word goes before the operator's row, and that before the shipped one. What has no price is
 * {@link Money#UNKNOWN}, and that is never 0.
 *
 * <p>Thread: any.
 */
public final class PriceBook {
    private static final String SHIPPED = "/prices.yaml";
    static final PriceFile NO_OVERRIDES = new PriceFile(0, "", 0, Map.of());

    private final PriceFile shipped;
    private final @Nullable PriceFile overrides;
    private final Map<String, Catalogue> byProvider;
    private final Map<String, String> sources;
    private final long version;

    private PriceBook(
            PriceFile shipped,
            @Nullable PriceFile overrides,
            Map<String, Catalogue> byProvider,
            Map<String, String> sources) {
        this.shipped = shipped;
        this.overrides = overrides;
        this.byProvider = Map.copyOf(byProvider);
        this.sources = Map.copyOf(sources);
        this.version = version(shipped, overrides);
    }

    /**
     * @param overrides the operator's file ({@code usage.prices}); its rows replace the shipped ones of the same provider
     *     and model
     * @param providers the configured providers; one whose own name is not shipped is charged as its {@code quirks} row,
     *     else as the provider whose host is in its base URL
     * @throws InvalidPricesException when the operator's file cannot be used
     */
    public static PriceBook load(@Nullable Path overrides, Map<String, GatewayConfig.Provider> providers) {
        return of(shipped(), overrides == null ? null : read(overrides), providers);
    }

    /** The same shipped catalogue with other overrides, for other providers. The parameters are those of {@link #load}. */
    public PriceBook with(@Nullable Path otherOverrides, Map<String, GatewayConfig.Provider> providers) {
        return of(shipped, otherOverrides == null ? null : read(otherOverrides), providers);
    }

    static PriceBook of(
            PriceFile shipped, @Nullable PriceFile overrides, Map<String, GatewayConfig.Provider> providers) {
        PriceFile above = overrides == null ? NO_OVERRIDES : overrides;
        return new PriceBook(
                shipped,
                overrides,
                Catalogues.of(shipped, above, providers),
                Catalogues.sources(shipped, above, providers));
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
     * What an attempt cost. Called once for each attempt, on its event loop.
     *
     * @param provider its name in the configuration
     * @param answeredModel the model the provider said it used; asked first, for it is what the provider bills
     * @param serviceTier the tier in which the provider said it served the request, which is what it bills; null when it
     *     did not say, which is the standard tier
     * @param batch whether it was part of a batch
     * @param startedAtMicros when it began, microseconds since the epoch: the prices of that moment hold
     * @return nano-dollars, or {@link Money#UNKNOWN} without a price, or without a figure or a rate that it needs
     */
    public long cost(
            String provider,
            String upstreamModel,
            @Nullable String answeredModel,
            @Nullable String serviceTier,
            boolean batch,
            long startedAtMicros,
            Usage usage) {
        if (usage.costNano() != Usage.UNKNOWN) {
            return usage.costNano();
        }
        return find(provider, upstreamModel, answeredModel).price().cost(serviceTier, batch, startedAtMicros, usage);
    }

    /**
     * What a request will cost, roughly, at the standard tier and without a prompt cache.
     *
     * @return nano-dollars, or {@link Money#UNKNOWN} without a price
     */
    public long estimate(String provider, String model, long inputTokens, long outputTokens, long atMicros) {
        Usage usage = Usage.of(inputTokens, Usage.UNKNOWN, Usage.UNKNOWN, outputTokens, Usage.UNKNOWN);
        return find(provider, model, null).price().cost(null, false, atMicros, usage);
    }

    /** What a call is going to be charged at, at the standard tier; null without a price. On event loops. */
    public @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return find(provider, model, null).price().rates(promptTokens, atMicros);
    }

    /** As whose models those of a configured provider are known; null when it is nobody's. */
    public @Nullable String source(String provider) {
        return sources.get(provider);
    }

    /** Whether anything of {@code provider} has a price. */
    public boolean knows(String provider) {
        return byProvider.containsKey(provider);
    }

    Row find(String provider, String upstreamModel, @Nullable String answeredModel) {
        Catalogue catalogue = byProvider.get(provider);
        return catalogue == null ? Row.NONE : catalogue.find(upstreamModel, answeredModel);
    }

    /** The models of {@code provider} that have a price, by name. */
    public List<String> models(String provider) {
        Catalogue catalogue = byProvider.get(provider);
        return catalogue == null
                ? List.of()
                : catalogue.rows().keySet().stream()
                        .filter(model -> !model.equals(Catalogue.ANY_MODEL))
                        .sorted()
                        .toList();
    }

    /** Every row by provider and model, as it is at one moment. */
    public List<PriceRow> rows(long atMicros) {
        return PriceRow.of(byProvider, atMicros);
    }

    /** Identifies the rows that priced an event: {@code usage_event.price_version}. */
    public long version() {
        return version;
    }

    /** The shipped file, whole. */
    public String catalogueText() {
        return shipped.text();
    }

    /** The operator's file, whole; null without one. */
    public @Nullable String overridesText() {
        return overrides == null ? null : overrides.text();
    }

    static PriceFile shipped() {
        try (InputStream in = PriceBook.class.getResourceAsStream(SHIPPED)) {
            if (in == null) {
                throw new InvalidPricesException("the shipped price catalogue is missing from the program");
            }
            return PriceFile.parse(in.readAllBytes(), "prices.yaml");
        } catch (IOException e) {
            throw new InvalidPricesException("the shipped price catalogue cannot be read", e);
        }
    }

    static PriceFile read(Path file) {
        try {
            return PriceFile.parse(Files.readAllBytes(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new InvalidPricesException("there is no price file " + file, e);
        } catch (IOException e) {
            throw new InvalidPricesException("the price file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
