package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.Dialects;
import dev.sluice.codec.dialect.InboundDialect.ModelEntry;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.wire.Configs;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteTableTest {
    private static final List<GatewayConfig.Provider> PROVIDERS = List.of(
            Configs.provider("openai", "https://api.openai.example/v1", "k"),
            Configs.provider("groq", "https://groq.example/openai/v1", "k"),
            Configs.provider("local", "http://127.0.0.1:11434/v1", null));

    private static final GatewayConfig.Timeouts QUICK = new GatewayConfig.Timeouts(
            Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1));

    private static RouteTable table(GatewayConfig.Model... models) {
        return Configs.routes(PROVIDERS, List.of(models));
    }

    private static String found(RouteTable table, String model) {
        Route route = table.find(model);
        return route == null
                ? "nobody"
                : route.first().provider().name() + " " + route.first().model();
    }

    @ParameterizedTest
    @CsvSource({
        // An entry of its own counts first,
        "gpt-4, groq llama",
        // then the longest wildcard,
        "gpt-4o-mini, groq gpt-4o-mini",
        "gpt-4o, openai gpt-4o",
        "gpt-, openai gpt-",
        // then provider and model,
        "local/gpt-4, local gpt-4",
        "groq/meta/llama, groq meta/llama",
        // and nobody else.
        "gp, nobody",
        "GPT-4, nobody",
        "unknown/gpt-4, nobody",
        "/gpt-4, nobody",
        "local/, nobody"
    })
    void theMostPreciseEntryServesAModel(String model, String target) {
        RouteTable table = table(
                Configs.model("gpt-*", "openai/*"),
                Configs.model("gpt-4", "groq/llama"),
                Configs.model("gpt-4o-*", "groq/*"),
                Configs.model("other", "local/other"));

        assertThat(found(table, model)).isEqualTo(target);
    }

    @Test
    void aLongWildcardCountsBeforeAShortOneWhateverTheOrderOfTheFile() {
        GatewayConfig.Model shorter = Configs.model("a-*", "openai/*");
        GatewayConfig.Model longer = Configs.model("a-b-*", "groq/*");

        assertThat(found(table(shorter, longer), "a-b-c")).isEqualTo("groq a-b-c");
        assertThat(found(table(longer, shorter), "a-b-c")).isEqualTo("groq a-b-c");
        assertThat(found(table(longer, shorter), "a-c")).isEqualTo("openai a-c");
    }

    @Test
    void aWildcardCountsBeforeProviderAndModel() {
        RouteTable table = table(Configs.model("groq/*", "openai/fixed"));

        assertThat(found(table, "groq/llama")).isEqualTo("openai fixed");
    }

    @Test
    void theWildcardForEverythingLeavesQualifiedNamesAlone() {
        RouteTable table = table(Configs.model("*", "openai/*"));

        assertThat(found(table, "anything")).isEqualTo("openai anything");
        assertThat(found(table, "local/llama")).isEqualTo("local llama");
        assertThat(found(table, "unknown/llama")).isEqualTo("openai unknown/llama");
    }

    @ParameterizedTest
    @CsvSource({
        "openai/*, claude-3, openai claude-3",
        "openai/fixed, claude-3, openai fixed",
        "openai/anthropic-*, claude-3, openai anthropic-3",
        "openai/a-*-b, claude-3, openai a-3-b"
    })
    void theStarOfATargetStandsForTheWholeNameOrRepeatsTheMatch(String target, String model, String result) {
        assertThat(found(table(Configs.model("claude-*", target)), model)).isEqualTo(result);
    }

    @Test
    void timeoutsComeFromTheEntryAndAreTheUsualOnesWithoutOne() {
        RouteTable table = table(Configs.model("exact", "openai/a", QUICK), Configs.model("wild-*", "openai/*", QUICK));

        assertThat(Objects.requireNonNull(table.find("exact")).first().timeouts())
                .isEqualTo(QUICK);
        assertThat(Objects.requireNonNull(table.find("wild-1")).first().timeouts())
                .isEqualTo(QUICK);
        assertThat(Objects.requireNonNull(table.find("local/a")).first().timeouts())
                .isEqualTo(GatewayConfig.Timeouts.DEFAULT);
    }

    @Test
    void whatANameStandsForIsMadeOnce() {
        RouteTable table = table(Configs.model("gpt-*", "openai/*"));

        assertThat(table.find("gpt-4o")).isSameAs(table.find("gpt-" + 4 + "o"));
        assertThat(table.find("groq/llama")).isSameAs(table.find("groq/llama"));
        assertThat(Allocations.bytesOf(() -> table.find("gpt-4o"))).isZero();
    }

    @Test
    void madeUpNamesTakeNobodysPlaceForGood() {
        RouteTable table = table(Configs.model("gpt-*", "openai/*"), Configs.model("gpt-4o-*", "groq/x-*"));

        for (int i = 0; i < 20_000; i++) {
            assertThat(found(table, "gpt-" + i)).isEqualTo("openai gpt-" + i);
            assertThat(found(table, "gpt-4o-" + i % 7)).isEqualTo("groq x-" + i % 7);
            assertThat(found(table, "local/" + i)).isEqualTo("local " + i);
        }
        String longest = "gpt-" + "a".repeat(4_000);
        assertThat(found(table, longest)).isEqualTo("openai " + longest);
    }

    @Test
    void wildcardsAreNotListed() {
        RouteTable table = table(Configs.model("b", "openai/x"), Configs.model("gpt-*", "openai/*"));

        assertThat(table.models()).containsExactly(new ModelEntry("b", "openai"));
    }

    @Test
    void anEntryForAProviderThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> table(Configs.model("a", "nowhere/x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'a'")
                .hasMessageContaining("'nowhere'")
                .hasMessageContaining("groq");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "//", "*"})
    void namesThatAreNoneAreServedByNobody(String model) {
        assertThat(table(Configs.model("gpt-*", "openai/*")).find(model)).isNull();
    }

    @Test
    void aWildcardIsListedByTheKnownModelsItLetsThrough() {
        RouteTable table = new RouteTable(
                Configs.config(
                        PROVIDERS,
                        List.of(
                                Configs.model("gpt-*", "openai/*"),
                                Configs.model("gpt-4", "groq/llama"),
                                Configs.model("fixed-*", "groq/llama"))),
                provider -> Dialects.provider(provider.dialect(), Dialects.HostOptions.NONE),
                RouteTable.CredentialSource.KEYS,
                provider -> provider.equals("openai") ? List.of("gpt-4", "gpt-4o", "o3") : List.of("llama"),
                RouteMemory.fresh());

        assertThat(table.models()).containsExactly(new ModelEntry("gpt-4", "groq"), new ModelEntry("gpt-4o", "openai"));
    }
}
