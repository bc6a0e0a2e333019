package dev.sluice.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Locale;

/** What providers send, in bytes. */
public final class Answers {

    /** The head of an event stream; {@link #chunk}s follow, and {@link #LAST_CHUNK}. */
    public static final String STREAM_HEAD = """
            HTTP/1.1 200 OK\r
            content-type: text/event-stream\r
            transfer-encoding: chunked\r
            \r
            """;

    public static final String LAST_CHUNK = "0\r\n\r\n";

    public static final String ROLE =
            "data: {\"object\":\"chat.completion.chunk\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n";
    public static final String FINISH =
            "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    public static final String USAGE =
            "data: {\"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n";
    public static final String DONE = "data: [DONE]\n\n";
    public static final String ERROR_EVENT =
            "data: {\"error\":{\"message\":\"no more capacity\",\"type\":\"server_error\",\"code\":503}}\n\n";

    public static final String WHOLE =
            "{\"object\":\"chat.completion\",\"model\":\"m-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}";

    private Answers() {}

    /** An event with generated text. */
    public static String delta(String text) {
        return "data: {\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text
                + "\"}}]}\n\n";
    }

    /** {@code text} as one chunk of the transfer coding. */
    public static String chunk(String text) {
        return Integer.toHexString(text.getBytes(UTF_8).length) + "\r\n" + text + "\r\n";
    }

    /** A whole stream in one read: role, text, finish, usage, end marker. */
    public static String stream(String text) {
        return STREAM_HEAD + chunk(ROLE + delta(text) + FINISH + USAGE + DONE) + LAST_CHUNK;
    }

    public static String json(int status, String body) {
        return json(status, body, "");
    }

    /** @param headers more header lines, each with its line end */
    public static String json(int status, String body, String headers) {
        return String.format(
                Locale.ROOT,
                "HTTP/1.1 %d Whatever\r\ncontent-type: application/json\r\ncontent-length: %d\r\n%s\r\n%s",
                status,
                body.getBytes(UTF_8).length,
                headers,
                body);
    }
}
