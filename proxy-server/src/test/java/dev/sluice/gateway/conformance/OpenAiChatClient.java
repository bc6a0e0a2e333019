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
import com.openai.models.chat.completions.ChatCompletionContentPart;
import com.openai.models.chat.completions.ChatCompletionContentPartImage;
import com.openai.models.chat.completions.ChatCompletionContentPartText;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessage;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
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
        ChatCompletionCreateParams.Builder question = question(model, scenario);
        Answer first = answer(question, stream);
        if (scenario != Scenario.TOOL_LOOP) {
            return first.heard();
        }
        ChatCompletionMessage message = first.completion().choices().getFirst().message();
        question.addMessage(message);
        for (ChatCompletionMessageToolCall call : message.toolCalls().orElseThrow()) {
            question.addMessage(ChatCompletionToolMessageParam.builder()
                    .toolCallId(call.asFunction().id())
                    .content(Scenario.TOOL_RESULT)
                    .build());
        }
        return answer(question, stream).heard().after(first.heard());
    }

    private static ChatCompletionCreateParams.Builder question(String model, Scenario scenario) {
        ChatCompletionCreateParams.Builder question = ChatCompletionCreateParams.builder()
                .model(model)
                .addSystemMessage(SYSTEM)
                .temperature(0.5)
                .maxCompletionTokens(100);
        if (scenario == Scenario.IMAGE) {
            question.addUserMessageOfArrayOfContentParts(List.of(
                    ChatCompletionContentPart.ofText(
                            ChatCompletionContentPartText.builder().text(PROMPT).build()),
                    ChatCompletionContentPart.ofImageUrl(ChatCompletionContentPartImage.builder()
                            .imageUrl(ChatCompletionContentPartImage.ImageUrl.builder()
                                    .url("data:image/png;base64," + Scenario.IMAGE_BYTES)
                                    .build())
                            .build())));
        } else {
            question.addUserMessage(PROMPT);
        }
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
        return question;
    }

    @Override
    public void close() {
        client.close();
    }

    private Answer answer(ChatCompletionCreateParams.Builder question, boolean stream) {
        if (!stream) {
            ChatCompletion whole = client.chat().completions().create(question.build());
            return new Answer(
                    whole, reasoning(whole.choices().getFirst().message()._additionalProperties()));
        }
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
        return new Answer(whole.chatCompletion(), reasoning.toString());
    }

    private record Answer(ChatCompletion completion, String reasoning) {
        Heard heard() {
            ChatCompletion.Choice choice = completion.choices().getFirst();
            ChatCompletionMessage message = choice.message();
            List<Heard.Called> calls = message.toolCalls().orElse(List.of()).stream()
                    .map(call -> call.asFunction().function())
                    .map(function -> Heard.Called.of(function.name(), function.arguments()))
                    .toList();
            return new Heard(
                    message.content().orElse(""),
                    reasoning,
                    calls,
                    choice.finishReason().asString(),
                    completion.usage().orElseThrow().promptTokens(),
                    completion.usage().orElseThrow().completionTokens());
        }
    }

    private static String reasoning(Map<String, JsonValue> members) {
        JsonValue value = members.get("reasoning_content");
        return value == null ? "" : String.valueOf(value.convert(String.class));
    }
}
