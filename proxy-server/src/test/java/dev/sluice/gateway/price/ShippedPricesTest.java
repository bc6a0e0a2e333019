package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.price.Price.Version;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The catalogue that the program brings. */
class ShippedPricesTest {
    private static final long MIN_NANO = 1_000_000;
    private static final long MAX_NANO = 1_000_000_000_000L;
    private static final String NOW = "2026-11-21T12:00:00Z";

    private final PriceFile file = PriceBook.shipped();
    private final PriceBook book = PriceBook.load(null, Map.of());

    @ParameterizedTest
    @CsvSource({
        "openai, 48",
        "azure, 29",
        "mistral, 21",
        "gemini, 17",
        "anthropic, 15",
        "xai, 11",
        "groq, 9",
        "cohere, 9",
        "deepseek, 4",
    })
    void hasTheModelsOf(String provider, int atLeast) {
        assertThat(book.models(provider)).hasSizeGreaterThanOrEqualTo(atLeast);
    }

    @Test
    void everyRateOfEveryModelIsPlausible() {
        List<String> odd = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<String, PriceFile.ProviderPrices> provider :
                file.providers().entrySet()) {
            for (Map.Entry<String, Price> model : provider.getValue().models().entrySet()) {
                for (Version version : model.getValue().versions()) {
                    List<Tariffs> all = new ArrayList<>(List.of(version.otherwise()));
                    version.windows().forEach(window -> all.add(window.tariffs()));
                    for (Tariffs tariffs : all) {
                        check(odd, provider.getKey() + "/" + model.getKey(), tariffs.standard());
                        tariffs.tiers().values().forEach(tier -> check(odd, model.getKey(), tier));
                        seen++;
                    }
                }
            }
        }
        assertThat(odd).isEmpty();
        assertThat(seen).isGreaterThan(165);
    }

    private static void check(List<String> odd, String model, Tariff tariff) {
        List<Rates> all = new ArrayList<>(List.of(tariff.standard()));
        tariff.steps().forEach(step -> all.add(step.rates()));
        for (Rates rates : all) {
            for (Rate rate : Rate.values()) {
                long nano = rates.stated(rate) * rate.statedUnits() / 1_000_000;
                if (rates.has(rate) && nano != 0 && (nano < MIN_NANO || nano > MAX_NANO)) {
                    odd.add(model + " " + rate.label() + " " + Money.format(nano));
                }
            }
            long input = rates.stated(Rate.INPUT);
            if (rates.has(Rate.OUTPUT) && rates.stated(Rate.OUTPUT) < input / 2) {
                odd.add(model + " has a low output");
            }
            if (rates.stated(Rate.CACHED_INPUT) > input) {
                odd.add(model + " has a dear cache");
            }
        }
        // A long prompt is never cheaper than a short one.
        long before = 0;
        for (Rates rates : all) {
            if (rates.stated(Rate.INPUT) < before) {
                odd.add(model + " is cheaper for long prompts");
            }
            before = rates.stated(Rate.INPUT);
        }
    }

    @ParameterizedTest
    @CsvSource({
        // A million tokens in, a million out. Far more than any step, so that long prompts pay for it.
        "openai, gpt-4o-mini, gpt-4o-mini-2024-07-18, 0.75",
        "openai, gpt-4-1106-preview, , 40",
        "openai, gpt-4-0613, , 90",
        "openai, gpt-6-sol, , 19",
        "openai, gpt-5-chat-latest, , 11.25",
        "azure, gpt-35-turbo, gpt-3.5-turbo-0125, 2",
        "azure, my-deployment, gpt-4o-2024-11-20, 12.5",
        "anthropic, claude-sonnet-4-5-20250929, , 28.5",
        "anthropic, claude-opus-4-1-20250805, , 90",
        "groq, llama-3.3-70b-versatile, , 1.38",
        "mistral, mistral-small-latest, , 0.4",
        "xai, grok-4-latest, , 36",
        "gemini, gemini-2.0-flash-001, , 0.5",
        "ollama, whatever:70b, , 0",
    })
    void pricesRequests(String provider, String asked, @Nullable String answered, String dollars) {
        assertThat(Money.format(cost(NOW, provider, asked, answered, null))).isEqualTo(dollars);
    }

    @ParameterizedTest
    @CsvSource({
        "openai, gpt-4-32k",
        "openai, gpt-4o-audio-preview",
        "openai, gpt-4o-realtime-preview",
        "anthropic, claude-fable-5-2",
        "gemini, gemini-2.5-flash-preview-tts",
        "xai, grok-9",
        "openrouter, gpt-4o",
    })
    void doesNotPriceWhatItDoesNotList(String provider, String model) {
        assertThat(cost(NOW, provider, model, null, null)).isEqualTo(Money.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        "openai, gpt-5.5, default, 55",
        "openai, gpt-5.5, flex, 27.5",
        "openai, gpt-5.5, batch, 27.5",
        "openai, gpt-5.5, priority, 110",
        "openai, gpt-4o-mini, priority, 1.25",
        "groq, llama-3.1-8b-instant, on_demand, 0.13",
    })
    void pricesTheTierThatWasServed(String provider, String model, String tier, String dollars) {
        assertThat(Money.format(cost(NOW, provider, model, null, tier))).isEqualTo(dollars);
    }

    @Test
    void doesNotPriceATierItDoesNotKnow() {
        assertThat(cost(NOW, "openai", "gpt-5.5", null, "scale")).isEqualTo(Money.UNKNOWN);
        assertThat(cost(NOW, "openai", "gpt-6-sol", null, "flex")).isEqualTo(Money.UNKNOWN);
        assertThat(cost(NOW, "anthropic", "claude-opus-5", null, "priority")).isEqualTo(Money.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({
        // Friday, Saturday in Beijing, Sunday in Beijing, Monday; the Saturday before weekends were off-peak.
        "2026-11-20T00:59:59Z, 2.64",
        "2026-11-20T01:00:00Z, 5.28",
        "2026-11-20T04:00:00Z, 2.64",
        "2026-11-20T09:59:59Z, 5.28",
        "2026-11-21T02:00:00Z, 2.64",
        "2026-11-22T02:00:00Z, 2.64",
        "2026-11-23T02:00:00Z, 5.28",
        "2026-08-22T02:00:00Z, 5.28",
    })
    void deepseekIsDearAtPeakHoursOfWorkingDays(String at, String dollars) {
        assertThat(Money.format(cost(at, "deepseek", "deepseek-v4-pro", null, null)))
                .isEqualTo(dollars);
    }

    @Test
    void geminisPriceDoublesWithTheYear() {
        assertThat(Money.format(cost("2026-12-31T23:59:59Z", "gemini", "gemini-3.8-flash", null, null)))
                .isEqualTo("4.5");
        assertThat(Money.format(cost("2027-01-01T00:00:00Z", "gemini", "gemini-3.8-flash", null, null)))
                .isEqualTo("9");
    }

    @Test
    void comparatorsAreThoseOfTheProvider() {
        assertThat(input("gpt-6-sol", 272_000)).isEqualTo(272_000L * 2_000);
        assertThat(input("gpt-6-sol", 272_001)).isEqualTo(272_001L * 4_000);
        assertThat(input("gpt-5.5", 271_999)).isEqualTo(271_999L * 5_000);
        assertThat(input("gpt-5.5", 272_000)).isEqualTo(272_000L * 10_000);
    }

    @Test
    void saysWhereItIsFromAndWhen() {
        assertThat(book.catalogueText()).contains("source: \"genai-prices 0.1.8 of 2026-09-23;");
        assertThat(book.version() / 10_000_000_000L).isEqualTo(20260923);
        assertThat(book.version()).isEqualTo(PriceBook.load(null, Map.of()).version());
    }

    private long input(String model, long tokens) {
        return book.cost("openai", model, null, null, false, micros(NOW), Usage.of(tokens, 0, 0, 0, 0));
    }

    private long cost(String at, String provider, String model, @Nullable String answered, @Nullable String tier) {
        Usage million = Usage.of(1_000_000, 0, 0, 1_000_000, 0);
        return book.cost(provider, model, answered, tier, false, micros(at), million);
    }

    private static long micros(String at) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(at));
    }
}
