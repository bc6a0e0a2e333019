package dev.sluice.gateway.conformance;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.Reasoning;
import com.openai.models.ReasoningEffort;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.FunctionTool;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseFormatTextJsonSchemaConfig;
import com.openai.models.responses.ResponseInputContent;
import com.openai.models.responses.ResponseInputImage;
import com.openai.models.responses.ResponseInputItem;
import com.openai.models.responses.ResponseInputText;
import com.openai.models.responses.ResponseOutputItem;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponseTextConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code openai-java}, responses. */
final class OpenAiResponsesClient implements Client {
    private final OpenAIClient client;

    OpenAiResponsesClient(String baseUrl, String key) {
        client = OpenAIOkHttpClient.builder()
                .baseUrl(baseUrl + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    @Override
    public String name() {
        return "openai-java responses";
    }

    @Override
    public boolean showsReasoning() {
        return true;
    }

    @Override
    public Heard ask(String model, Scenario scenario, boolean stream) {
        List<ResponseInputItem> input = new ArrayList<>();
        input.add(ResponseInputItem.ofEasyInputMessage(prompt(scenario)));
        ResponseCreateParams.Builder question = question(model, scenario).inputOfResponse(input);
        Response first = answer(question, stream);
        if (scenario != Scenario.TOOL_LOOP) {
            return heard(first);
        }
        for (ResponseOutputItem item : first.output()) {
            item.reasoning().ifPresent(thought -> input.add(ResponseInputItem.ofReasoning(thought)));
            item.functionCall().ifPresent(call -> {
                input.add(ResponseInputItem.ofFunctionCall(call));
                input.add(ResponseInputItem.ofFunctionCallOutput(ResponseInputItem.FunctionCallOutput.builder()
                        .callId(call.callId())
                        .output(Scenario.TOOL_RESULT)
                        .build()));
            });
        }
        return heard(answer(question.inputOfResponse(input), stream)).after(heard(first));
    }

    private static EasyInputMessage prompt(Scenario scenario) {
        EasyInputMessage.Builder prompt = EasyInputMessage.builder().role(EasyInputMessage.Role.USER);
        return scenario == Scenario.IMAGE
                ? prompt.contentOfResponseInputMessageContentList(List.of(
                                ResponseInputContent.ofInputText(
                                        ResponseInputText.builder().text(PROMPT).build()),
                                ResponseInputContent.ofInputImage(ResponseInputImage.builder()
                                        .detail(ResponseInputImage.Detail.AUTO)
                                        .imageUrl("data:image/png;base64," + Scenario.IMAGE_BYTES)
                                        .build())))
                        .build()
                : prompt.content(PROMPT).build();
    }

    private static ResponseCreateParams.Builder question(String model, Scenario scenario) {
        ResponseCreateParams.Builder question = ResponseCreateParams.builder()
                .model(model)
                .instructions(SYSTEM)
                .store(false)
                .maxOutputTokens(100);
        for (Scenario.Call call : scenario.calls()) {
            question.addTool(FunctionTool.builder()
                    .name(call.name())
                    .description("A tool.")
                    .strict(false)
                    .parameters(FunctionTool.Parameters.builder()
                            .putAdditionalProperty("type", JsonValue.from("object"))
                            .putAdditionalProperty("properties", JsonValue.from(Map.of()))
                            .build())
                    .build());
        }
        if (scenario == Scenario.STRUCTURED) {
            question.text(ResponseTextConfig.builder()
                    .format(ResponseFormatTextJsonSchemaConfig.builder()
                            .name("person")
                            .strict(true)
                            .schema(ResponseFormatTextJsonSchemaConfig.Schema.builder()
                                    .putAdditionalProperty("type", JsonValue.from("object"))
                                    .putAdditionalProperty("additionalProperties", JsonValue.from(false))
                                    .build())
                            .build())
                    .build());
        }
        if (scenario == Scenario.REASONING) {
            question.reasoning(Reasoning.builder()
                    .effort(ReasoningEffort.LOW)
                    .summary(Reasoning.Summary.AUTO)
                    .build());
        }
        return question;
    }

    private Response answer(ResponseCreateParams.Builder question, boolean stream) {
        if (!stream) {
            return client.responses().create(question.build());
        }
        ResponseAccumulator whole = ResponseAccumulator.create();
        StringBuilder text = new StringBuilder();
        try (StreamResponse<ResponseStreamEvent> events = client.responses().createStreaming(question.build())) {
            events.stream().forEach(event -> {
                whole.accumulate(event);
                event.outputTextDelta().ifPresent(delta -> text.append(delta.delta()));
            });
        }
        String end = heard(whole.response()).text();
        if (!end.contentEquals(text)) {
            throw new AssertionError("the deltas say '" + text + "', the end says '" + end + "'");
        }
        return whole.response();
    }

    @Override
    public void close() {
        client.close();
    }

    private static Heard heard(Response answer) {
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        List<Heard.Called> calls = new ArrayList<>();
        for (ResponseOutputItem item : answer.output()) {
            item.message()
                    .ifPresent(message -> message.content()
                            .forEach(content -> content.outputText().ifPresent(part -> text.append(part.text()))));
            item.reasoning()
                    .ifPresent(thought -> thought.summary().forEach(summary -> reasoning.append(summary.text())));
            item.functionCall().ifPresent(call -> calls.add(Heard.Called.of(call.name(), call.arguments())));
        }
        if (!answer.status().orElseThrow().asString().equals("completed")) {
            throw new AssertionError("the status is " + answer.status());
        }
        return new Heard(
                text.toString(),
                reasoning.toString(),
                calls,
                calls.isEmpty() ? "stop" : "tool_calls",
                answer.usage().orElseThrow().inputTokens(),
                answer.usage().orElseThrow().outputTokens());
    }
}
