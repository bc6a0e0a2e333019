package dev.sluice.codec.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModelRulesTest {

    @ParameterizedTest
    @CsvSource({
        "claude-opus-5, opus-5",
        "claude-opus-4-8, opus-4-8",
        "claude-opus-4-6-20260205, opus-4-6",
        "anthropic/claude-opus-4.6, opus-4-6",
        "claude-opus-4-1-20250805, opus-4-1",
        "claude-opus-4-20250514, opus-4",
        "claude-sonnet-4-5@20250929, sonnet-4-5",
        "Claude-Sonnet-4-20250514, sonnet-4",
        "us.anthropic.claude-haiku-4-5-20251001-v1:0, haiku-4-5",
        "claude-3-7-sonnet-latest, 3-7-sonnet",
        "claude-3-5-haiku-20241022, 3-5",
        "claude-3-haiku-20240307, claude-3",
        "claude-opus-50, claude",
        "claude-story-6, claude",
        "kimi-k2, *"
    })
    void everyModelHasTheRulesOfItsFamily(String model, String row) {
        assertThat(ModelRules.of(model).name()).isEqualTo(row);
    }
}
