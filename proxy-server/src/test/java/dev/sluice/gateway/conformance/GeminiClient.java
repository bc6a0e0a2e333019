package dev.sluice.gateway.conformance;

import com.google.genai.ResponseStream;
import com.google.genai.types.Content;
import com.google.genai.types.FunctionCall;
import com.google.genai.types.FunctionDeclaration;
import com.google.genai.types.FunctionResponse;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerateContentResponseUsageMetadata;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.Part;
import com.google.genai.types.ThinkingConfig;
import com.google.genai.types.Tool;
import java.util.ArrayList;
import java.util.Base64;
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
        GenerateContentConfig config = config(scenario);
        List<Content> contents = new ArrayList<>();
        contents.add(content("user", prompt(scenario)));
        Collected first = answer(model, contents, config, stream);
        if (scenario != Scenario.TOOL_LOOP) {
            return first.heard();
        }
        contents.add(content("model", first.parts));
        contents.add(content(
                "user",
                first.parts.stream()
                        .flatMap(part -> part.functionCall().stream())
                        .map(GeminiClient::result)
                        .toList()));
        return answer(model, contents, config, stream).heard().after(first.heard());
    }

    private static List<Part> prompt(Scenario scenario) {
        return scenario == Scenario.IMAGE
                ? List.of(
                        Part.fromText(PROMPT),
                        Part.fromBytes(Base64.getDecoder().decode(Scenario.IMAGE_BYTES), "image/png"))
                : List.of(Part.fromText(PROMPT));
    }

    private static Content content(String role, List<Part> parts) {
        return Content.builder().role(role).parts(parts).build();
    }

    private static Part result(FunctionCall call) {
        FunctionResponse.Builder result = FunctionResponse.builder()
                .name(call.name().orElseThrow())
                .response(Map.of("output", Scenario.TOOL_RESULT));
        call.id().ifPresent(result::id);
        return Part.builder().functionResponse(result.build()).build();
    }

    private static GenerateContentConfig config(Scenario scenario) {
        GenerateContentConfig.Builder config = GenerateContentConfig.builder()
                .systemInstruction(Content.fromParts(Part.fromText(SYSTEM)))
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
        return config.build();
    }

    private Collected answer(String model, List<Content> contents, GenerateContentConfig config, boolean stream) {
        Collected collected = new Collected();
        if (!stream) {
            collected.add(client.models.generateContent(model, contents, config));
            return collected;
        }
        try (ResponseStream<GenerateContentResponse> chunks =
                client.models.generateContentStream(model, contents, config)) {
            for (GenerateContentResponse chunk : chunks) {
                collected.add(chunk);
            }
        }
        return collected;
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class Collected {
        private final List<Part> parts = new ArrayList<>();
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
            parts.add(part);
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
