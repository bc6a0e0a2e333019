package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the coding agents send reaches a provider of their own dialect byte for byte, with all that their headers say, and
 * what it answers comes back byte for byte: known events, unknown ones, padding and all.
 */
final class NativeShapesIT {
    private static final Map<String, String> CLAUDE_CODE = NativeShapes.CLAUDE_CODE_FIELDS;

    private static Rig rig;

    @BeforeAll
    static void start() throws Exception {
        rig = Rig.start(Rig.with("""
                          claude:
                            dialect: anthropic
                            base_url: "${PROVIDER_URL}/claude"
                            api_key: "${PROVIDER_KEY}"
                            allow_private: true
                          google:
                            dialect: gemini
                            base_url: "${PROVIDER_URL}/google"
                            api_key: "${PROVIDER_KEY}"
                            allow_private: true
                        """, """
                          "claude-*": claude/*
                          "gpt-*": scripted/*
                          "gemini-*": google/*
                          mapped-claude: claude/claude-mapped
                          mapped-gpt: scripted/gpt-mapped
                          mapped-gemini: google/gemini-mapped
                        """), Map.of());
    }

    @AfterAll
    static void stop() throws Exception {
        rig.close();
    }

    private static Call keyed(Call call, Map<String, String> fields) {
        for (Map.Entry<String, String> field : fields.entrySet()) {
            call.with(field.getKey(), field.getValue());
        }
        return call.with("x-request-id", "it-" + java.util.UUID.randomUUID());
    }

    /** Everything but what is of the hop or secret has arrived as it was sent. */
    private static void assertArrived(ReceivedRequest received, Map<String, String> fields) {
        for (Map.Entry<String, String> field : fields.entrySet()) {
            assertThat(received.fields().all(field.getKey())).as(field.getKey()).containsExactly(field.getValue());
        }
        assertThat(received.fields().all("accept-encoding")).containsExactly("identity");
        assertThat(received.fields().all("content-length")).containsExactly(String.valueOf(received.body().length));
        assertThat(received.fields().names())
                .doesNotContain("cookie", "x-forwarded-for", "transfer-encoding", "x-request-id");
        assertThat(received.head()).doesNotContain(rig.key());
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void claudeCodeReachesAnthropic(Protocol protocol) throws Exception {
        String model = rig.scripts()
                .addAs(
                        "claude-",
                        Script.of(
                                Script.head(200, NativeShapes.ANTHROPIC_ANSWER_FIELDS),
                                Script.send(NativeShapes.ANTHROPIC_STREAM.getBytes(UTF_8), Split.random(7, 40)),
                                Script.end()));
        String body = NativeShapes.claudeCode(model);
        assertThat(body.length()).isGreaterThan(200_000);
        Call call = keyed(Call.post("/v1/messages?beta=true", body), CLAUDE_CODE)
                .with("x-api-key", rig.key())
                .with("accept-encoding", "gzip, deflate, br, zstd")
                .with("anthropic-beta", "claude-code-20250219,interleaved-thinking-2025-05-14")
                .with("anthropic-beta", "fine-grained-tool-streaming-2025-05-14")
                .with("cookie", "session=callers")
                .with("x-forwarded-for", "10.1.2.3");

        Answer answer = protocol.call(rig.address(), call);

        ReceivedRequest received = rig.scripts().only(model);
        assertThat(received.head()).startsWith("POST /v1/claude/v1/messages?beta=true HTTP/1.1\r\n");
        assertThat(received.body()).isEqualTo(body.getBytes(UTF_8));
        assertArrived(received, CLAUDE_CODE);
        assertThat(received.fields().all("anthropic-beta"))
                .containsExactly(
                        "claude-code-20250219,interleaved-thinking-2025-05-14",
                        "fine-grained-tool-streaming-2025-05-14");
        assertThat(received.fields().all("x-api-key")).containsExactly(Rig.PROVIDER_KEY);
        assertThat(received.fields().names()).doesNotContain("authorization");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo(NativeShapes.ANTHROPIC_STREAM);
        assertThat(answer.complete()).isTrue();
        assertThat(answer.field("request-id")).isEqualTo("req_of_anthropic");
        assertThat(answer.field("x-upstream-request-id")).isEqualTo("req_of_anthropic");
        assertThat(answer.field("anthropic-beta")).isEqualTo("interleaved-thinking-2025-05-14");
        assertThat(answer.field("anthropic-ratelimit-tokens-remaining")).isEqualTo("79000");
        assertThat(answer.field("anthropic-ratelimit-unified-status")).isEqualTo("allowed");
        assertThat(answer.fields().names()).doesNotContain("anthropic-organization-id", "cf-ray", "set-cookie");
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.text("endpoint")).isEqualTo("messages");
        assertThat(row.text("provider")).isEqualTo("claude");
        assertThat(row.text("provider_request_id")).isEqualTo("req_of_anthropic");
        assertThat(row.number("input_tokens")).isEqualTo(12L + 3000 + 500);
        assertThat(row.number("cached_tokens")).isEqualTo(3000L);
        assertThat(row.number("cache_write_tokens")).isEqualTo(500L);
        assertThat(row.number("output_tokens")).isEqualTo(31L);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void codexReachesOpenAi(Protocol protocol) throws Exception {
        String model = rig.scripts()
                .addAs(
                        "gpt-",
                        Script.of(
                                Script.head(
                                        200,
                                        "content-type",
                                        "text/event-stream; charset=utf-8",
                                        "x-request-id",
                                        "req_of_openai",
                                        "openai-processing-ms",
                                        "88",
                                        "openai-model",
                                        "gpt-served"),
                                Script.send(NativeShapes.RESPONSES_STREAM.getBytes(UTF_8), Split.random(3, 60)),
                                Script.end()));
        String body = NativeShapes.codex(model);
        Call call = keyed(Call.post("/v1/responses", body).key(rig.key()), NativeShapes.CODEX_FIELDS)
                .with("chatgpt-account-id", "account-of-the-caller");

        Answer answer = protocol.call(rig.address(), call);

        ReceivedRequest received = rig.scripts().only(model);
        assertThat(received.head()).startsWith("POST /v1/responses HTTP/1.1\r\n");
        assertThat(received.body()).isEqualTo(body.getBytes(UTF_8));
        assertArrived(received, NativeShapes.CODEX_FIELDS);
        assertThat(received.fields().all("authorization")).containsExactly("Bearer " + Rig.PROVIDER_KEY);
        assertThat(received.fields().names()).doesNotContain("chatgpt-account-id");
        assertThat(answer.text()).isEqualTo(NativeShapes.RESPONSES_STREAM);
        assertThat(answer.complete()).isTrue();
        assertThat(answer.field("openai-model")).isEqualTo("gpt-served");
        assertThat(answer.field("x-upstream-request-id")).isEqualTo("req_of_openai");
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.text("endpoint")).isEqualTo("responses");
        assertThat(row.text("usage_source")).isEqualTo("provider");
        assertThat(row.number("input_tokens")).isEqualTo(2048L);
        assertThat(row.number("cached_tokens")).isEqualTo(1024L);
        assertThat(row.number("output_tokens")).isEqualTo(40L);
        assertThat(row.number("reasoning_tokens")).isEqualTo(25L);
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void geminiCliReachesGoogle(Protocol protocol) throws Exception {
        String model = rig.scripts()
                .addAs(
                        "gemini-",
                        Script.of(
                                Script.head(200, "content-type", "text/event-stream"),
                                Script.send(NativeShapes.GEMINI_STREAM.getBytes(UTF_8), Split.random(5, 50)),
                                Script.end()));
        Call call = keyed(
                Call.post(
                        "/v1beta/models/" + model + ":streamGenerateContent?key=" + rig.key()
                                + "&alt=sse&%24alt=json%3Benum-encoding%3Dint",
                        NativeShapes.GEMINI_REQUEST),
                NativeShapes.GEMINI_FIELDS);

        Answer answer = protocol.call(rig.address(), call);

        ReceivedRequest received = rig.scripts().only(model);
        assertThat(received.path())
                .isEqualTo("/v1/google/v1beta/models/" + model
                        + ":streamGenerateContent?alt=sse&%24alt=json%3Benum-encoding%3Dint");
        assertThat(received.body()).isEqualTo(NativeShapes.GEMINI_REQUEST.getBytes(UTF_8));
        assertArrived(received, NativeShapes.GEMINI_FIELDS);
        assertThat(received.fields().all("x-goog-api-key")).containsExactly(Rig.PROVIDER_KEY);
        assertThat(answer.text()).isEqualTo(NativeShapes.GEMINI_STREAM);
        assertThat(answer.complete()).isTrue();
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.text("endpoint")).isEqualTo("gemini.generate_content");
        assertThat(row.number("input_tokens")).isEqualTo(30L);
        assertThat(row.number("output_tokens")).isEqualTo(5L + 9);
        assertThat(row.number("reasoning_tokens")).isEqualTo(9L);
    }

    /** In the order of the body's bytes: nothing but the name of the model is another. */
    @ParameterizedTest
    @EnumSource(Protocol.class)
    void ofAMappedModelTheNameAloneIsSpliced(Protocol protocol) throws Exception {
        rig.scripts().put("claude-mapped", Script.json(200, NativeShapes.ANTHROPIC_WHOLE));
        rig.scripts().put("gpt-mapped", Script.json(200, NativeShapes.RESPONSES_WHOLE));
        rig.scripts().put("gemini-mapped", Script.json(200, NativeShapes.GEMINI_WHOLE));
        rig.scripts().forget();
        String claude = NativeShapes.claudeCode("mapped-claude").replace("\"stream\":true", "\"stream\" : false");
        String codex = NativeShapes.codex("mapped-gpt").replace("\"stream\":true", "\"stream\" : false");

        Answer fromClaude = protocol.call(
                rig.address(), keyed(Call.post("/v1/messages?beta=true", claude).key(rig.key()), CLAUDE_CODE));
        Answer fromGpt = protocol.call(
                rig.address(), keyed(Call.post("/v1/responses", codex).key(rig.key()), NativeShapes.CODEX_FIELDS));
        Answer fromGemini = protocol.call(
                rig.address(),
                keyed(
                        Call.post("/v1beta/models/mapped-gemini:generateContent", NativeShapes.GEMINI_REQUEST)
                                .with("x-goog-api-key", rig.key()),
                        NativeShapes.GEMINI_FIELDS));

        assertThat(fromClaude.text()).isEqualTo(NativeShapes.ANTHROPIC_WHOLE);
        assertThat(fromGpt.text()).isEqualTo(NativeShapes.RESPONSES_WHOLE);
        assertThat(fromGemini.text()).isEqualTo(NativeShapes.GEMINI_WHOLE);
        assertThat(rig.scripts().only("claude-mapped").text())
                .isEqualTo(claude.replace("\"mapped-claude\"", "\"claude-mapped\""));
        assertThat(rig.scripts().only("gpt-mapped").text())
                .isEqualTo(codex.replace("\"mapped-gpt\"", "\"gpt-mapped\""));
        assertThat(rig.scripts().only("gemini-mapped").text()).isEqualTo(NativeShapes.GEMINI_REQUEST);
        assertThat(rig.scripts().only("gemini-mapped").path())
                .isEqualTo("/v1/google/v1beta/models/gemini-mapped:generateContent");
    }

    @Test
    void tokensAreCountedByTheProviderThatCan() throws Exception {
        String claude = rig.scripts().addAs("claude-", Script.json(200, "{ \"input_tokens\" : 2095 }"));
        String gemini = rig.scripts().addAs("gemini-", Script.json(200, "{\n  \"totalTokens\": 31\n}\n"));
        String body = "{\"model\":\"" + claude
                + "\",\"system\":\"s\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"tools\":[]}";
        Call ofClaude =
                keyed(Call.post("/v1/messages/count_tokens?beta=true", body).key(rig.key()), CLAUDE_CODE);
        Call ofGemini = keyed(
                Call.post("/v1beta/models/" + gemini + ":countTokens", NativeShapes.GEMINI_REQUEST)
                        .key(rig.key()),
                NativeShapes.GEMINI_FIELDS);

        Answer counted = rig.answer(ofClaude);
        Answer countedByGemini = rig.answer(ofGemini);

        assertThat(counted.text()).isEqualTo("{ \"input_tokens\" : 2095 }");
        assertThat(counted.fields().names()).doesNotContain("x-sluice-token-count");
        assertThat(rig.scripts().only(claude).text()).isEqualTo(body);
        assertThat(rig.scripts().only(claude).path()).isEqualTo("/v1/claude/v1/messages/count_tokens?beta=true");
        assertThat(countedByGemini.text()).isEqualTo("{\n  \"totalTokens\": 31\n}\n");
        assertThat(rig.scripts().only(gemini).text()).isEqualTo(NativeShapes.GEMINI_REQUEST);
        assertThat(rig.row(ofClaude).status()).isEqualTo("ok");
        assertThat(rig.row(ofClaude).text("endpoint")).isEqualTo("messages.count_tokens");
        assertThat(rig.row(ofGemini).text("endpoint")).isEqualTo("gemini.count_tokens");
    }

    /** {@code :streamGenerateContent} without {@code alt=sse} answers with one array of all events. */
    @Test
    void aStreamOfGeminisThatIsNoEventStreamIsAnArray() throws Exception {
        String array = "[" + String.join("\n,\r\n", List.of(NativeShapes.GEMINI_EVENTS)) + "\n]\n";
        String model = rig.scripts().addAs("gemini-", Script.json(200, array));
        Call call = keyed(
                Call.post("/v1beta/models/" + model + ":streamGenerateContent", NativeShapes.GEMINI_REQUEST)
                        .key(rig.key()),
                NativeShapes.GEMINI_FIELDS);

        Answer answer = rig.answer(call);

        assertThat(rig.scripts().only(model).path())
                .isEqualTo("/v1/google/v1beta/models/" + model + ":streamGenerateContent");
        assertThat(answer.text()).isEqualTo(array);
        assertThat(answer.field("content-type")).isEqualTo("application/json");
        UsageRow row = rig.row(call);
        assertThat(row.status()).isEqualTo("ok");
        assertThat(row.number("output_tokens")).isEqualTo(14L);
    }

    /** What the provider itself says about a bad request is told in its own bytes, too. */
    @Test
    void aRefusalOfTheProvidersIsTheProvidersOwn() throws Exception {
        String refusal = "{\"type\":\"error\", \"error\":{\"type\":\"invalid_request_error\",\"message\":"
                + "\"messages.1: `tool_use` ids were found without `tool_result` blocks\"},\"request_id\":\"req_9\"}";
        String model = rig.scripts().addAs("claude-", Script.json(400, refusal, "request-id", "req_9"));
        Call call = keyed(
                Call.post("/v1/messages", NativeShapes.claudeCode(model)).with("x-api-key", rig.key()), CLAUDE_CODE);

        Answer answer = rig.answer(call);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text()).isEqualTo(refusal);
        assertThat(answer.field("request-id")).isEqualTo("req_9");
        assertThat(rig.row(call).status()).isEqualTo("upstream_error");
        assertThat(rig.row(call).number("http_status")).isEqualTo(400L);
    }
}
