package dev.sluice.gateway.conformance;

import com.google.genai.ResponseStream;
import com.google.genai.types.Content;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.Part;
import com.google.genai.types.ThinkingConfig;
import com.google.genai.types.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** {@code google-genai}. */
final class GeminiClient implements Client {
    private final com.google.genai.Client client;

    GeminiClient(String baseUrl, String key) {
        client = com.google.genai.Client.builder()
                .apiKey(key)
                .httpOptions(
                        HttpOptions.builder().baseUrl(baseUrl).timeout(20_000).build())
                .build();
    }

    @Override
    public String name() {
        return "google-genai";
    }

    @Override
    public boolean showsReasoning() {
        return true;
    }

    @Override
    public Heard ask(String model, Scenario scenario, boolean stream) {
        GenerateContentConfig.Builder config = GenerateContentConfig.builder()
                .systemInstruction(Content.fromParts(Part.fromText("Be brief.")))
                .maxOutputTokens(100);
        if (!scenario.calls().isEmpty()) {
            config.tools(Tool.builder()
                    .functionDeclarations(scenario.calls().stream()
                            .map(call -> FunctionDeclaration.builder()
                                    .name(call.name())
                                    .description("A tool.")
                                    .parametersJsonSchema(Map.of("type", "object", "properties", Map.of()))
                                    .build())
                            .toList())
                    .build());
        }
        if (scenario == Scenario.STRUCTURED) {
            config.responseMimeType("application/json").responseJsonSchema(Map.of("type", "object"));
        }
        if (scenario == Scenario.REASONING) {
            config.thinkingConfig(ThinkingConfig.builder()
                    .includeThoughts(true)
                    .thinkingBudget(1024)
                    .build());
        }
        Collected collected = new Collected();
        String question = "Grüß Gott \uD83C\uDF0D";
        if (stream) {
            try (ResponseStream<GenerateContentResponse> chunks =
                    client.models.generateContentStream(model, question, config.build())) {
                for (GenerateContentResponse chunk : chunks) {
                    collected.add(chunk);
                }
            }
        } else {
            collected.add(client.models.generateContent(model, question, config.build()));
        }
        return collected.heard();
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class Collected {
        private final StringBuilder text = new StringBuilder();
        private final StringBuilder reasoning = new StringBuilder();
        private final List<Heard.Called> calls = new ArrayList<>();
        private @Nullable GenerateContentResponseUsageMetadata usage;
        private @Nullable String finish;

        void add(GenerateContentResponse chunk) {
            chunk.usageMetadata().ifPresent(reported -> usage = reported);
            chunk.candidates().orElse(List.of()).forEach(candidate -> {
                candidate.finishReason().ifPresent(reason -> finish = reason.toString());
                candidate.content().flatMap(Content::parts).orElse(List.of()).forEach(this::add);
            });
        }

        private void add(Part part) {
            boolean thought = part.thought().orElse(false);
            part.text().ifPresent(piece -> (thought ? reasoning : text).append(piece));
            part.functionCall().ifPresent(this::add);
        }

        private void add(FunctionCall call) {
            calls.add(new Heard.Called(
                    call.name().orElseThrow(),
                    Heard.JSON.valueToTree(call.args().orElse(Map.of()))));
        }

        Heard heard() {
            GenerateContentResponseUsageMetadata last = Objects.requireNonNull(usage);
            if (!"STOP".equals(finish)) {
                throw new AssertionError("the finish reason is " + finish);
            }
            return new Heard(
                    text.toString(),
                    reasoning.toString(),
                    calls,
                    calls.isEmpty() ? "stop" : "tool_calls",
                    last.promptTokenCount().orElse(0),
                    last.candidatesTokenCount().orElse(0)
                            + last.thoughtsTokenCount().orElse(0));
        }
    }
}
