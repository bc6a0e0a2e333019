package dev.sluice.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.WireFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
                        "lmstudio");
        for (String name : Dialects.providerNames()) {
            assertThat(Dialects.provider(name, null))
                    .isNotEmpty()
                    .allSatisfy(dialect -> assertThat(dialect.name()).isEqualTo(name));
        }
        assertThat(Dialects.provider("OpenAI", null)).isEmpty();
    }

    @Test
    void knowsTheDialectsOfCallers() {
        assertThat(Dialects.inbound("openai")).isNotNull();
        assertThat(Dialects.inbound("responses")).isNotNull();
        assertThat(Dialects.inbound("azure")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"openai", "azure", "openrouter", "xai", "groq", "vllm", "lmstudio", "ollama", "deepseek"})
    void hostsWithResponsesServeThemBesideTheirChats(String name) {
        List<ProviderDialect> dialects = Dialects.provider(name, null);
        assertThat(dialects)
                .extracting(ProviderDialect::wireFormat)
                .containsExactly(WireFormat.OPENAI, WireFormat.OPENAI_RESPONSES);
        assertThat(dialects.get(1).credentialHeader()).isEqualTo(dialects.get(0).credentialHeader());
        assertThat(dialects.get(1).credentialValue("k"))
                .isEqualTo(dialects.get(0).credentialValue("k"));
        assertThat(dialects.get(1).serving(Endpoint.RESPONSES)).isEqualTo(Endpoint.RESPONSES);
    }

    @Test
    void hostsWithoutResponsesAreAskedForChats() {
        assertThat(Dialects.provider("mistral", null))
                .extracting(ProviderDialect::wireFormat)
                .containsExactly(WireFormat.OPENAI);
    }

    @Test
    void azureHasTheVersionInThePathWhereItIsADate() {
        assertThat(responsesPath("azure", null)).isEqualTo("/responses");
        assertThat(responsesPath("azure", "v1")).isEqualTo("/responses");
        assertThat(responsesPath("azure", "2025-04-01-preview"))
                .isEqualTo("/openai/responses?api-version=2025-04-01-preview");
        assertThat(responsesPath("openai", "2025-04-01-preview")).isEqualTo("/responses");
    }

    private static String responsesPath(String name, @Nullable String apiVersion) {
        return Dialects.provider(name, apiVersion).get(1).path(Endpoint.RESPONSES, "m", /* stream= */ true);
    }
}
