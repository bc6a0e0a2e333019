package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;

/** Whether a stream has what ends an answer: looked for in its text, without any reader. */
final class Terminal {
    private Terminal() {}

    /** False for certain where there is nothing that could end the answer well. */
    static boolean isIn(ProviderStream stream) {
        String text = new String(stream.bytes(), ISO_8859_1);
        List<String> marks = switch (stream.endpoint().wireFormat()) {
            case OPENAI -> List.of("[DONE]", "\"finish_reason\":\"", "\"finish_reason\": \"");
            case OPENAI_RESPONSES -> List.of("response.completed", "response.incomplete");
            case ANTHROPIC -> List.of("message_stop");
            case GEMINI -> List.of("\"finishReason\":", "\"blockReason\":");
            case BEDROCK -> List.of("stopReason");
            case OLLAMA -> List.of("\"done\":true", "\"done\": true");
        };
        return marks.stream().anyMatch(text::contains);
    }
}
