package dev.sluice.gateway.conformance;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ReasoningEffort;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@code openai-java}, chat completions. Reasoning is no member of that dialect: it is found where the library keeps what
 * it does not know, which it would rather keep to itself.
 */
@SuppressWarnings("deprecation")
final class OpenAiChatClient implements Client {
    private final OpenAIClient client;

    OpenAiChatClient(String baseUrl, String key) {
        client = OpenAIOkHttpClient.builder()
                .baseUrl(baseUrl + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @Override
    public String name() {
        return "openai-java chat";
    }

    @Override
    public boolean showsReasoning() {
        return true;
    }

    @Override
    public Heard ask(String model, Scenario scenario, boolean stream) {
        ChatCompletionCreateParams.Builder question = ChatCompletionCreateParams.builder()
                .model(model)
                .addSystemMessage("Be brief.")
                .addUserMessage("Grüß Gott \uD83C\uDF0D")
                .temperature(0.5)
                .maxCompletionTokens(100);
        for (Scenario.Call call : scenario.calls()) {
            question.addFunctionTool(FunctionDefinition.builder()
                    .name(call.name())
                    .description("A tool.")
                    .parameters(FunctionParameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty("properties", JsonValue.from(Map.of()))
                            .build())
                    .build());
        }
        if (scenario == Scenario.STRUCTURED) {
            question.responseFormat(ResponseFormatJsonSchema.builder()
                    .jsonSchema(ResponseFormatJsonSchema.JsonSchema.builder()
                            .name("person")
                            .strict(true)
                            .schema(ResponseFormatJsonSchema.JsonSchema.Schema.builder()
                                    .putAdditionalProperty("type", JsonValue.from("object"))
                                    .putAdditionalProperty(
                                            "properties", JsonValue.from(Map.of("name", Map.of("type", "string"))))
                                    .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                                    .build())
                            .build())
                    .build());
        }
        if (scenario == Scenario.REASONING) {
            question.reasoningEffort(ReasoningEffort.LOW);
        }
        return stream ? streamed(question) : heard(client.chat().completions().create(question.build()), null);
    }

    @Override
    public void close() {
        client.close();
    }

    private Heard streamed(ChatCompletionCreateParams.Builder question) {
        question.streamOptions(
                ChatCompletionStreamOptions.builder().includeUsage(true).build());
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        StringBuilder reasoning = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(question.build())) {
            chunks.stream().forEach(chunk -> {
                whole.accumulate(chunk);
                for (ChatCompletionChunk.Choice choice : chunk.choices()) {
                    reasoning.append(reasoning(choice.delta()._additionalProperties()));
                }
            });
        }
        return heard(whole.chatCompletion(), reasoning.toString());
    }

    private static Heard heard(ChatCompletion answer, @org.jspecify.annotations.Nullable String reasoning) {
        ChatCompletion.Choice choice = answer.choices().getFirst();
        ChatCompletionMessage message = choice.message();
        List<Heard.Called> calls = message.toolCalls().orElse(List.of()).stream()
                .map(call -> call.asFunction().function())
                .map(function -> Heard.Called.of(function.name(), function.arguments()))
                .toList();
        return new Heard(
                message.content().orElse(""),
                reasoning == null ? reasoning(message._additionalProperties()) : reasoning,
                calls,
                choice.finishReason().asString(),
                answer.usage().orElseThrow().promptTokens(),
                answer.usage().orElseThrow().completionTokens());
    }

    private static String reasoning(Map<String, JsonValue> members) {
        JsonValue value = members.get("reasoning_content");
        return value == null ? "" : String.valueOf(value.convert(String.class));
    }
}
