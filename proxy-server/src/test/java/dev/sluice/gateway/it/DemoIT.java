package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Without any provider the demo answers whoever asks, in whatever dialect. */
final class DemoIT {
    private static final String NO_PROVIDERS = """
            server: { listen: "127.0.0.1:0", threads: 1, drain: 2s, drain_delay: 0s }
            admin: { listen: "127.0.0.1:0" }
            auth: { mode: keys }
            database: { url: "${DATABASE_URL}" }
            data_dir: "${DATA_DIR}"
            keys:
              - { name: all, hash: "${KEY_HASH}" }
            """;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(NO_PROVIDERS, Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        /v1/chat/completions | {"model":"demo","messages":[{"role":"user","content":"Hello"}]} | "object":"chat.completion"
        /v1/responses | {"model":"demo","input":"Hello"} | "status":"completed"
        /v1/messages | {"model":"demo","max_tokens":500,"messages":[{"role":"user","content":"Hello"}]} | "stop_reason":"end_turn"
        /v1beta/models/demo:generateContent | {"contents":[{"parts":[{"text":"Hello"}]}]} | "finishReason":"STOP"
        """)
    void answersInTheCallersDialect(String path, String body, String part) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + rig.address().getPort() + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("authorization", "Bearer " + rig.key())
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).contains(part);
        }
    }
}
