package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.price.Catalogue.Row;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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

    /** 21 November 2026. */
    private static final long NOW_MICROS = 1_795_219_200_000_000L;

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
        "small-001, 1",
        "small-preview-09-2025, 1",
        "lab/base:instruct, 3",
    })
    void findsDatedNamesByTheLongestListedOne(String model, long dollars) {
        assertThat(rate(book().find("acme", model, null))).isEqualTo(dollars * 1_000_000_000);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "smaller",
                "small-audio",
                "small-",
                "small-32k",
                "small-1",
                "small-5-1",
                "small-preview-tts",
                "small-2026-audio",
                "smal",
                "",
                "base",
                "SMALL",
                "-",
                "tiny-2026-01-31"
            })
    void anotherModelHasNoPrice(String model) {
        assertThat(book().find("acme", model, null).isNone()).isTrue();
        assertThat(cost(book(), "acme", model, null, Usage.of(1, 0, 0, 1, 0))).isEqualTo(Money.UNKNOWN);
    }

    @Test
    void anUnknownProviderHasNoPrice() {
        assertThat(book().find("nobody", "small", null).isNone()).isTrue();
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
        assertThat(cost(book, "house", "anything", null, usage)).isZero();
        assertThat(cost(book, "house", "big", "anything", usage)).isEqualTo(10_000_000);
    }

    @Test
    void whatIsRememberedAboutInventedNamesIsBoundedAndStaysRight() {
        PriceBook book = book();
        for (int i = 0; i < 9_000; i++) {
            assertThat(book.find("acme", "invented-" + i, null).isNone()).isTrue();
            assertThat(rate(book.find("acme", "small-" + (1_000 + i), null))).isEqualTo(1_000_000_000);
        }
        assertThat(book.find("acme", "small-" + "1".repeat(1_000), null).isNone())
                .isTrue();
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
        assertThat(book.find("mine", "small", null).isNone()).isFalse();
        assertThat(book.find("quirky", "small", null).isNone()).isFalse();
        assertThat(book.find("other", "small", null).isNone()).isTrue();
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            m: { input: "abc", output: "1" }           | p/m: input is 'abc'; allowed: dollars for a million tokens, 0 or 0.001 to 1000
            m: { input: "-1", output: "1" }            | p/m: input is '-1'; allowed: dollars
            m: { input: "1", output: "1000.01" }       | p/m: output is '1000.01'; allowed: dollars
            m: { input: "0.0009", output: "1" }        | p/m: input is '0.0009'; allowed: dollars
            m: { input: "1", web_search: "1001" }      | p/m: web_search is '1001'; allowed: dollars for a thousand calls
            m: { input: "1", cached_input: "2" }       | p/m: cached_input 2 is above input 1
            m: { input: "1", cached_audio_input: "2" } | p/m: cached_audio_input 2 is above audio_input (none)
            m: { input: "1", output: "0.49" }          | p/m: output 0.49 is below half of input 1; where that is so, say 'unusual: true'
            m: { input: "1", output: "0.4", unusual: 1 } | p/m: unusual is '1'; allowed: true, false
            m: { output: "1" }                         | p/m has no 'input'
            m: { input: "1", ouput: "1" }              | p/m has an unknown 'ouput'; allowed: audio_input, audio_output, cache_write,
            m: { input: "1", input: "2" }              | p/m names 'input' twice
            m: "1"                                     | p/m is not a map
            m: { input: [1] }                          | p/m input is not a single value
            m: []                                      | p/m has no version
            m: [{ input: "1" }, { input: "2" }]        | p/m: each version but the first needs a 'from' after
            m: [{ from: 2026-02-01, input: "1" }, { from: 2026-01-01, input: "2" }] | p/m: each version but the first
            m: { input: "1", from: 1.2.2026 }          | p/m: from is '1.2.2026'; allowed: 2026-01-31
            m: { input: "1", long_prompt: { input: "2" } } | p/m long_prompt needs one of 'from'
            m: { input: "1", long_prompt: { from: 1, over: 1, input: "2" } } | p/m long_prompt needs one of 'from'
            m: { input: "1", long_prompt: { over: -5, input: "2" } } | p/m long_prompt: over is '-5'
            m: { input: "1", output: "1", long_prompt: { from: 5, input: "2" } } | p/m long_prompt must name 'output'
            m: { input: "1", long_prompt: [{ from: 5, input: "2" }, { over: 4, input: "3" }] } | p/m long_prompt: its steps must be in order
            m: { input: "1", tiers: { flex: "0" } }    | p/m tiers flex is '0'; allowed: a factor
            m: { input: "1", tiers: { default: "1" } } | p/m tiers: 'default' is what a model's own rates are for
            m: { input: "1", tiers: { flex: { input: "1", output: "1" } } } | p/m tiers flex must name 'output' exactly when
            m: { input: "1", long_prompt: { from: 5, input: "2" }, tiers: { flex: { input: "1" } } } | p/m tiers flex must name 'long_prompt'
            m: { input: "0.001000001", tiers: { flex: "0.5" } } | p/m: 0.001000001 times 0.5 has more than nine decimals
            m: { input: "1", regions: { eu: "1.1234567" } } | p/m regions eu is '1.1234567'; allowed: a factor
            m: { input: "1", windows: { input: "2" } } | p/m windows has neither 'hours' nor 'weekdays'
            m: { input: "1", windows: { hours: "25:00-01:00", input: "2" } } | p/m windows: hours is '25:00-01:00'
            m: { input: "1", windows: { hours: "01:00-01:00", input: "2" } } | p/m windows: hours is '01:00-01:00'
            m: { input: "1", windows: { weekdays: monday, input: "2" } } | p/m windows: weekdays has 'monday'; allowed: mon, tue
            m: { input: "1", windows: { weekdays: mon, zone: Beijing, input: "2" } } | p/m windows: zone is 'Beijing'
            m: { input: "1", windows: { weekdays: mon, multiplier: "2", input: "2" } } | p/m windows has both a 'multiplier' and rates
            """)
    void namesLineAndValueOfWhatIsWrong(String row, String message) {
        String text = "providers:\n  p:\n    models:\n      " + row + "\n";
        assertThatThrownBy(() -> parse(text))
                .isInstanceOf(InvalidPricesException.class)
                .hasMessageStartingWith("prices.yaml:4: " + message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            models: { m: { input: "1"                  | prices.yaml:3: not YAML
            hosts: { a: b }                            | prices.yaml:2: p hosts is not a single value
            tiers: { flex: { input: "1" } }            | prices.yaml:2: p tiers flex is not a single value
            region: [eu]                               | prices.yaml:2: p region is not a single value
            aliases: { m: n }, models: { m: { input: "1" } } | prices.yaml:2: p aliases: 'm' has a price of its own
            aliases: { a: n }, models: { m: { input: "1" } } | prices of p: the alias 'a' is for 'n'; allowed: a model that is listed
            """)
    void namesWhatIsWrongWithAProvider(String members, String message) {
        String text = "providers:\n  p: { " + members + (members.startsWith("models") ? "\n" : " }\n");
        assertThatThrownBy(() -> PriceBook.of(parse(text), null, Map.of()))
                .isInstanceOf(InvalidPricesException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void anUnusualPriceIsTakenWhenItSaysSo() {
        PriceBook book = PriceBook.of(
                parse("providers: { p: { models: { m: { input: \"1\", output: \"0.25\", unusual: true } } } }"),
                null,
                Map.of());
        assertThat(cost(book, "p", "m", null, Usage.of(1_000_000, 0, 0, 1_000_000, 0)))
                .isEqualTo(1_250_000_000);
    }

    @Test
    void anAliasIsAnotherNameOfItsModelWhoseverRowThatIs() {
        PriceFile shipped = parse("providers: { p: { aliases: { old-name: m }, models: { m: { input: \"1\" } } } }");
        PriceFile mine = parse("providers: { p: { models: { m: { input: \"2\" } } } }");
        Usage one = Usage.of(1, 0, 0, 0, 0);
        assertThat(cost(PriceBook.of(shipped, null, Map.of()), "p", "old-name", null, one))
                .isEqualTo(1_000);
        assertThat(cost(PriceBook.of(shipped, mine, Map.of()), "p", "old-name-2026-01-31", null, one))
                .isEqualTo(2_000);
        assertThat(PriceBook.of(shipped, mine, Map.of()).models("p")).containsExactly("m");
    }

    @Test
    void theOperatorsRowForEitherNameGoesBeforeAShippedOne() {
        PriceFile shipped = parse(CATALOGUE);
        PriceFile mine = parse("providers: { acme: { models: { my-deployment: { input: \"7\" } } } }");
        PriceBook book = PriceBook.of(shipped, mine, Map.of());
        assertThat(rate(book.find("acme", "my-deployment", "small-2026-01-31"))).isEqualTo(7_000_000_000L);
        assertThat(rate(book.find("acme", "small", "my-deployment"))).isEqualTo(7_000_000_000L);
        assertThat(rate(book.find("acme", "small-pro", "small"))).isEqualTo(1_000_000_000);
    }

    @Test
    void rowsOfAProvidersOwnNameLieOverThoseOfItsHost() {
        PriceFile mine = parse("providers: { mine: { models: { small: { input: \"7\" } } } }");
        PriceBook book = PriceBook.of(
                parse(CATALOGUE), mine, Map.of("mine", provider("mine", null, "https://api.acme.example/v1")));
        assertThat(rate(book.find("mine", "small", null))).isEqualTo(7_000_000_000L);
        assertThat(rate(book.find("mine", "small-pro", null))).isEqualTo(10_000_000_000L);
        assertThat(rate(book.find("acme", "small", null))).isEqualTo(1_000_000_000);
    }

    @Test
    void givesTheTextsItWasMadeOf() {
        PriceFile mine = parse("providers: {}");
        assertThat(book().catalogueText()).isEqualTo(CATALOGUE);
        assertThat(book().overridesText()).isNull();
        assertThat(PriceBook.of(parse(CATALOGUE), mine, Map.of()).overridesText())
                .isEqualTo("providers: {}");
    }

    @Test
    void saysWhichFileIsMissing() {
        Path missing = directory.resolve("nowhere.yaml");
        assertThatThrownBy(() -> PriceBook.load(missing, Map.of()))
                .isInstanceOf(InvalidPricesException.class)
                .hasMessageContaining("nowhere.yaml");
    }

    private static long rate(Row row) {
        return row.price()
                .versions()
                .getLast()
                .otherwise()
                .standard()
                .standard()
                .stated(Rate.INPUT);
    }

    private static long cost(
            PriceBook book, String provider, String model, @Nullable String answeredModel, Usage usage) {
        return book.cost(provider, model, answeredModel, null, false, NOW_MICROS, usage);
    }

    private static PriceBook book() {
        return PriceBook.of(parse(CATALOGUE), null, Map.of());
    }

    private static PriceFile parse(String text) {
        return PriceFile.parse(text.getBytes(StandardCharsets.UTF_8), "prices.yaml");
    }

    private static GatewayConfig.Provider provider(String name, @Nullable String quirks, String url) {
        return new GatewayConfig.Provider(
                name,
                "openai",
                quirks,
                URI.create(url),
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
