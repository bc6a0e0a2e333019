package dev.sluice.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.codec.dialect.ErrorKind;
import java.util.Arrays;
import java.util.List;

/** A dialect that callers speak: how it asks, and what errors look like in it. */
enum CallerFormat {
    CHAT("chat.completions", "[DONE]"),
    RESPONSES("responses", "response.completed"),
    ANTHROPIC("messages", "message_stop"),
    GEMINI("gemini.generate_content", "finishReason");

    static final ObjectMapper JSON = new ObjectMapper();

    private final String endpoint;
    private final String endMarker;

    CallerFormat(String endpoint, String endMarker) {
        this.endpoint = endpoint;
        this.endMarker = endMarker;
    }

    /** As usage rows name it. */
    String endpoint() {
        return endpoint;
    }

    /** What stands nowhere but in an answer that is finished. */
    String endMarker() {
        return endMarker;
    }

    /** Whether the provider gets, and gives, the very bytes. */
    boolean isNative(ProviderFormat provider) {
        return switch (this) {
            case CHAT -> provider == ProviderFormat.OPENAI;
            case RESPONSES -> provider == ProviderFormat.RESPONSES;
            case ANTHROPIC -> provider == ProviderFormat.ANTHROPIC;
            case GEMINI -> provider == ProviderFormat.GEMINI;
        };
    }

    /** Whether a provider of that format serves it at all: Responses are served as they are, or not. */
    boolean isServedBy(ProviderFormat provider) {
        return provider != ProviderFormat.RESPONSES || this == RESPONSES;
    }

    /** A question without a key. */
    Call ask(String model, boolean stream) {
        return Call.post(path(model, stream), question(model, stream));
    }

    String path(String model, boolean stream) {
        return switch (this) {
            case CHAT -> "/v1/chat/completions";
            case RESPONSES -> "/v1/responses";
            case ANTHROPIC -> "/v1/messages";
            case GEMINI ->
                "/v1beta/models/" + model.replace("/", "%2F")
                        + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
        };
    }

    String question(String model, boolean stream) {
        String who = "\"model\":\"" + model + "\",\"stream\":" + stream;
        return switch (this) {
            case CHAT -> "{" + who + ",\"messages\":[{\"role\":\"user\",\"content\":\"Grüß Gott\"}]}";
            case RESPONSES -> "{" + who + ",\"input\":\"Grüß Gott\"}";
            case ANTHROPIC ->
                "{" + who + ",\"max_tokens\":500,\"messages\":[{\"role\":\"user\",\"content\":\"Grüß Gott\"}]}";
            case GEMINI -> "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"Grüß Gott\"}]}]}";
        };
    }

    /** The key where this dialect's libraries put theirs. */
    Call key(Call call, String key) {
        return switch (this) {
            case CHAT, RESPONSES -> call.key(key);
            case ANTHROPIC -> call.with("x-api-key", key);
            case GEMINI -> call.with("x-goog-api-key", key);
        };
    }

    /** An error answer of this dialect, whole; returns its sentence. */
    String assertRefused(Answer answer, ErrorKind kind) {
        assertThat(answer.status()).as("status of %s", answer).isEqualTo(kind.httpStatus());
        assertThat(answer.field("content-type")).startsWith("application/json");
        return assertError(json(answer.text()), kind);
    }

    /**
     * A stream of this dialect that was begun and broke off: its last event tells of {@code kind}, and nothing says that it
     * is finished. Returns the sentence.
     */
    String assertBrokenOff(Answer answer, ErrorKind kind) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("content-type")).startsWith("text/event-stream");
        assertThat(answer.text()).doesNotContain(endMarker, "\"finish_reason\":\"");
        List<String> last = lastEvent(answer.text());
        JsonNode error = json(last.getLast().substring("data: ".length()));
        switch (this) {
            case CHAT, GEMINI -> assertThat(last).hasSize(1);
            case RESPONSES, ANTHROPIC -> assertThat(last).hasSize(2).first().isEqualTo("event: error");
        }
        if (this != RESPONSES) {
            return assertError(error, kind);
        }
        assertThat(error.path("type").asText()).isEqualTo("error");
        assertThat(error.path("code").asText()).isEqualTo(kind.code());
        assertThat(error.path("sequence_number").isInt()).isTrue();
        return sentence(error);
    }

    /** The lines of the last event of a stream; the stream ends with it, whole. */
    static List<String> lastEvent(String stream) {
        assertThat(stream).endsWith("\n");
        List<String> events = Arrays.asList(stream.split("\r?\n\r?\n", -1));
        assertThat(events.getLast()).isEmpty();
        return events.get(events.size() - 2).lines().toList();
    }

    private String assertError(JsonNode body, ErrorKind kind) {
        JsonNode error = body.path("error");
        switch (this) {
            case CHAT, RESPONSES -> {
                assertThat(error.path("code").asText()).isEqualTo(kind.code());
                assertThat(error.path("type").asText()).isNotEmpty();
                assertThat(error.has("param")).isTrue();
            }
            case ANTHROPIC -> {
                assertThat(body.path("type").asText()).isEqualTo("error");
                assertThat(error.path("type").asText()).isEqualTo(anthropicType(kind));
            }
            case GEMINI -> {
                assertThat(error.path("code").asInt()).isEqualTo(kind.httpStatus());
                assertThat(error.path("status").asText()).isEqualTo(geminiStatus(kind));
            }
        }
        return sentence(error);
    }

    private static String sentence(JsonNode error) {
        assertThat(error.path("message").asText()).isNotBlank();
        return error.path("message").asText();
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + text, e);
        }
    }

    private static String anthropicType(ErrorKind kind) {
        return switch (kind.code()) {
            case "invalid_request_error" -> "invalid_request_error";
            case "invalid_api_key" -> "authentication_error";
            case "model_not_allowed" -> "permission_error";
            case "model_not_found" -> "not_found_error";
            case "rate_limit_exceeded" -> "rate_limit_error";
            case "overloaded" -> "overloaded_error";
            case "upstream_error", "upstream_auth" -> "api_error";
            case "upstream_timeout" -> "timeout_error";
            default -> throw new AssertionError("not thought of: " + kind);
        };
    }

    private static String geminiStatus(ErrorKind kind) {
        return switch (kind.code()) {
            case "invalid_request_error" -> "INVALID_ARGUMENT";
            case "invalid_api_key" -> "UNAUTHENTICATED";
            case "model_not_allowed" -> "PERMISSION_DENIED";
            case "model_not_found" -> "NOT_FOUND";
            case "rate_limit_exceeded" -> "RESOURCE_EXHAUSTED";
            case "overloaded" -> "UNAVAILABLE";
            case "upstream_error", "upstream_auth" -> "INTERNAL";
            case "upstream_timeout" -> "DEADLINE_EXCEEDED";
            default -> throw new AssertionError("not thought of: " + kind);
        };
    }
}
