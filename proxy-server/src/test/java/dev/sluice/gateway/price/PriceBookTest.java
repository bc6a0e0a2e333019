package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.config.GatewayConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceBookTest {
    private static final String CATALOGUE = """
            date: 2026-01-31
            providers:
              acme:
                hosts: [api.acme.example]
                models:
                  small: { input: "1", cached_input: "0.5", output: "2" }
                  small-pro: { input: "10", output: "20" }
                  lab/base: { input: "3", output: "4" }
              house:
                models:
                  "*": { input: "0", output: "0" }
                  big: { input: "5", output: "5" }
            """;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({
        "small, 1",
        "small-2026-01-31, 1",
        "small-0125-preview, 1",
        "small-latest, 1",
        "small-preview, 1",
        "small@20260131, 1",
        "small:free, 1",
        "small-pro, 10",
        "small-pro-2026-01-31, 10",
        "lab/base:instruct, 3",
    })
    void findsDatedNamesByTheLongestListedOne(String model, long dollars) {
        assertThat(rate(book().find("acme", model, null))).isEqualTo(dollars * 1_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"smaller", "small-audio", "small-", "smal", "", "base", "SMALL", "-", "tiny-2026-01-31"})
    void anotherModelHasNoPrice(String model) {
        assertThat(book().find("acme", model, null)).isNull();
        assertThat(book().cost("acme", model, null, Usage.of(1, 0, 0, 1, 0))).isEqualTo(Money.UNKNOWN);
    }

    @Test
    void anUnknownProviderHasNoPrice() {
        assertThat(book().find("nobody", "small", null)).isNull();
    }

    @Test
    void theAnsweredModelIsAskedFirstAndTheAskedOneNext() {
        assertThat(rate(book().find("acme", "small", "small-pro-2026-01-31"))).isEqualTo(10_000_000_000L);
        assertThat(rate(book().find("acme", "small", "unheard-of"))).isEqualTo(1_000_000_000);
    }

    @Test
    void aWildcardPricesWhatIsNotListedAndMayBeFree() {
        PriceBook book = book();
        Usage usage = Usage.of(1_000, 0, 0, 1_000, 0);
        assertThat(book.cost("house", "anything", null, usage)).isZero();
        assertThat(book.cost("house", "big", "anything", usage)).isEqualTo(10_000_000);
    }

    @Test
    void whatIsRememberedAboutInventedNamesIsBoundedAndStaysRight() {
        PriceBook book = book();
        for (int i = 0; i < 10_000; i++) {
            assertThat(book.find("acme", "invented-" + i, null)).isNull();
            assertThat(rate(book.find("acme", "small-" + i, null))).isEqualTo(1_000_000_000);
        }
        assertThat(book.find("acme", "small-" + "1".repeat(1_000), null)).isNull();
    }

    @Test
    void anotherNameOfTheProviderIsRecognisedByItsHostOrItsQuirks() {
        PriceBook book = PriceBook.of(
                parse(CATALOGUE),
                null,
                Map.of(
                        "mine", provider("mine", null, "https://api.acme.example/v1"),
                        "quirky", provider("quirky", "acme", "https://elsewhere.example"),
                        "other", provider("other", null, "https://elsewhere.example")));
        assertThat(book.find("mine", "small", null)).isNotNull();
        assertThat(book.find("quirky", "small", null)).isNotNull();
        assertThat(book.find("other", "small", null)).isNull();
    }

    @Test
    void theOperatorsRowsReplaceTheShippedOnesModelByModel() throws IOException {
        Path file = Files.writeString(directory.resolve("prices.yaml"), """
                providers:
                  openai:
                    models:
                      gpt-4o-mini: { input: "9", output: "9" }
                      our-own: { input: "7", output: "7" }
                """);
        PriceBook book = PriceBook.load(file, Map.of());
        assertThat(rate(book.find("openai", "gpt-4o-mini", null))).isEqualTo(9_000_000_000L);
        assertThat(rate(book.find("openai", "our-own", null))).isEqualTo(7_000_000_000L);
        assertThat(rate(book.find("openai", "gpt-4o", null))).isEqualTo(2_500_000_000L);
        assertThat(book.version()).isNotEqualTo(PriceBook.load(null, Map.of()).version());
    }

    @Test
    void theShippedCatalogueIsSoundAndItsVersionBeginsWithItsDate() {
        PriceBook book = PriceBook.load(null, Map.of());
        Usage usage = Usage.of(1_000_000, 0, 0, 1_000_000, 0);
        assertThat(Money.format(book.cost("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", usage)))
                .isEqualTo("0.75");
        assertThat(book.find("openai", "text-embedding-3-small", null)).isNotNull();
        assertThat(book.find("groq", "llama-3.3-70b-versatile", null)).isNotNull();
        assertThat(book.find("mistral", "mistral-small-latest", null)).isNotNull();
        assertThat(book.find("deepseek", "deepseek-chat", null)).isNotNull();
        assertThat(book.find("xai", "grok-4.6", null)).isNotNull();
        assertThat(book.find("azure", "gpt-4o", null)).isNotNull();
        assertThat(book.cost("demo", "demo", null, usage)).isPositive();
        assertThat(book.version() / 10_000_000_000L).isEqualTo(20260923);
        assertThat(book.version()).isEqualTo(PriceBook.load(null, Map.of()).version());
    }

    @Test
    void alongPromptHasItsOwnRatesFromItsFirstTokenOn() {
        PriceBook book = PriceBook.load(null, Map.of());
        assertThat(book.cost("openai", "gpt-6-sol", null, Usage.of(272_000, 0, 0, 0, 0)))
                .isEqualTo(272_000L * 2_000);
        assertThat(book.cost("openai", "gpt-6-sol", null, Usage.of(272_001, 0, 0, 0, 0)))
                .isEqualTo(272_001L * 4_000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            m: { input: "abc", output: "1" }           | prices.yaml:4: p/m: input is 'abc'; allowed: dollars
            m: { input: "-1", output: "1" }            | prices.yaml:4: p/m: input is '-1'; allowed: dollars
            m: { input: "1", output: "1000.01" }       | prices.yaml:4: p/m: output is '1000.01'; allowed: dollars for a million tokens, 0 to 1000
            m: { input: "1", cached_input: "2" }       | prices.yaml:4: p/m: cached_input 2 is above input 1
            m: { output: "1" }                         | prices.yaml:4: p/m has no 'input'
            m: { input: "1", ouput: "1" }              | prices.yaml:4: p/m has an unknown 'ouput'; allowed: cache_write, cached_input, input, long_prompt, output
            m: { input: "1", input: "2" }              | prices.yaml:4: p/m names 'input' twice
            m: "1"                                     | prices.yaml:4: p/m is not a map
            m: { input: [1] }                          | prices.yaml:4: p/m input is not a single value
            m: { input: "1", long_prompt: { input: "2" } } | prices.yaml:4: p/m long_prompt has no 'from'
            m: { input: "1", long_prompt: { from: -5, input: "2" } } | prices.yaml:4: p/m long_prompt: from is '-5'
            m: { input: "1", output: "1", long_prompt: { from: 5, input: "2" } } | prices.yaml:4: p/m long_prompt must name 'output'
            m: { input: "1"                            | prices.yaml:5: not YAML
            """)
    void namesLineAndValueOfWhatIsWrong(String row, String message) {
        String text = "providers:\n  p:\n    models:\n      " + row + "\n";
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(InvalidPricesException.class)
                .hasMessageContaining(message);
    }

    @Test
    void saysWhichFileIsMissing() {
        Path missing = directory.resolve("nowhere.yaml");
        assertThatThrownBy(() -> PriceBook.load(missing, Map.of()))
                .isInstanceOf(InvalidPricesException.class)
                .hasMessageContaining("nowhere.yaml");
    }

    private static long rate(@Nullable Price price) {
        return Objects.requireNonNull(price, "a price").standard().input();
    }

    private static PriceBook book() {
        return PriceBook.of(parse(CATALOGUE), null, Map.of());
    }

    private static PriceFile parse(String text) {
        return PriceFile.parse(text.getBytes(StandardCharsets.UTF_8), "prices.yaml");
    }

    private static GatewayConfig.Provider provider(String name, @Nullable String quirks, String url) {
        return new GatewayConfig.Provider(name, "openai", quirks, URI.create(url), List.of(), null, false, null, null);
    }
}
