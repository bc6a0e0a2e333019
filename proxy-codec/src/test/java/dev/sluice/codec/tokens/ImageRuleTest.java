package dev.sluice.codec.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ImageRuleTest {
    @ParameterizedTest
    @CsvSource({
        // Tiles: fitted into 2048 squared, then 768 on the shorter side.
        "gpt-4o, LOW, 4000, 3000, 85",
        "gpt-4o, HIGH, 512, 512, 255",
        "gpt-4o, HIGH, 1024, 1024, 765",
        "gpt-4o, AUTO, 2048, 4096, 1105",
        "gpt-4o, HIGH, 1, 1, 255",
        "gpt-4o, HIGH, 65535, 1, 765",
        "gpt-4o-mini, HIGH, 1024, 1024, 25501",
        "gpt-5, HIGH, 1024, 1024, 630",
        "o3, HIGH, 1024, 1024, 675",
        // Patches of 32: 32 x 32 of them, and those that do not fit their budget.
        "gpt-4.1-mini, HIGH, 1024, 1024, 1659",
        "gpt-4.1-mini, HIGH, 1800, 2400, 2353",
        "gpt-5.2, HIGH, 1024, 1024, 1024",
        "gpt-5.2, HIGH, 33, 32, 2",
        "gpt-5.4, HIGH, 8000, 6000, 2451",
        "gpt-6-sol, AUTO, 4032, 3024, 14364",
        "gpt-6-sol, HIGH, 4032, 3024, 2823",
        "gpt-6-sol, LOW, 1024, 1024, 308",
        "gpt-6-sol, HIGH, 65535, 1, 2458",
        // Patches of 28.
        "claude-haiku-4-5, AUTO, 280, 281, 110",
        "claude-haiku-4-5, AUTO, 4000, 3000, 1564",
        "claude-opus-5-5, AUTO, 3840, 2160, 2952",
        "claude-opus-5-5, AUTO, 4000, 3000, 3888",
        // Crops of 768, and one for what is small.
        "gemini-2.0-flash, AUTO, 384, 384, 258",
        "gemini-2.0-flash, AUTO, 385, 100, 258",
        "gemini-2.0-flash, AUTO, 1536, 800, 1032",
        "gemini-3.8-flash, HIGH, 5000, 100, 1100",
        "never-heard-of, HIGH, 1024, 1024, 765"
    })
    void followsTheFamilyOfTheModel(String model, ImageDetail detail, int width, int height, long tokens) {
        assertThat(Tokenizer.of(model).images().tokens(detail, width, height)).isEqualTo(tokens);
    }
}
