package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.RealtimeDialect;
import dev.sluice.codec.dialect.RealtimeReader;
import dev.sluice.codec.json.JsonWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** OpenAI's realtime sessions, and those of hosts that speak like it. Thread: any. */
final class OpenAiRealtime implements RealtimeDialect {
    private static final String UNRESERVED = "-._~";
    private static final String HEX = "0123456789ABCDEF";

    private final @Nullable String azureVersion;

    /** @param azureVersion a dated version of Azure's API, where deployments are named; null everywhere else */
    OpenAiRealtime(@Nullable String azureVersion) {
        this.azureVersion = azureVersion;
    }

    @Override
    public String path(String model) {
        String name = encoded(model);
        return azureVersion == null
                ? "/realtime?model=" + name
                : "/openai/realtime?api-version=" + azureVersion + "&deployment=" + name;
    }

    /** As a value in a query (RFC 3986, 2.1): everything but the unreserved characters as bytes of UTF-8. */
    private static String encoded(String text) {
        StringBuilder result = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
                result.append(c);
            } else {
                result.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            }
        }
        return result.toString();
    }

    @Override
    public String errorEvent(String code, String message) {
        return new JsonWriter()
                .beginObject()
                .name("type")
                .string("error")
                .name("event_id")
                .string("event_" + code)
                .name("error")
                .beginObject()
                .name("type")
                .string("invalid_request_error")
                .name("code")
                .string(code)
                .name("message")
                .string(message)
                .name("param")
                .string(null)
                .name("event_id")
                .string(null)
                .endObject()
                .endObject()
                .toString();
    }

    @Override
    public RealtimeReader newReader() {
        return new OpenAiRealtimeUsage();
    }
}
