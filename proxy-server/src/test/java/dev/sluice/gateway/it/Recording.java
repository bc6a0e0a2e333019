package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What a provider sends that was asked for usage, and what of it a caller gets who was not interested in usage. */
final class Recording {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final byte[] sent;
    private final byte[] plain;

    private Recording(byte[] sent, byte[] plain) {
        this.sent = sent;
        this.plain = plain;
    }

    static Recording ofResource(String name) throws IOException {
        byte[] sent = StreamReplayIT.resource(name + ".sse");
        boolean same = Recording.class.getResource("/streams/" + name + ".plain.sse") == null;
        return new Recording(sent, same ? sent : StreamReplayIT.resource(name + ".plain.sse"));
    }

    /**
     * Reads {@code .chunks.txt} as one payload a line, and what begins like an event stream as it is; null when it is no
     * stream of this dialect. The usage report is found with a JSON library, so not in the way of the code under test.
     */
    static @Nullable Recording ofFile(Path file) throws IOException {
        String text = new String(Files.readAllBytes(file), UTF_8);
        if (file.getFileName().toString().endsWith(".chunks.txt")) {
            return ofPayloads(text);
        }
        return text.startsWith("data:") || text.startsWith(":") ? ofEvents(text) : null;
    }

    private static @Nullable Recording ofPayloads(String lines) throws IOException {
        StringBuilder sent = new StringBuilder();
        StringBuilder plain = new StringBuilder();
        boolean ours = false;
        for (String line : lines.lines().filter(line -> !line.isBlank()).toList()) {
            JsonNode payload = JSON.readTree(line);
            ours |= payload.path("choices").isArray();
            String event = "data: " + line + "\n\n";
            sent.append(event);
            plain.append(isUsageReport(payload) ? "" : event);
        }
        String done = Words.DONE;
        return ours ? new Recording((sent + done).getBytes(UTF_8), (plain + done).getBytes(UTF_8)) : null;
    }

    private static @Nullable Recording ofEvents(String events) throws IOException {
        StringBuilder plain = new StringBuilder();
        boolean ours = false;
        int from = 0;
        while (from < events.length()) {
            int end = events.indexOf("\n\n", from);
            end = end < 0 ? events.length() : end + 2;
            String event = events.substring(from, end);
            String data = event.startsWith("data: ") ? event.substring(6).strip() : "";
            JsonNode payload = data.startsWith("{") ? JSON.readTree(data) : JSON.createObjectNode();
            ours |= payload.path("choices").isArray();
            plain.append(isUsageReport(payload) ? "" : event);
            from = end;
        }
        return ours ? new Recording(events.getBytes(UTF_8), plain.toString().getBytes(UTF_8)) : null;
    }

    private static boolean isUsageReport(JsonNode payload) {
        return payload.path("choices").isArray()
                && payload.path("choices").isEmpty()
                && payload.path("usage").isObject();
    }

    byte[] sent() {
        return sent.clone();
    }

    byte[] plain() {
        return plain.clone();
    }

    boolean reportsUsage() {
        return new String(sent, UTF_8).contains("\"usage\":{");
    }

    String path() {
        return new String(sent, UTF_8).contains("\"text_completion\"") ? "/v1/completions" : "/v1/chat/completions";
    }

    String request(String model, boolean usage) {
        String options = usage ? "\"stream_options\":{\"include_usage\":true}," : "";
        String question = path().equals("/v1/completions")
                ? "\"prompt\":\"Once\""
                : "\"messages\":[{\"role\":\"user\",\"content\":\"Once\"}]";
        return "{\"model\":\"" + model + "\",\"stream\":true," + options + question + "}";
    }
}
