package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.PriceBook;
import dev.sluice.gateway.wire.Configs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LivePricesTest {
    private static final long NOW_MICROS = 1_790_000_000_000_000L;
    private static final Usage MILLION = Usage.of(1_000_000, 0, 0, 0, 0);
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_790_000_000));

    @TempDir
    Path dir;

    private Path file;
    private LivePrices prices;

    @BeforeEach
    void start() throws IOException {
        file = dir.resolve("prices.yaml");
        prices = new LivePrices(book("alpha", 2), Set.of("alpha"), CLOCK);
    }

    private PriceBook book(String provider, int dollars) throws IOException {
        Files.writeString(file, text(provider, dollars));
        return PriceBook.load(
                file,
                Configs.config(List.of(Configs.provider(provider, "http://p.example", "k")), List.of())
                        .providers());
    }

    private static String text(String provider, int dollars) {
        return "date: 2026-10-0" + dollars + "\n" + "providers:\n  " + provider + ":\n    models:\n      m: { input: "
                + dollars + ", output: " + dollars + " }\n";
    }

    private long cost(String provider) {
        return prices.costNano(provider, "m", null, null, NOW_MICROS, MILLION);
    }

    @Test
    void chargesByTheBookInForce() throws IOException {
        assertThat(cost("alpha")).isEqualTo(2_000_000_000L);

        prices.publish(book("alpha", 3), Set.of("alpha"));

        assertThat(cost("alpha")).isEqualTo(3_000_000_000L);
    }

    @Test
    void keepsCostAndVersionTogether() throws IOException {
        var held = prices.forProvider("alpha");
        prices.publish(book("alpha", 3), Set.of("alpha"));

        assertThat(held.costNano("alpha", "m", null, null, NOW_MICROS, MILLION)).isEqualTo(2_000_000_000L);
        assertThat(held.version()).isNotEqualTo(prices.version());
        assertThat(prices.forProvider("alpha").version()).isEqualTo(prices.version());
    }

    @Test
    void stillKnowsThePriceOfAProviderThatWasRemoved() throws IOException {
        long version = prices.version();
        for (int dollars = 3; dollars < 6; dollars++) {
            prices.publish(book("beta", dollars), Set.of("beta"));
        }

        assertThat(cost("alpha")).isEqualTo(2_000_000_000L);
        assertThat(prices.forProvider("alpha").version()).isEqualTo(version);
        assertThat(cost("beta")).isEqualTo(5_000_000_000L);
    }

    @Test
    void stillHasTheTextOfTheVersionsOfRowsOnTheirWay() throws IOException {
        long version = prices.version();
        prices.publish(book("alpha", 3), Set.of("alpha"));

        assertThat(Objects.requireNonNull(prices.of(version)).overrides()).isEqualTo(text("alpha", 2));
        assertThat(Objects.requireNonNull(prices.of(prices.version())).overrides())
                .isEqualTo(text("alpha", 3));
        assertThat(prices.of(1)).isNull();
    }

    @Test
    void keepsNoBookThatSaysNothingNew() throws IOException {
        PriceBook same = book("alpha", 2);
        BookPricing first = prices.forProvider("alpha");
        prices.publish(same, Set.of("alpha"));

        assertThat(prices.forProvider("alpha")).isNotSameAs(first);
        assertThat(prices.forProvider("alpha").prices()).isSameAs(same);
        assertThat(prices.books()).hasSize(1);
    }

    @Test
    void estimatesWhatARequestWillCost() {
        assertThat(prices.estimateNano("alpha", "m", 1_000, 500)).isEqualTo(3_000_000L);
        assertThat(prices.estimateNano("alpha", "other", 1_000, 500)).isEqualTo(-1);
        assertThat(prices.estimateNano("nobody", "m", 1_000, 500)).isEqualTo(-1);
    }

    @Test
    void readsOnlyTheOverridesAgain() throws IOException {
        PriceBook before = prices.book();
        Files.writeString(file, text("alpha", 4));

        PriceBook after = before.with(file, Map.of());

        assertThat(after.catalogueText()).isSameAs(before.catalogueText());
        assertThat(after.overridesText()).isEqualTo(text("alpha", 4));
    }
}
