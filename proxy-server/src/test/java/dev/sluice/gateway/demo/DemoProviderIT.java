package dev.sluice.gateway.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.moderations.ModerationCreateParams;
import com.openai.models.moderations.ModerationCreateResponse;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The official client talks to the demo provider over a socket: what it accepts is the dialect. */
@Timeout(60)
class DemoProviderIT {
    private static final String CANARY = "canary-prompt";

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private DemoProvider provider;
    private OpenAIClient client;

    @BeforeEach
    void start() throws IOException {
        provider = DemoProvider.start(loops, NioServerSocketChannel::new, Duration.ofMillis(1));
        client = clientWith(provider.apiKey().reveal());
    }

    @AfterEach
    void stop() throws InterruptedException {
        client.close();
        provider.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void streamsItsAnswerWordByWordWithUsageAtTheEnd() {
        List<ChatCompletionChunk> chunks;
        try (StreamResponse<ChatCompletionChunk> stream = client.chat()
                .completions()
                .createStreaming(chat().streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            chunks = stream.stream().toList();
        }

        String text = text(chunks);
        ChatCompletionChunk last = chunks.get(chunks.size() - 1);
        assertThat(text).startsWith("Hello from Sluice!").contains("demo provider", "OPENAI_API_KEY");
        assertThat(text).doesNotContain(CANARY).doesNotContain("  ");
        assertThat(chunks).hasSize(text.split(" ", -1).length + 3);
        assertThat(last.choices()).isEmpty();
        assertThat(last.usage().orElseThrow().completionTokens()).isEqualTo(text.split(" ", -1).length);
        assertThat(last.usage().orElseThrow().promptTokens()).isEqualTo(3);
        assertThat(provider.openStreams()).isZero();
    }

    @Test
    void reportsNoUsageInAStreamThatDidNotAskForIt() {
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(chat().build())) {
            assertThat(stream.stream().toList()).allMatch(chunk -> chunk.usage().isEmpty());
        }
    }

    @Test
    void answersAsAWholeAndHonoursMaxTokens() {
        ChatCompletion answer =
                client.chat().completions().create(chat().maxCompletionTokens(3).build());

        assertThat(answer.model()).isEqualTo("demo");
        assertThat(answer.choices()).singleElement().satisfies(choice -> {
            assertThat(choice.message().content()).hasValue("Hello from Sluice!");
            assertThat(choice.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.LENGTH);
        });
        assertThat(answer.usage().orElseThrow().totalTokens()).isEqualTo(6);
    }

    @Test
    void speaksTheOlderCompletionsToo() {
        CompletionCreateParams params =
                CompletionCreateParams.builder().model("demo").prompt(CANARY).build();

        String whole = client.completions().create(params).choices().get(0).text();
        StringBuilder streamed = new StringBuilder();
        try (var stream = client.completions().createStreaming(params)) {
            stream.stream()
                    .forEach(chunk -> streamed.append(chunk.choices().get(0).text()));
        }

        assertThat(whole).startsWith("Hello from Sluice!").doesNotContain(CANARY);
        assertThat(streamed).hasToString(whole);
    }

    @Test
    void embedsTheSameTextTheSameWay() {
        CreateEmbeddingResponse base64 = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("demo")
                        .inputOfArrayOfStrings(List.of("a", "b", "a"))
                        .dimensions(8)
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64)
                        .build());
        CreateEmbeddingResponse floats = client.embeddings()
                .create(EmbeddingCreateParams.builder()
                        .model("demo")
                        .input("a")
                        .dimensions(8)
                        .encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());

        List<Float> first = base64.data().get(0).embedding();
        assertThat(base64.data()).hasSize(3);
        assertThat(first).hasSize(8).isEqualTo(base64.data().get(2).embedding());
        assertThat(first).isNotEqualTo(base64.data().get(1).embedding());
        assertThat(floats.data().get(0).embedding()).isEqualTo(first);
        assertThat(first.stream().mapToDouble(value -> value * value).sum()).isCloseTo(1, within(1e-5));
    }

    @Test
    void flagsNothingAndListsItsModel() {
        ModerationCreateResponse judged = client.moderations()
                .create(ModerationCreateParams.builder().input("text").build());

        assertThat(judged.results()).singleElement().satisfies(result -> {
            assertThat(result.flagged()).isFalse();
            assertThat(result.categories().selfHarmIntent()).isFalse();
            assertThat(result.categoryScores().violence()).isZero();
        });
        assertThat(client.models().list().data())
                .singleElement()
                .satisfies(model -> assertThat(model.id()).isEqualTo("demo"));
        assertThat(client.models().retrieve("demo").ownedBy()).isEqualTo("sluice");
    }

    @Test
    void servesOnlyItsOwnProcess() {
        try (DemoProvider other = DemoProvider.start(loops, NioServerSocketChannel::new)) {
            assertThat(other.apiKey()).isNotEqualTo(provider.apiKey());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        OpenAIClient stranger = clientWith("demo");

        assertThat(provider.baseUri().getHost()).isEqualTo("127.0.0.1");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void knowsNoOtherModel() {
        assertThatThrownBy(() -> client.chat()
                        .completions()
                        .create(chat().model("gpt-4o").build()))
                .isInstanceOf(NotFoundException.class);
    }

    @Test
    void stopsWorkingForAClientThatHungUp() throws IOException {
        String body = "{\"model\":\"demo\",\"stream\":true}";
        try (DemoProvider slow = DemoProvider.start(loops, NioServerSocketChannel::new, Duration.ofHours(1))) {
            String request = "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer "
                    + slow.apiKey().reveal() + "\r\ncontent-length: " + body.length() + "\r\n\r\n" + body;
            try (Socket socket = new Socket(
                            InetAddress.getLoopbackAddress(), slow.baseUri().getPort());
                    BufferedReader answer = new BufferedReader(
                            new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
                assertThat(answer.readLine()).isEqualTo("HTTP/1.1 200 OK");
                await().until(() -> slow.openStreams() == 1);
            }
            await().until(() -> slow.openStreams() == 0);
        }
    }

    private OpenAIClient clientWith(String apiKey) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(provider.baseUri().toString())
                .apiKey(apiKey)
                .maxRetries(0)
                .build();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder().model("demo").addUserMessage(CANARY + " two three");
    }

    private static String text(List<ChatCompletionChunk> chunks) {
        StringBuilder text = new StringBuilder();
        for (ChatCompletionChunk chunk : chunks) {
            chunk.choices().forEach(choice -> choice.delta().content().ifPresent(text::append));
        }
        return text.toString();
    }
}
