package dev.sluice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.InboundDialect;
import org.junit.jupiter.api.Test;

final class DialectsTest {

    @Test
    void knowsEveryHostByName() {
        assertThat(Dialects.providerNames())
                .containsExactly(
                        "openai",
                        "azure",
                        "groq",
                        "mistral",
                        "deepseek",
                        "xai",
                        "openrouter",
                        "together",
                        "fireworks",
                        "perplexity",
                        "ollama",
                        "vllm",
                        "lmstudio",
                        "anthropic",
                        "gemini",
                        "vertex",
                        "ollama-native");
        for (String name : Dialects.providerNames()) {
            assertThat(Dialects.provider(name, null))
                    .isNotEmpty()
                    .allSatisfy(dialect -> assertThat(dialect.name()).isEqualTo(name));
        }
        assertThat(Dialects.provider("OpenAI", null)).isEmpty();
    }

    @Test
    void everyWireFormatHasOneDialectOfCallersAtMost() {
        assertThat(Dialects.inbound()).isNotEmpty().doesNotHaveDuplicates();
        assertThat(Dialects.inbound().stream().map(InboundDialect::wireFormat)).doesNotHaveDuplicates();
    }
}
