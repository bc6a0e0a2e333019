package dev.sluice.gateway.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.GatewayConfig.Abilities;
import dev.sluice.gateway.wire.Configs;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelAbilitiesTest {
    private static final ModelAbilities TABLE = ModelAbilities.parse("""
            # a comment
            provider,model,tools,vision,json_schema,reasoning,context
            openai,gpt-4o,yes,yes,yes,no,128000
            groq,small,yes,no,,,
            """);

    @Test
    void knowsWhatTheTableSaysAndNothingElse() {
        assertThat(TABLE.of("openai", "gpt-4o")).isEqualTo(new Abilities(true, true, true, false, 128_000, null));
        assertThat(TABLE.of("groq", "small")).isEqualTo(new Abilities(true, false, null, null, null, null));
        assertThat(TABLE.of("openai", "small")).isSameAs(Abilities.UNKNOWN);
        assertThat(TABLE.of("nobody", "gpt-4o")).isSameAs(Abilities.UNKNOWN);
        assertThat(TABLE.of(null, "gpt-4o")).isSameAs(Abilities.UNKNOWN);
    }

    @Test
    void knowsAVersionOfAModelAsTheModel() {
        for (int twice = 0; twice < 2; twice++) {
            assertThat(TABLE.of("openai", "gpt-4o-2024-08-06")).isSameAs(TABLE.of("openai", "gpt-4o"));
            assertThat(TABLE.of("openai", "gpt-4o-audio-preview")).isSameAs(Abilities.UNKNOWN);
        }
        assertThat(TABLE.of("openai", "gpt-4o-" + "1".repeat(300))).isSameAs(Abilities.UNKNOWN);
    }

    @Test
    void shipsATableWhoseProvidersHavePrices() {
        ModelAbilities shipped = ModelAbilities.shipped();

        assertThat(shipped.of("openai", "gpt-4o-mini"))
                .isEqualTo(new Abilities(true, true, true, false, 128_000, null));
        assertThat(shipped.of("anthropic", "claude-sonnet-4-5").reasoning()).isTrue();
        assertThat(shipped.providers())
                .isSubsetOf(PriceBook.shipped().providers().keySet());
    }

    @Test
    void asksThePricesWhoseModelsAProviderHas() {
        Map<String, GatewayConfig.Provider> providers = Configs.config(
                        List.of(
                                Configs.provider("openai", "http://127.0.0.1:1/v1", null),
                                Configs.provider("mine", "https://api.groq.com/openai/v1", null),
                                Configs.provider("other", "https://llm.example", null)),
                        List.of())
                .providers();
        PriceBook book = PriceBook.load(null, providers);

        assertThat(book.source("openai")).isEqualTo("openai");
        assertThat(book.source("mine")).isEqualTo("groq");
        assertThat(book.source("other")).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "provider,model\n",
                "provider,model,tools,vision,json_schema,reasoning,context\na,b,yes\n",
                "provider,model,tools,vision,json_schema,reasoning,context\na,b,maybe,,,,\n",
                "provider,model,tools,vision,json_schema,reasoning,context\na,b,,,,,many\n"
            })
    void refusesATableThatIsNone(String table) {
        assertThatThrownBy(() -> ModelAbilities.parse(table)).isInstanceOf(IllegalArgumentException.class);
    }
}
