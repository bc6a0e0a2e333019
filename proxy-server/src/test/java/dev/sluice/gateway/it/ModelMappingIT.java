package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.sluice.gateway.conformance.Scenario;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An application that knows one name of a model, and a line of configuration that says who answers to it; and a provider
 * that nobody has heard of, for which a line of configuration is enough.
 */
final class ModelMappingIT {
    private static Rig rig;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with(ProviderFormat.entries() + """
                              unheard-of:
                                dialect: openai
                                base_url: "${PROVIDER_URL}/inference/openai/v7"
                                api_key: "${PROVIDER_KEY}"
                                allow_private: true
                            """, """
                          gpt-4: gemini/gemini-1.5-pro
                          "gpt-*": anthropic/claude-*
                          "gpt-4o*": ollama/llama*
                          "o1-*": "bedrock/*"
                        """), Map.of());
        client = OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + rig.address().getPort() + "/v1")
                .apiKey(rig.key())
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        rig.close();
    }

    private static ChatCompletionCreateParams ask(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("Grüß Gott")
                .build();
    }

    /** An entry of its own first, then the longest wildcard, whose star repeats the match. */
    @ParameterizedTest
    @CsvSource({
        "gpt-4, GEMINI, gemini-1.5-pro, /v1/gemini/v1beta/models/gemini-1.5-pro:generateContent",
        "gpt-3.5-turbo, ANTHROPIC, claude-3.5-turbo, /v1/anthropic/v1/messages",
        "gpt-4o-mini, OLLAMA, llama-mini, /v1/ollama/api/chat",
        "o1-small, BEDROCK, o1-small, /v1/bedrock/model/o1-small/converse"
    })
    void whoIsAskedForIsNotWhoAnswers(String asked, ProviderFormat provider, String model, String path) {
        rig.scripts().forget();
        rig.scripts().put(model, provider.whole(Scenario.TEXT));

        ChatCompletion answer = client.chat().completions().create(ask(asked));

        assertThat(rig.scripts().only(model).path()).isEqualTo(path);
        assertThat(answer.choices().getFirst().message().content())
                .contains("Hello, wörld \uD83C\uDF0D\n\"quoted\" and \\ back");
        // The model is what the provider calls it; Amazon's answers do not say.
        assertThat(answer.model()).isEqualTo(provider == ProviderFormat.BEDROCK ? asked : "conformance");
        assertThat(answer.usage().orElseThrow().totalTokens()).isEqualTo(18);
    }

    @Test
    void theSameHoldsForStreams() {
        rig.scripts().put("gemini-1.5-pro", ProviderFormat.GEMINI.stream(Scenario.TEXT));
        StringBuilder text = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(ask("gpt-4"))) {
            stream.stream().forEach(chunk -> {
                assertThat(chunk.model()).isEqualTo("conformance");
                chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
            });
        }
        assertThat(text).hasToString("Hello, wörld \uD83C\uDF0D\n\"quoted\" and \\ back");
    }

    @Test
    void theAnswersHeadAndTheRowTellWhoItWas() throws Exception {
        rig.scripts().put("gemini-1.5-pro", ProviderFormat.GEMINI.whole(Scenario.TEXT));
        Call call = rig.keyed(CallerFormat.CHAT.ask("gpt-4", /* stream= */ false));

        Answer answer = rig.answer(call);

        assertThat(answer.field("x-sluice-provider")).isEqualTo("gemini");
        assertThat(answer.field("x-sluice-model")).isEqualTo("gemini-1.5-pro");
        UsageRow row = rig.row(call);
        assertThat(row.text("requested_model")).isEqualTo("gpt-4");
        assertThat(row.text("upstream_model")).isEqualTo("gemini-1.5-pro");
        assertThat(row.text("provider")).isEqualTo("gemini");
    }

    /** A provider of the OpenAI dialect takes a base URL and a key, wherever its paths begin. */
    @ParameterizedTest
    @EnumSource(CallerFormat.class)
    void aProviderThatNobodyHasHeardOfTakesALineOfConfiguration(CallerFormat caller) throws Exception {
        String model = rig.scripts().addAs("never-heard-", ProviderFormat.OPENAI.whole(Scenario.TEXT));
        String streaming = rig.scripts().addAs("never-heard-", ProviderFormat.OPENAI.stream(Scenario.TEXT));
        boolean ownResponses = caller == CallerFormat.RESPONSES;
        if (ownResponses) {
            rig.scripts().put(model, ProviderFormat.RESPONSES.whole(Scenario.TEXT));
            rig.scripts().put(streaming, ProviderFormat.RESPONSES.stream(Scenario.TEXT));
        }

        Call call = rig.keyed(caller.ask("unheard-of/" + model, /* stream= */ false));
        Answer whole = rig.answer(call);
        Answer stream = rig.answer(rig.keyed(caller.ask("unheard-of/" + streaming, /* stream= */ true)));

        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.text()).contains("wörld");
        assertThat(stream.text()).contains("Hel", caller.endMarker());
        ReceivedRequest received = rig.scripts().only(model);
        assertThat(received.path())
                .isEqualTo("/v1/inference/openai/v7/" + (ownResponses ? "responses" : "chat/completions"));
        assertThat(received.fields().all("authorization")).containsExactly("Bearer " + Rig.PROVIDER_KEY);
        assertThat(rig.row(call).text("provider")).isEqualTo("unheard-of");
        assertThat(rig.row(call).number("input_tokens")).isEqualTo(11L);
    }
}
