package dev.sluice.codec.tokens;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TokenizerTest {
    @ParameterizedTest
    @CsvSource({
        "gpt-4.1, O200K_BASE, 1000, true, false",
        "gpt-4.1-mini-2025-04-14, O200K_BASE, 1000, true, false",
        "openai/gpt-4o, O200K_BASE, 1000, true, false",
        "gpt-4o-mini, O200K_BASE, 1000, true, false",
        "chatgpt-4o-latest, O200K_BASE, 1000, true, false",
        "gpt-4.5-preview, O200K_BASE, 1000, true, false",
        "gpt-5, O200K_BASE, 1000, true, true",
        "azure/us/gpt-5.5, O200K_BASE, 1000, true, true",
        "gpt-5-chat-latest, O200K_BASE, 1000, true, false",
        "gpt-6, O200K_BASE, 1000, false, true",
        "gpt-6-sol, O200K_BASE, 1000, false, true",
        "gpt-oss:20b-cloud, O200K_BASE, 1000, true, false",
        "groq/openai/gpt-oss-120b, O200K_BASE, 1000, true, false",
        "o1, O200K_BASE, 1000, true, true",
        "o3-deep-research, O200K_BASE, 1000, true, true",
        "o4-mini-2025-04-16, O200K_BASE, 1000, true, true",
        "ft:gpt-4o-2024-08-06:org/unit:name:id, O200K_BASE, 1000, true, false",
        "openai/ft:gpt-3.5-turbo-0125:org::id, CL100K_BASE, 1000, true, false",
        "gpt-4, CL100K_BASE, 1000, true, false",
        "gpt-4-turbo-2024-04-09, CL100K_BASE, 1000, true, false",
        "GPT-3.5-Turbo, CL100K_BASE, 1000, true, false",
        "gpt-35-turbo, CL100K_BASE, 1000, true, false",
        "text-embedding-3-small, CL100K_BASE, 1000, true, false",
        "text-embedding-ada-002, CL100K_BASE, 1000, true, false",
        "anthropic/claude-opus-5-5, O200K_BASE, 1530, false, false",
        "anthropic/claude-3.5-sonnet:beta, O200K_BASE, 1180, false, false",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0, O200K_BASE, 1180, false, false",
        "anthropic.claude-v2:1, O200K_BASE, 1180, false, false",
        "claude-opus-4-20250514, O200K_BASE, 1180, false, false",
        "claude-opus-4-6, O200K_BASE, 1180, false, false",
        "claude-opus-4-7, O200K_BASE, 1530, false, false",
        "claude-opus-4.8, O200K_BASE, 1530, false, false",
        "claude-sonnet-5, O200K_BASE, 1530, false, false",
        "claude-fable-5-1, O200K_BASE, 1530, false, false",
        "claude-haiku-4-5@20251001, O200K_BASE, 1180, false, false",
        "models/gemini-2.0-flash, O200K_BASE, 990, false, false",
        "google/gemini-2.5-pro, O200K_BASE, 990, false, true",
        "gemini-3.8-flash, O200K_BASE, 990, false, true",
        "x-ai/grok-4-fast-non-reasoning, O200K_BASE, 1100, false, false",
        "grok-4.6, O200K_BASE, 1100, false, true",
        "deepseek/deepseek-r1:free, O200K_BASE, 1100, false, false",
        "accounts/fireworks/models/llama-v3p1-70b-instruct, O200K_BASE, 1100, false, false",
        "'', O200K_BASE, 1100, false, false",
        "openai/, O200K_BASE, 1100, false, false",
        "., O200K_BASE, 1100, false, false",
        "gpt-, O200K_BASE, 1100, false, false",
        "gpt-50, O200K_BASE, 1100, false, false"
    })
    void isFoundByTheBeginningOfTheName(
            String model, Encoding encoding, int permille, boolean exact, boolean hiddenReasoning) {
        Tokenizer found = Tokenizer.of(model);
        assertThat(found).isEqualTo(new Tokenizer(encoding, permille, exact, hiddenReasoning, found.images()));
    }

    @Test
    void isFoundWithoutAllocating() {
        List<String> models = List.of("openai/gpt-4o", "us.anthropic.claude-opus-5-v1:0", "never-heard-of:free");
        for (String model : models) {
            assertThat(Allocation.leastOf(20, () -> Tokenizer.of(model)))
                    .as(model)
                    .isZero();
        }
    }

    @Test
    void scalesAndRoundsHalfUp() {
        Tokenizer half = new Tokenizer(Encoding.O200K_BASE, 1500, false, false);
        assertThat(half.scale(0)).isZero();
        assertThat(half.scale(1)).isEqualTo(2);
        assertThat(half.scale(2)).isEqualTo(3);
        assertThat(half.scale(3)).isEqualTo(5);
        assertThat(new Tokenizer(Encoding.O200K_BASE, 990, false, false).scale(49))
                .isEqualTo(49);
        assertThat(new Tokenizer(Encoding.O200K_BASE, 990, false, false).scale(51))
                .isEqualTo(50);
        assertThat(Tokenizer.of("gpt-4o").scale(Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void isNeverExactWithAFactor() {
        assertThatThrownBy(() -> new Tokenizer(Encoding.O200K_BASE, 1100, true, false))
                .hasMessage("permille is 1100; of an exact tokenizer it is 1000");
        assertThatThrownBy(() -> new Tokenizer(Encoding.O200K_BASE, 0, false, false))
                .hasMessage("permille is 0; it has to be at least 1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a;o200k_base;1000;exact;shown | line 1: 5 columns; allowed are 6",
                "a;o200k_base;1000;exactly;shown;flat:1 | line 1: 'exactly'; allowed are exact and estimate",
                "a;o300k_base;1000;exact;shown;flat:1 | line 1: No enum constant",
                "a;o200k_base;much;exact;shown;flat:1 | line 1: For input string",
                "a;o200k_base;1000;exact;shown;round:1 | line 1: image rule 'round:1'",
                "a;o200k_base;1000;exact;shown;tiles:1 | line 1: image rule 'tiles:1'"
            })
    void refusesATableThatIsMalformed(String line, String message) {
        assertThatThrownBy(() -> TokenizerTable.parse(List.of(line.replace(';', '\t'))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesATableThatSaysSomethingTwice() {
        String line = "a\to200k_base\t1000\texact\tshown\tflat:1";
        assertThatThrownBy(() -> TokenizerTable.parse(List.of("# a comment", "", line, line)))
                .hasMessage("tokenizers.tsv line 4: a again");
    }
}
