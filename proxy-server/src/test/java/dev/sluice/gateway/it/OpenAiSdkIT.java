package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.errors.UnprocessableEntityException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageToolCall;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.models.Model;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.moderations.ModerationCreateResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The official SDK as the caller: what it accepts is the standard. Its own retries are off, so calls can be counted. */
final class OpenAiSdkIT {
    private static Rig rig;
    private static final List<OpenAIClient> clients = new ArrayList<>();
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with("", "  \"allowed-one\": scripted/plain\n  listed: scripted/plain"), Map.of());
        client = clientWith(rig.key());
    }

    @AfterAll
    static void stop() throws Exception {
        clients.forEach(OpenAIClient::close);
        rig.close();
    }

    private static OpenAIClient clientWith(String key) {
        OpenAIClient made = OpenAIOkHttpClient.builder()
                .baseUrl("http://127.0.0.1:" + rig.address().getPort() + "/v1")
                .apiKey(key)
                .maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
        clients.add(made);
        return made;
    }

    private static ChatCompletionCreateParams.Builder ask(String model) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage("Grüß Gott");
    }

    private static ChatCompletionCreateParams question(Script script) {
        return ask(rig.model(script)).build();
    }

    @Test
    void answersAChat() {
        ChatCompletion answer = client.chat().completions().create(question(Script.json(200, Words.COMPLETION)));

        assertThat(answer.choices().getFirst().message().content()).contains("Guten Tag");
        assertThat(answer.usage().orElseThrow().totalTokens()).isEqualTo(16);
    }

    @Test
    void streamsTextWithoutAUsageReportThatNobodyAskedFor() {
        List<ChatCompletionChunk> chunks = stream(question(Script.sse(Words.STREAM)));

        assertThat(text(chunks)).isEqualTo("Guten Tag");
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.usage()).isEmpty());
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.choices()).isNotEmpty());
    }

    @Test
    void streamsUsageToThoseWhoAsk() {
        List<ChatCompletionChunk> chunks = stream(ask(rig.model(Script.sse(Words.STREAM)))
                .streamOptions(
                        ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build());

        assertThat(text(chunks)).isEqualTo("Guten Tag");
        assertThat(chunks.getLast().usage().orElseThrow().completionTokens()).isEqualTo(7);
    }

    private static List<ChatCompletionChunk> stream(ChatCompletionCreateParams question) {
        try (StreamResponse<ChatCompletionChunk> chunks =
                client.chat().completions().createStreaming(question)) {
            return new ArrayList<>(chunks.stream().toList());
        }
    }

    private static String text(List<ChatCompletionChunk> chunks) {
        StringBuilder text = new StringBuilder();
        for (ChatCompletionChunk chunk : chunks) {
            for (ChatCompletionChunk.Choice choice : chunk.choices()) {
                text.append(choice.delta().content().orElse(""));
            }
        }
        return text.toString();
    }

    @Test
    void answersWithOneToolCall() {
        String answer = Words.COMPLETION.replace(
                "\"content\":\"Guten Tag\"",
                "\"content\":null,\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
                        + "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Köln\\\"}\"}}]");

        ChatCompletion completion = client.chat().completions().create(question(Script.json(200, answer)));

        ChatCompletionMessageToolCall call = completion
                .choices()
                .getFirst()
                .message()
                .toolCalls()
                .orElseThrow()
                .getFirst();
        assertThat(call.asFunction().id()).isEqualTo("call_1");
        assertThat(call.asFunction().function().arguments()).isEqualTo("{\"city\":\"Köln\"}");
    }

    @Test
    void streamsParallelToolCalls() throws Exception {
        String events = new String(StreamReplayIT.resource("openai-tools.sse"), StandardCharsets.UTF_8);
        Map<Long, String> arguments = new TreeMap<>();
        List<String> names = new ArrayList<>();

        for (ChatCompletionChunk chunk : stream(question(Script.sse(events)))) {
            for (ChatCompletionChunk.Choice choice : chunk.choices()) {
                choice.delta().toolCalls().orElse(List.of()).forEach(call -> {
                    call.function().flatMap(function -> function.name()).ifPresent(names::add);
                    arguments.merge(
                            call.index(),
                            call.function()
                                    .flatMap(function -> function.arguments())
                                    .orElse(""),
                            String::concat);
                });
            }
        }

        assertThat(names).containsExactly("weather", "clock");
        assertThat(arguments).isEqualTo(Map.of(0L, "{\"city\":\"Köln\"}", 1L, "{}"));
    }

    @Test
    void answersALegacyCompletion() {
        String body = """
                {"id":"cmpl-1","object":"text_completion","created":1,"model":"m","choices":[{"text":" upon","index":0,\
                "logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""";

        Completion completion = client.completions()
                .create(CompletionCreateParams.builder()
                        .model(rig.model(Script.json(200, body)))
                        .prompt("Once")
                        .build());

        assertThat(completion.choices().getFirst().text()).isEqualTo(" upon");
    }

    @Test
    void answersEmbeddings() {
        String body = """
                {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25]},\
                {"object":"embedding","index":1,"embedding":[1.0,0.0]}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}""";

        CreateEmbeddingResponse answer = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model(rig.model(Script.json(200, body)))
                        .inputOfArrayOfStrings(List.of("a", "b"))
                        .build());

        assertThat(answer.data()).hasSize(2);
        assertThat(answer.data().getFirst().embedding()).containsExactly(0.5f, -0.25f);
    }

    @Test
    void answersModerations() {
        String body = "{\"id\":\"modr-1\",\"model\":\"m\",\"results\":[{\"flagged\":true,\"categories\":{},"
                + "\"category_scores\":{},\"category_applied_input_types\":{}}]}";

        ModerationCreateResponse answer = client.moderations()
                .create(ModerationCreateParams.builder()
                        .model(rig.model(Script.json(200, body)))
                        .input("hm")
                        .build());

        assertThat(answer.results().getFirst().flagged()).isTrue();
    }

    @Test
    void listsAndRetrievesTheModelsThatAKeyMayUse() {
        List<String> all =
                client.models().list().autoPager().stream().map(Model::id).toList();
        assertThat(all).contains("listed", "allowed-one");
        assertThat(client.models().retrieve("listed").id()).isEqualTo("listed");
        OpenAIClient few = clientWith(rig.fewKey());
        assertThat(few.models().list().autoPager().stream().map(Model::id).toList())
                .containsExactly("allowed-one");
        assertThatThrownBy(() -> few.models().retrieve("listed"))
                .isInstanceOfAny(NotFoundException.class, PermissionDeniedException.class);
        assertThatThrownBy(() -> client.models().retrieve("nowhere")).isInstanceOf(NotFoundException.class);
    }

    // One error of each kind.

    @Test
    void aWrongKeyIsUnauthorized() {
        OpenAIClient stranger = clientWith("sk-nobody");
        UnauthorizedException error = catchThrowableOfType(
                UnauthorizedException.class,
                () -> stranger.chat().completions().create(ask("listed").build()));
        assertThat(error.code()).contains("invalid_api_key");
    }

    @Test
    void aModelThatTheKeyMayNotUseIsDenied() {
        OpenAIClient few = clientWith(rig.fewKey());
        PermissionDeniedException error = catchThrowableOfType(
                PermissionDeniedException.class,
                () -> few.chat().completions().create(ask("listed").build()));
        assertThat(error.code()).contains("model_not_allowed");
    }

    @Test
    void anUnknownModelIsNotFound() {
        NotFoundException error = catchThrowableOfType(
                NotFoundException.class,
                () -> client.chat().completions().create(ask("nowhere").build()));
        assertThat(error.code()).contains("model_not_found");
    }

    @Test
    void theProvidersBadRequestKeepsItsMessage() {
        Script script = Script.json(
                400,
                "{\"error\":{\"message\":\"temperature must be below 2\",\"type\":\"invalid_request_error\","
                        + "\"param\":\"temperature\",\"code\":\"decimal_above_max_value\"}}");
        BadRequestException error = catchThrowableOfType(
                BadRequestException.class, () -> client.chat().completions().create(question(script)));
        assertThat(error.getMessage()).contains("temperature");
        assertThat(error.param()).contains("temperature");
    }

    @Test
    void anUnprocessableRequestIsUnprocessable() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(question(Script.json(422, Words.error("unknown field", "invalid_request_error")))))
                .isInstanceOf(UnprocessableEntityException.class);
    }

    @Test
    void aRateLimitTellsWhenToComeBack() {
        Script script = Script.json(429, Words.error("slow down", "requests"), "retry-after", "7");
        RateLimitException error = catchThrowableOfType(
                RateLimitException.class, () -> client.chat().completions().create(question(script)));
        assertThat(error.headers().values("retry-after")).containsExactly("7");
    }

    @Test
    void theProvidersFailuresAreServerErrors() {
        for (int status : new int[] {500, 502, 503, 529}) {
            Script script = Script.json(status, Words.error("we are broken", "server_error"));
            assertThatThrownBy(() -> client.chat().completions().create(question(script)))
                    .as("provider's status " + status)
                    .isInstanceOf(InternalServerException.class);
        }
    }

    /** The caller's key is fine; that the operator's is not must not look as if it were the caller's fault. */
    @Test
    void theProvidersRefusalOfOurKeyIsNotTheCallersFault() {
        for (int status : new int[] {401, 403}) {
            Script script = Script.json(status, Words.error("Incorrect API key provided: " + Rig.PROVIDER_KEY, "auth"));
            InternalServerException error = catchThrowableOfType(
                    InternalServerException.class,
                    () -> client.chat().completions().create(question(script)));
            assertThat(error.statusCode()).isEqualTo(502);
            assertThat(error.code()).contains("upstream_auth");
            assertThat(error.getMessage()).doesNotContain(Rig.PROVIDER_KEY);
        }
    }

    @Test
    void anErrorInMidStreamRaises() {
        Script script = Script.sse(
                Words.ROLE + Words.text("Hel") + "data: " + Words.error("overloaded", "server_error") + "\n\n");
        assertThatThrownBy(() -> stream(question(script)))
                .isInstanceOf(OpenAIException.class)
                .hasMessageContaining("overloaded");
    }

    @Test
    void aTruncatedStreamRaises() {
        Script script = Script.of(Script.sseHead(), Script.send(Words.ROLE + Words.text("Hel")), Script.reset());
        assertThatThrownBy(() -> stream(question(script))).isInstanceOf(OpenAIException.class);
    }

    @Test
    void aCallIsMadeOnce() {
        String model = rig.scripts().add(Script.json(500, Words.error("no", "server_error")));
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(ask("scripted/" + model).build()))
                .isInstanceOf(InternalServerException.class);
        assertThat(rig.scripts().requests(model)).hasSize(1);
    }
}
