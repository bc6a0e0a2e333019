package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ProviderDialect;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A stream that a provider has sent, or might send. */
final class ProviderStream {
    private final String name;
    private final ProviderDialect dialect;
    private final Endpoint endpoint;
    private final byte[] bytes;

    private ProviderStream(String name, Endpoint endpoint, byte[] bytes) {
        this.name = name;
        this.dialect = dialect(endpoint);
        this.endpoint = endpoint;
        this.bytes = bytes;
    }

    /** @param endpoint at which it was answered: one of chats, in any wire format */
    static ProviderStream of(String name, Endpoint endpoint, byte[] bytes) {
        return new ProviderStream(name, endpoint, bytes);
    }

    /** Server-sent events of payloads; with their types as names, where the dialect names its events. */
    static ProviderStream ofPayloads(String name, Endpoint endpoint, List<String> payloads) {
        StringBuilder events = new StringBuilder();
        String lineEnd = endpoint == Endpoint.GENERATE_CONTENT ? "\r\n" : "\n";
        for (String payload : payloads) {
            if (endpoint == Endpoint.MESSAGES || endpoint == Endpoint.RESPONSES) {
                events.append("event: ").append(type(payload)).append(lineEnd);
            }
            events.append("data: ").append(payload).append(lineEnd).append(lineEnd);
        }
        return new ProviderStream(name, endpoint, events.toString().getBytes(UTF_8));
    }

    static ProviderDialect dialect(Endpoint endpoint) {
        String provider = switch (endpoint.wireFormat()) {
            case OPENAI, OPENAI_RESPONSES -> "openai";
            case ANTHROPIC -> "anthropic";
            case GEMINI -> "gemini";
            case BEDROCK -> "bedrock";
            case OLLAMA -> "ollama";
        };
        return Dialects.provider(provider, Dialects.HostOptions.NONE).stream()
                .filter(dialect -> dialect.wireFormat() == endpoint.wireFormat())
                .findFirst()
                .orElseThrow();
    }

    ProviderDialect dialect() {
        return dialect;
    }

    Endpoint endpoint() {
        return endpoint;
    }

    byte[] bytes() {
        return bytes;
    }

    boolean isServerSentEvents() {
        return dialect.streamContentType().equals(ProviderDialect.EVENT_STREAM);
    }

    /** The first {@code length} bytes of it. */
    ProviderStream truncated(int length) {
        return new ProviderStream(name + " cut at " + length, endpoint, Arrays.copyOf(bytes, length));
    }

    /** Where events end; for frames of other kinds, places near where they do. */
    List<Integer> eventEnds() {
        List<Integer> ends = new ArrayList<>();
        String text = new String(bytes, ISO_8859_1);
        for (int i = 1; i < bytes.length; i++) {
            boolean end = isServerSentEvents() ? endsEvent(text, i) : i % 61 == 0 || text.charAt(i - 1) == '\n';
            if (end) {
                ends.add(i);
            }
        }
        return ends;
    }

    @Override
    public String toString() {
        return name;
    }

    private static boolean endsEvent(String text, int end) {
        return text.startsWith("\n\n", end - 2)
                || text.startsWith("\r\r", end - 2)
                || text.startsWith("\r\n\r\n", end - 4);
    }

    /** The first string that is called type: it stands at the top in all that has been recorded. */
    private static String type(String payload) {
        int at = payload.indexOf("\"type\":\"");
        int from = at + "\"type\":\"".length();
        return at < 0 ? "message" : payload.substring(from, payload.indexOf('"', from));
    }
}
