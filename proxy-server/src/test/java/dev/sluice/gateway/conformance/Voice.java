package dev.sluice.gateway.conformance;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** How a provider of one wire format says a {@link Scenario}, and that it cannot. */
public interface Voice {

    String streamType();

    /** The pieces of a stream, each written on its own. */
    List<byte[]> stream(Scenario scenario);

    /** A whole answer. */
    String body(Scenario scenario);

    /** What stands in a stream in place of all that should follow: the provider is overloaded. */
    byte[] failure(String sentence);

    /** The body of an answer with an error status. */
    String refusal(int status, String sentence);

    /** How {@code format} is spoken, by the name that {@link ConformanceProvider} gives it. */
    static Voice of(String format) {
        return switch (format) {
            case "openai" -> new OpenAiVoice();
            case "responses" -> new ResponsesVoice();
            case "anthropic" -> new AnthropicVoice();
            case "gemini" -> new GeminiVoice();
            case "bedrock" -> new BedrockVoice();
            case "ollama" -> new OllamaVoice();
            default -> throw new IllegalArgumentException("nobody speaks '" + format + "'");
        };
    }

    /** A JSON string literal. */
    static String quoted(String text) {
        StringBuilder literal = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> literal.append("\\\"");
                case '\\' -> literal.append("\\\\");
                case '\n' -> literal.append("\\n");
                default -> literal.append(c);
            }
        }
        return literal.append('"').toString();
    }

    static List<byte[]> bytes(List<String> pieces) {
        List<byte[]> bytes = new ArrayList<>();
        for (String piece : pieces) {
            bytes.add(piece.getBytes(StandardCharsets.UTF_8));
        }
        return bytes;
    }
}
