package dev.sluice.codec;

import dev.sluice.codec.dialect.Endpoint;
import java.util.List;
import java.util.SplittableRandom;

/** Random whole answers of providers. */
final class Bodies {
    static final List<Endpoint> ENDPOINTS =
            List.of(Endpoint.CHAT_COMPLETIONS, Endpoint.MESSAGES, Endpoint.GENERATE_CONTENT, Endpoint.RESPONSES);

    private Bodies() {}

    static String random(Endpoint endpoint, SplittableRandom random) {
        if (random.nextInt(10) == 0) {
            return "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"too much, "
                    + random.nextInt(9) + "\",\"code\":529}}";
        }
        String said = random.nextInt(10) == 0
                ? "A long answer that goes on, with 12345 words. ".repeat(3_000)
                : "Some words \\u00e9 and numbers " + random.nextLong() + " \u4e2d\u6587 \\ud83d\\ude00.";
        String usage = random.nextInt(1_000) + "";
        return switch (endpoint) {
            case CHAT_COMPLETIONS -> chat(random, said, usage);
            case MESSAGES ->
                "{\"id\":\"msg_" + usage + "\",\"type\":\"message\",\"model\":\"c-" + random.nextInt(3)
                        + "\",\"content\":[{\"type\":"
                        + "\"text\",\"text\":\"" + said
                        + "\"},{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"f\",\"input\":{\"a\":"
                        + usage + "}}],\"stop_reason\":\"tool_use\",\"usage\":{\"input_tokens\":" + usage
                        + ",\"output_tokens\":3,\"cache_read_input_tokens\":2}}";
            case GENERATE_CONTENT ->
                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" + said + "\"}]},\"finishReason\":\""
                        + (random.nextBoolean() ? "STOP" : "SAFETY") + "\"}],\"modelVersion\":\"g\",\"usageMetadata\":{"
                        + "\"promptTokenCount\":" + usage + ",\"candidatesTokenCount\":5}}";
            default ->
                "{\"id\":\"resp_" + usage
                        + "\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"o\",\"output\":[{"
                        + "\"type\":\"message\",\"id\":\"i\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\""
                        + said + "\"}]}],\"usage\":{\"input_tokens\":" + usage + ",\"output_tokens\":9}}";
        };
    }

    private static String chat(SplittableRandom random, String said, String usage) {
        StringBuilder body =
                new StringBuilder("{\"id\":\"chatcmpl-").append(usage).append("\",\"model\":\"m\",\"choices\":[");
        int choices = 1 + random.nextInt(3);
        for (int i = 0; i < choices; i++) {
            body.append(i == 0 ? "" : ",")
                    .append("{\"index\":")
                    .append(i)
                    .append(",\"message\":{\"role\":\"assistant\"");
            if (random.nextInt(3) == 0) {
                body.append(",\"reasoning_content\":\"Thinking of ")
                        .append(usage)
                        .append("\"");
            }
            if (random.nextInt(3) == 0) {
                body.append(",\"tool_calls\":[{\"id\":\"c")
                        .append(i)
                        .append("\",\"type\":\"function\",\"function\":{\"name\":")
                        .append("\"look\",\"arguments\":\"{\\\"a\\\":")
                        .append(usage)
                        .append("}\"}}]");
            }
            body.append(",\"content\":\"").append(said).append("\"},\"finish_reason\":\"");
            body.append(List.of("stop", "length", "tool_calls", "content_filter", "error")
                    .get(random.nextInt(5)));
            body.append("\"}");
        }
        return body.append("],\"service_tier\":\"default\",\"usage\":{\"prompt_tokens\":")
                .append(usage)
                .append(",\"completion_tokens\":")
                .append(random.nextInt(99))
                .append("}}")
                .toString();
    }
}
