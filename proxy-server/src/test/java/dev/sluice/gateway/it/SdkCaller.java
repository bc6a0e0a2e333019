package dev.sluice.gateway.it;

import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.google.genai.ResponseStream;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentConfig;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.HttpOptions;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The official libraries as they are found in programs: a stream that is read to its end, and what they make of it. */
// Deprecated or not, it is where the library keeps members that it does not know.
@SuppressWarnings("deprecation")
enum SdkCaller {
    CHAT("length") {
        @Override
        Told read(String address, String key, String model, Runnable onText) {
            ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
            StringBuilder text = new StringBuilder();
            StringBuilder stopped = new StringBuilder();
            OpenAIClient client = openAi(address, key);
            try (StreamResponse<ChatCompletionChunk> chunks = client.chat()
                    .completions()
                    .createStreaming(ChatCompletionCreateParams.builder()
                            .model(model)
                            .addUserMessage(PROMPT)
                            .streamOptions(ChatCompletionStreamOptions.builder()
                                    .includeUsage(true)
                                    .build())
                            .build())) {
                chunks.stream().forEach(chunk -> {
                    whole.accumulate(chunk);
                    note(stopped, chunk._additionalProperties().get(MEMBER));
                    chunk.choices()
                            .forEach(choice -> choice.delta().content().ifPresent(piece -> hear(text, piece, onText)));
                });
            } finally {
                client.close();
            }
            return new Told(
                    text.toString(),
                    whole.chatCompletion().choices().getFirst().finishReason().asString(),
                    stopped.toString(),
                    whole.chatCompletion().usage().orElseThrow().completionTokens());
        }
    },

    COMPLETIONS("length") {
        @Override
        Told read(String address, String key, String model, Runnable onText) {
            StringBuilder text = new StringBuilder();
            StringBuilder finish = new StringBuilder();
            StringBuilder stopped = new StringBuilder();
            OpenAIClient client = openAi(address, key);
            try (StreamResponse<Completion> chunks = client.completions()
                    .createStreaming(CompletionCreateParams.builder()
                            .model(model)
                            .prompt(PROMPT)
                            .build())) {
                chunks.stream().forEach(chunk -> {
                    note(stopped, chunk._additionalProperties().get(MEMBER));
                    chunk.choices().forEach(choice -> {
                        hear(text, choice.text(), onText);
                        choice._finishReason().asKnown().ifPresent(reason -> finish.append(reason.asString()));
                    });
                });
            } finally {
                client.close();
            }
            return new Told(text.toString(), finish.toString(), stopped.toString(), -1);
        }
    },

    RESPONSES("max_output_tokens") {
        @Override
        Told read(String address, String key, String model, Runnable onText) {
            ResponseAccumulator whole = ResponseAccumulator.create();
            StringBuilder deltas = new StringBuilder();
            OpenAIClient client = openAi(address, key);
            try (StreamResponse<ResponseStreamEvent> events = client.responses()
                    .createStreaming(ResponseCreateParams.builder()
                            .model(model)
                            .input(PROMPT)
                            .build())) {
                events.stream().forEach(event -> {
                    whole.accumulate(event);
                    event.outputTextDelta().ifPresent(delta -> hear(deltas, delta.delta(), onText));
                });
            } finally {
                client.close();
            }
            Response response = whole.response();
            StringBuilder text = new StringBuilder();
            response.output()
                    .forEach(item -> item.message()
                            .ifPresent(message -> message.content()
                                    .forEach(content ->
                                            content.outputText().ifPresent(part -> text.append(part.text())))));
            if (!text.toString().contentEquals(deltas)) {
                throw new AssertionError("the deltas say '" + deltas + "', the end says '" + text + "'");
            }
            StringBuilder stopped = new StringBuilder();
            note(stopped, response._additionalProperties().get(MEMBER));
            return new Told(
                    text.toString(),
                    response.incompleteDetails()
                            .orElseThrow()
                            .reason()
                            .orElseThrow()
                            .asString(),
                    stopped.toString(),
                    response.usage().orElseThrow().outputTokens());
        }
    },

    ANTHROPIC("max_tokens") {
        @Override
        Told read(String address, String key, String model, Runnable onText) {
            MessageAccumulator whole = MessageAccumulator.create();
            StringBuilder text = new StringBuilder();
            StringBuilder stopped = new StringBuilder();
            com.anthropic.client.AnthropicClient client = AnthropicOkHttpClient.builder()
                    .baseUrl(address)
                    .apiKey(key)
                    .timeout(TIMEOUT)
                    .build();
            try (com.anthropic.core.http.StreamResponse<RawMessageStreamEvent> events = client.messages()
                    .createStreaming(MessageCreateParams.builder()
                            .model(model)
                            .maxTokens(4000)
                            .addUserMessage(PROMPT)
                            .build())) {
                events.stream().forEach(event -> {
                    whole.accumulate(event);
                    event.contentBlockDelta()
                            .flatMap(delta -> delta.delta().text())
                            .ifPresent(piece -> hear(text, piece.text(), onText));
                    event.messageDelta()
                            .ifPresent(delta ->
                                    note(stopped, delta._additionalProperties().get(MEMBER)));
                });
            } finally {
                client.close();
            }
            return new Told(
                    text.toString(),
                    whole.message().stopReason().orElseThrow().asString(),
                    stopped.toString(),
                    whole.message().usage().outputTokens());
        }
    },

    GEMINI("MAX_TOKENS") {
        /** This library shows no members that it does not know. */
        @Override
        Told read(String address, String key, String model, Runnable onText) {
            StringBuilder text = new StringBuilder();
            String finish = "";
            long outputTokens = -1;
            try (com.google.genai.Client client = com.google.genai.Client.builder()
                            .apiKey(key)
                            .httpOptions(HttpOptions.builder()
                                    .baseUrl(address)
                                    .timeout((int) TIMEOUT.toMillis())
                                    .build())
                            .build();
                    ResponseStream<GenerateContentResponse> chunks = client.models.generateContentStream(
                            model, PROMPT, GenerateContentConfig.builder().build())) {
                for (GenerateContentResponse chunk : chunks) {
                    chunk.candidates()
                            .orElseThrow()
                            .forEach(candidate -> candidate
                                    .content()
                                    .flatMap(Content::parts)
                                    .ifPresent(parts -> parts.forEach(
                                            part -> part.text().ifPresent(piece -> hear(text, piece, onText)))));
                    finish = chunk.candidates()
                            .orElseThrow()
                            .getFirst()
                            .finishReason()
                            .map(Object::toString)
                            .orElse(finish);
                    outputTokens = chunk.usageMetadata()
                            .flatMap(usage -> usage.candidatesTokenCount()
                                    .map(said ->
                                            said + usage.thoughtsTokenCount().orElse(0)))
                            .map(Integer::longValue)
                            .orElse(outputTokens);
                }
            }
            return new Told(text.toString(), finish, null, outputTokens);
        }
    };

    private static final String PROMPT = "Grüß Gott";
    private static final String MEMBER = "sluice";
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final String lengthReason;

    SdkCaller(String lengthReason) {
        this.lengthReason = lengthReason;
    }

    /**
     * What the library says at the end of a stream.
     *
     * @param stoppedBy who stopped it; null where the library does not show that
     * @param outputTokens -1 where nobody told it
     */
    record Told(String text, String finish, @Nullable String stoppedBy, long outputTokens) {}

    /**
     * Reads a stream to its end.
     *
     * @param onText called for each piece of text that the library hands out
     */
    abstract Told read(String address, String key, String model, Runnable onText);

    /** The library's word for an answer that was allowed no more tokens. */
    String lengthReason() {
        return lengthReason;
    }

    /** How many events the library wants to have beside the one that it hands out. */
    int readAhead() {
        return this == GEMINI ? 1 : 0;
    }

    private static OpenAIClient openAi(String address, String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(address + "/v1")
                .apiKey(key)
                .timeout(TIMEOUT)
                .build();
    }

    private static void hear(StringBuilder text, String piece, Runnable onText) {
        if (!piece.isEmpty()) {
            text.append(piece);
            onText.run();
        }
    }

    private static void note(StringBuilder stopped, com.openai.core.@Nullable JsonValue value) {
        if (value != null) {
            stopped.append(value.convert(Map.class).get("stopped_by"));
        }
    }

    private static void note(StringBuilder stopped, com.anthropic.core.@Nullable JsonValue value) {
        if (value != null) {
            stopped.append(value.convert(Map.class).get("stopped_by"));
        }
    }
}
