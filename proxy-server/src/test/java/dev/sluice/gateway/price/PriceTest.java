package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.config.GatewayConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rates hold: by version, window, service tier, length of the prompt and region. Costs worked out by hand. */
class PriceTest {
    private static final String ANY_TIME = "2026-06-15T12:00:00Z";

    @ParameterizedTest
    @CsvSource({"999, 999000", "1000, 2000000", "1001, 2002000"})
    void fromIncludesItsNumber(long prompt, long nano) {
        PriceBook book = book("""
                m: { input: "1", output: "1", long_prompt: { from: 1000, input: "2", output: "3" } }""");
        assertThat(cost(book, ANY_TIME, null, prompt, 0)).isEqualTo(nano);
    }

    @ParameterizedTest
    @CsvSource({"999, 999000", "1000, 1000000", "1001, 2002000"})
    void overDoesNotIncludeItsNumber(long prompt, long nano) {
        PriceBook book = book("""
                m: { input: "1", output: "1", long_prompt: { over: 1000, input: "2", output: "3" } }""");
        assertThat(cost(book, ANY_TIME, null, prompt, 0)).isEqualTo(nano);
    }

    @Test
    void aLongPromptChangesTheRatesOfTheWholeRequestCachedTokensIncluded() {
        PriceBook book = book("""
                m:
                  input: "1"
                  cached_input: "0.5"
                  output: "1"
                  long_prompt:
                    - { over: 1000, input: "2", cached_input: "1", output: "3" }
                    - { from: 2000, input: "4", cached_input: "2", output: "6" }""");
        // 999 + 1 cached + 10 out: 999 x 1 + 1 x 0.5 + 10 x 1.
        assertThat(cost(book, Usage.of(1_000, 1, 0, 10, 0))).isEqualTo(1_009_500);
        // One token more: 1,000 x 2 + 1 x 1 + 10 x 3.
        assertThat(cost(book, Usage.of(1_001, 1, 0, 10, 0))).isEqualTo(2_031_000);
        // All of it cached counts as well: 2,000 x 2 + 10 x 6.
        assertThat(cost(book, Usage.of(2_000, 2_000, 0, 10, 0))).isEqualTo(4_060_000);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-08-20T23:59:59.999999Z, 5000",
        "2026-08-21T00:00:00Z, 4000",
        "2026-12-31T23:59:59.999999Z, 4000",
        "2027-01-01T07:59:59Z, 4000",
        "2027-01-01T08:00:00Z, 6000",
        "1970-01-01T00:00:00Z, 5000",
    })
    void theVersionOfTheMomentItStartedHolds(String at, long nano) {
        PriceBook book = book("""
                m:
                  - { input: "5", output: "5" }
                  - { from: 2026-08-21, input: "4", output: "4" }
                  - { from: "2027-01-01T08:00:00Z", input: "6", output: "6" }""");
        assertThat(cost(book, at, null, 1, 0)).isEqualTo(nano);
    }

    @Test
    void beforeTheFirstVersionThereIsNoPrice() {
        PriceBook book = book("m: [{ from: 2026-08-21, input: \"4\", output: \"4\" }]");
        assertThat(cost(book, "2026-08-20T23:59:59Z", null, 1, 1)).isEqualTo(Money.UNKNOWN);
        assertThat(cost(book, "2026-08-21T00:00:00Z", null, 1, 1)).isEqualTo(8_000);
    }

    @ParameterizedTest
    @CsvSource({
        // Friday
        "2026-11-20T21:59:59Z, 1000",
        "2026-11-20T22:00:00Z, 2000",
        "2026-11-20T23:59:59Z, 2000",
        // Saturday has no window, also after midnight.
        "2026-11-21T00:00:00Z, 1000",
        "2026-11-21T23:00:00Z, 1000",
        // Monday
        "2026-11-23T00:00:00Z, 2000",
        "2026-11-23T01:59:59.999999Z, 2000",
        "2026-11-23T02:00:00Z, 1000",
        "2026-11-23T09:00:00Z, 3000",
    })
    void windowsReachOverMidnightOnTheirDays(String at, long nano) {
        PriceBook book = book("""
                m:
                  input: "1"
                  output: "1"
                  windows:
                    - { hours: "22:00-02:00", weekdays: [mon, tue, wed, thu, fri], input: "2", output: "2" }
                    - { hours: ["08:00-10:00"], multiplier: "3" }""");
        assertThat(cost(book, at, null, 1, 0)).isEqualTo(nano);
    }

    @ParameterizedTest
    @CsvSource({
        // Friday 23:30 UTC is Saturday in Shanghai, Sunday 16:30 UTC is Monday there.
        "2026-11-20T15:59:59Z, 2000",
        "2026-11-20T16:00:00Z, 1000",
        "2026-11-22T15:59:59Z, 1000",
        "2026-11-22T16:00:00Z, 2000",
    })
    void weekdaysAreThoseOfTheirZone(String at, long nano) {
        PriceBook book = book("""
                m:
                  input: "1"
                  output: "1"
                  windows: { weekdays: [mon, tue, wed, thu, fri], zone: Asia/Shanghai, multiplier: "2" }""");
        assertThat(cost(book, at, null, 1, 0)).isEqualTo(nano);
    }

    private static final String TIERED = """
            m:
              input: "2"
              cached_input: "0.2"
              output: "8"
              long_prompt: { over: 1000, input: "4", cached_input: "0.4", output: "12" }
              tiers:
                flex: "0.5"
                priority: { input: "3.5", output: "14", long_prompt: { over: 1000, input: "7", output: "21" } }
                batch: "0.5"
                on_demand: "1\"""";

    @ParameterizedTest
    @CsvSource({
        "default, 10000",
        "auto, 10000",
        "standard, 10000",
        "'', 10000",
        "on_demand, 10000",
        "flex, 5000",
        "priority, 17500",
        "batch, 5000",
        // Without rates of its own a tier has no price.
        "scale, -1",
        "FLEX, -1",
    })
    void theServedTierIsBilled(String served, long nano) {
        // One token in, one out.
        assertThat(cost(book(TIERED), ANY_TIME, served, 1, 1)).isEqualTo(nano);
    }

    @Test
    void withoutAServedTierTheStandardRatesHold() {
        assertThat(cost(book(TIERED), ANY_TIME, null, 1, 1)).isEqualTo(10_000);
    }

    @Test
    void aTierHasItsOwnCachedRateAndItsOwnLongPrompts() {
        PriceBook book = book(TIERED);
        // flex: (900 x 2 + 100 x 0.2) / 2.
        assertThat(cost(book, "flex", Usage.of(1_000, 100, 0, 0, 0))).isEqualTo(910_000);
        // flex, long: (901 x 4 + 100 x 0.4 + 10 x 12) / 2.
        assertThat(cost(book, "flex", Usage.of(1_001, 100, 0, 10, 0))).isEqualTo(1_882_000);
        // priority states no cached rate, so that cached tokens cost what plain ones do: 1,001 x 7 + 10 x 21.
        assertThat(cost(book, "priority", Usage.of(1_001, 100, 0, 10, 0))).isEqualTo(7_217_000);
    }

    @Test
    void aBatchIsChargedAsOneAndUnknownWhereTheModelHasNone() {
        Usage usage = Usage.of(1, 0, 0, 1, 0);
        assertThat(book(TIERED).cost("p", "m", null, null, true, micros(ANY_TIME), usage))
                .isEqualTo(5_000);
        PriceBook none = book("m: { input: \"2\", output: \"8\" }");
        assertThat(none.cost("p", "m", null, null, true, micros(ANY_TIME), usage))
                .isEqualTo(Money.UNKNOWN);
    }

    @Test
    void aWindowKeepsTheFactorsOfTheTiers() {
        PriceBook book = book("""
                m:
                  input: "1"
                  output: "1"
                  tiers: { flex: "0.5", priority: { input: "3", output: "3" } }
                  windows: { hours: "10:00-14:00", input: "4", output: "4" }""");
        assertThat(cost(book, ANY_TIME, "flex", 1, 0)).isEqualTo(2_000);
        // What priority costs within the window nobody has said.
        assertThat(cost(book, ANY_TIME, "priority", 1, 0)).isEqualTo(Money.UNKNOWN);
        assertThat(cost(book, "2026-06-15T14:00:00Z", "priority", 1, 0)).isEqualTo(3_000);
    }

    @Test
    void aRegionMultipliesTokensAndNotFees() {
        String models = """
                providers:
                  p:
                    hosts: [api.p.example]
                    regions: { us: "1.1", eu: "1.1" }
                    models:
                      m: { input: "2", cached_input: "0.0028", output: "8", web_search: "10", tiers: { flex: "0.5" } }
                      old: { input: "2", output: "8", regions: { eu: "1" } }
                """;
        String regions =
                "providers: { p-eu: { region: eu }, p: { models: { mine: { input: \"3\", output: \"3\" } } } }";
        PriceBook book = PriceBook.of(parse(models), parse(regions), Map.of("p-eu", provider("p-eu")));
        Usage usage = new Usage(1_000, 500, -1, -1, -1, -1, -1, 100, -1, -1, -1, 1, -1);
        // 500 x 2 + 500 x 0.0028 + 100 x 8 = 1,801.4 per 1M; and one search at 0.01 dollars.
        assertThat(cost(book, "p", "m", null, usage)).isEqualTo(1_801_400 + 10_000_000);
        assertThat(cost(book, "p-eu", "m", null, usage)).isEqualTo(1_981_540 + 10_000_000);
        assertThat(cost(book, "p-eu", "m", "flex", usage)).isEqualTo(990_770 + 10_000_000);
        Usage one = Usage.of(1, 0, 0, 0, 0);
        assertThat(cost(book, "p-eu", "old", null, one)).isEqualTo(2_000);
        assertThat(cost(book, "p-eu", "mine", null, one)).isEqualTo(3_300);
        assertThat(cost(book, "p", "mine", null, one)).isEqualTo(3_000);
    }

    @Test
    void aRegionThatNobodyKnowsIsRefused() {
        PriceFile shipped = parse("providers: { p: { models: { m: { input: \"1\", output: \"1\" } } } }");
        PriceFile typo = parse("providers: { p: { region: euu } }");
        assertThatThrownBy(() -> PriceBook.of(shipped, typo, Map.of()))
                .isInstanceOf(InvalidPricesException.class)
                .hasMessageContaining("prices of p: its region is 'euu'; allowed: one that");
    }

    @Test
    void aTierOfTheWholeProviderIsThereForTheOperatorsRowsToo() {
        PriceFile shipped = parse("providers: { p: { tiers: { on_demand: \"1\" } } }");
        PriceFile mine = parse("providers: { p: { models: { m: { input: \"3\", output: \"3\" } } } }");
        PriceBook book = PriceBook.of(shipped, mine, Map.of());
        assertThat(cost(book, "p", "m", "on_demand", Usage.of(1, 0, 0, 0, 0))).isEqualTo(3_000);
    }

    @Test
    void theProvidersOwnWordGoesBeforeEveryPrice() {
        Usage said = new Usage(1_000, -1, -1, -1, -1, -1, -1, 10, -1, -1, -1, -1, 42);
        assertThat(cost(book(TIERED), said)).isEqualTo(42);
        assertThat(cost(book(TIERED), "p", "unheard-of", "scale", said)).isEqualTo(42);
        assertThat(cost(book(TIERED), "nobody", "m", null, said)).isEqualTo(42);
        Usage free = new Usage(1_000, -1, -1, -1, -1, -1, -1, 10, -1, -1, -1, -1, 0);
        assertThat(cost(book(TIERED), free)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"unheard-of", "mm", ""})
    void anUnknownModelIsUnknownAndNeverFree(String model) {
        assertThat(cost(book(TIERED), "p", model, null, Usage.of(0, 0, 0, 0, 0)))
                .isEqualTo(Money.UNKNOWN);
    }

    private static PriceBook book(String model) {
        return PriceBook.of(parse("providers:\n  p:\n    models:\n" + model.indent(6)), null, Map.of());
    }

    private static PriceFile parse(String text) {
        return PriceFile.parse(text.getBytes(StandardCharsets.UTF_8), "prices.yaml");
    }

    private static long cost(PriceBook book, String at, @Nullable String served, long input, long output) {
        return book.cost("p", "m", null, served, false, micros(at), Usage.of(input, 0, 0, output, 0));
    }

    private static long cost(PriceBook book, Usage usage) {
        return cost(book, "p", "m", null, usage);
    }

    private static long cost(PriceBook book, String served, Usage usage) {
        return cost(book, "p", "m", served, usage);
    }

    private static long cost(PriceBook book, String provider, String model, @Nullable String served, Usage usage) {
        return book.cost(provider, model, null, served, false, micros(ANY_TIME), usage);
    }

    private static long micros(String at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(at));
    }

    private static GatewayConfig.Provider provider(String name) {
        URI url = URI.create("https://api.p.example/v1");
        return new GatewayConfig.Provider(
                name,
                "openai",
                null,
                url,
                List.of(),
                null,
                false,
                null,
                null,
                null,
                null,
                null,
                GatewayConfig.TimeoutSettings.NONE,
                GatewayConfig.Breaker.DEFAULT);
    }
}
