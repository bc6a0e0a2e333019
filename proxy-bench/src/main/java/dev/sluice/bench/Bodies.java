package dev.sluice.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;

/** Request bodies of the sizes that gateways see, the same in every run. Thread: benchmark. */
final class Bodies {
    private static final String SENTENCE = "The quick brown fox jumps over the lazy dog, \\\"naïvely\\\" and twice.\\n";

    private Bodies() {}

    /** A body of the named sort, in direct memory as from a socket. */
    static ByteBuf named(String name) {
        String body = switch (name) {
            case "chat190B" -> chat("\"Say hello to the world in three languages, please.\"");
            case "turns4KB" -> turns(18);
            case "prompt100KB" -> chat("\"" + SENTENCE.repeat(100_000 / SENTENCE.length()) + "\"");
            case "image1MB" ->
                chat("[{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                        + "iVBORw0KGgoAAAANSUhEUgAA".repeat(1_000_000 / 24) + "\"}}]");
            default -> throw new IllegalArgumentException(name);
        };
        return PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(body.getBytes(UTF_8));
    }

    private static String chat(String content) {
        return "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"system\",\"content\":\"You are terse.\"},"
                + "{\"role\":\"user\",\"content\":" + content + "}],\"temperature\":0.7,\"stream\":true}";
    }

    private static String turns(int count) {
        StringBuilder body = new StringBuilder("{\"model\":\"gpt-4o-mini\",\"stream\":true,\"messages\":[");
        for (int i = 0; i < count; i++) {
            body.append(i == 0 ? "" : ",")
                    .append("{\"role\":\"")
                    .append(i % 2 == 0 ? "user" : "assistant")
                    .append("\",\"content\":\"")
                    .append(SENTENCE.repeat(3))
                    .append("\"}");
        }
        return body.append("]}").toString();
    }
}
