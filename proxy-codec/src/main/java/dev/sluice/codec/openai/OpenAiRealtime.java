package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.RealtimeDialect;
import dev.sluice.codec.dialect.RealtimeReader;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** OpenAI's realtime sessions, and those of hosts that speak like it. Thread: any. */
final class OpenAiRealtime implements RealtimeDialect {
    private final @Nullable String azureVersion;

    /** @param azureVersion a dated version of Azure's API, where deployments are named; null everywhere else */
    OpenAiRealtime(@Nullable String azureVersion) {
        this.azureVersion = azureVersion;
    }

    @Override
    public String path(String model) {
        String name = URLEncoder.encode(model, StandardCharsets.UTF_8);
        return azureVersion == null
                ? "/realtime?model=" + name
                : "/realtime?api-version=" + azureVersion + "&deployment=" + name;
    }

    @Override
    public RealtimeReader newReader() {
        return new OpenAiRealtimeUsage();
    }
}
