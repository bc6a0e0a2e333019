package dev.sluice.gateway;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.price.TokenRates;
import dev.sluice.gateway.route.RouteMemory.TargetPrices;
import dev.sluice.gateway.usage.PriceTexts;
import dev.sluice.gateway.usage.Pricing;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The price book in force, which a reload replaces. Earlier ones are kept as far as they alone know something: the price
 * of a provider that has been removed while it was still answering, the text behind a version in rows that are on their
 * way to the database. Thread: any.
 */
final class LivePrices implements Pricing, PriceTexts, TargetPrices {
    /** Far more than there are price files in the time that a row may wait. */
    private static final int MOST_BOOKS = 16;

    private final InstantSource clock;
    /** Whoever has been configured since the start may still be answering. */
    private final Set<String> everConfigured = new HashSet<>();
    /** The one in force first. Replaced whole. */
    private volatile List<BookPricing> books;

    /** @param providers that are configured */
    LivePrices(PriceBook first, Set<String> providers, InstantSource clock) {
        this.books = List.of(new BookPricing(first));
        this.clock = clock;
        everConfigured.addAll(providers);
    }

    /** Those that are kept, the one in force first. */
    List<BookPricing> books() {
        return books;
    }

    /** The book in force. */
    PriceBook book() {
        return books.get(0).prices();
    }

    /** From now on {@code next} is in force, and {@code providers} are configured. */
    synchronized void publish(PriceBook next, Set<String> providers) {
        everConfigured.addAll(providers);
        List<BookPricing> kept = new ArrayList<>();
        Set<String> unknown = new HashSet<>(everConfigured);
        Set<Long> versions = new HashSet<>();
        List<BookPricing> all = new ArrayList<>(books);
        all.add(0, new BookPricing(next));
        for (BookPricing book : all) {
            boolean adds = versions.add(book.version());
            adds |= unknown.removeIf(book.prices()::knows);
            if (adds && kept.size() < MOST_BOOKS) {
                kept.add(book);
            }
        }
        books = List.copyOf(kept);
    }

    @Override
    public BookPricing forProvider(String provider) {
        List<BookPricing> now = books;
        for (int i = 0; i < now.size(); i++) {
            if (now.get(i).prices().knows(provider)) {
                return now.get(i);
            }
        }
        return now.get(0);
    }

    @Override
    public long costNano(
            String provider,
            String upstreamModel,
            @Nullable String answeredModel,
            @Nullable String serviceTier,
            long startedAtMicros,
            Usage usage) {
        return forProvider(provider)
                .costNano(provider, upstreamModel, answeredModel, serviceTier, startedAtMicros, usage);
    }

    @Override
    public @Nullable TokenRates rates(String provider, String model, long promptTokens, long atMicros) {
        return forProvider(provider).rates(provider, model, promptTokens, atMicros);
    }

    @Override
    public long version() {
        return books.get(0).version();
    }

    @Override
    public @Nullable PriceText of(long version) {
        for (BookPricing book : books) {
            PriceText text = book.of(version);
            if (text != null) {
                return text;
            }
        }
        return null;
    }

    @Override
    public long estimateNano(String provider, String model, long inputTokens, long outputTokens) {
        Instant now = clock.instant();
        long micros = TimeUnit.SECONDS.toMicros(now.getEpochSecond()) + now.getNano() / 1_000;
        return book().estimate(provider, model, inputTokens, outputTokens, micros);
    }
}
