package dev.sluice.gateway.conformance;

import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.JsonValue;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.Base64ImageSource;
import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.ImageBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.Tool;
import com.anthropic.models.messages.ToolResultBlockParam;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code anthropic-java}. */
final class AnthropicClient implements Client {
    private final com.anthropic.client.AnthropicClient client;

    AnthropicClient(String baseUrl, String key) {
        client = AnthropicOkHttpClient.builder()
                .baseUrl(baseUrl)
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @Override
    public String name() {
        return "anthropic-java";
    }

    @Override
    public boolean showsReasoning() {
        return true;
    }

    @Override
    public Heard ask(String model, Scenario scenario, boolean stream) {
        MessageCreateParams.Builder question = question(model, scenario);
        Message first = answer(question, stream);
        if (scenario != Scenario.TOOL_LOOP) {
            return heard(first);
        }
        question.addMessage(first)
                .addUserMessageOfContentBlockParams(first.content().stream()
                        .flatMap(block -> block.toolUse().stream())
                        .map(use -> ContentBlockParam.ofToolResult(ToolResultBlockParam.builder()
                                .toolUseId(use.id())
                                .content(Scenario.TOOL_RESULT)
                                .build()))
                        .toList());
        return heard(answer(question, stream)).after(heard(first));
    }

    private static MessageCreateParams.Builder question(String model, Scenario scenario) {
        MessageCreateParams.Builder question =
                MessageCreateParams.builder().model(model).maxTokens(2000).system(SYSTEM);
        if (scenario == Scenario.IMAGE) {
            question.addUserMessageOfContentBlockParams(List.of(
                    ContentBlockParam.ofText(
                            TextBlockParam.builder().text(PROMPT).build()),
                    ContentBlockParam.ofImage(ImageBlockParam.builder()
                            .source(Base64ImageSource.builder()
                                    .mediaType(Base64ImageSource.MediaType.IMAGE_PNG)
                                    .data(Scenario.IMAGE_BYTES)
                                    .build())
                            .build())));
        } else {
            question.addUserMessage(PROMPT);
        }
        for (Scenario.Call call : scenario.calls()) {
            question.addTool(Tool.builder()
                    .name(call.name())
                    .description("A tool.")
                    .inputSchema(Tool.InputSchema.builder()
                            .properties(Tool.InputSchema.Properties.builder().build())
                            .build())
                    .build());
        }
        if (scenario == Scenario.STRUCTURED) {
            question.outputConfig(OutputConfig.builder()
                    .format(JsonOutputFormat.builder()
                            .schema(JsonOutputFormat.Schema.builder()
                                    .putAdditionalProperty("type", JsonValue.from("object"))
                                    .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                                    .build())
                            .build())
                    .build());
        }
        if (scenario == Scenario.REASONING) {
            question.enabledThinking(1024);
        }
        return question;
    }

    private Message answer(MessageCreateParams.Builder question, boolean stream) {
        if (!stream) {
            return client.messages().create(question.build());
        }
        MessageAccumulator whole = MessageAccumulator.create();
        try (StreamResponse<RawMessageStreamEvent> events = client.messages().createStreaming(question.build())) {
            events.stream().forEach(whole::accumulate);
        }
        return whole.message();
    }

    @Override
    public void close() {
        client.close();
    }

    private static Heard heard(Message answer) {
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        List<Heard.Called> calls = new ArrayList<>();
        for (ContentBlock block : answer.content()) {
            block.text().ifPresent(part -> text.append(part.text()));
            block.thinking().ifPresent(thought -> reasoning.append(thought.thinking()));
            block.toolUse()
                    .ifPresent(use -> calls.add(new Heard.Called(
                            use.name(), Heard.JSON.valueToTree(use._input().convert(Object.class)))));
        }
        String reason = answer.stopReason().orElseThrow().asString();
        return new Heard(
                text.toString(),
                reasoning.toString(),
                calls,
                switch (reason) {
                    case "end_turn" -> "stop";
                    case "tool_use" -> "tool_calls";
                    default -> reason;
                },
                answer.usage().inputTokens(),
                answer.usage().outputTokens());
    }
}
