package dev.sluice.codec.openai;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.RealtimeDialect;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A provider that speaks OpenAI's dialect, with the quirks of its host. Thread: any. */
public final class OpenAiProvider implements ProviderDialect {
    private static final Map<Endpoint, String> PATHS = Map.of(
            Endpoint.CHAT_COMPLETIONS, "/chat/completions",
            Endpoint.COMPLETIONS, "/completions",
            Endpoint.EMBEDDINGS, "/embeddings",
            Endpoint.MODERATIONS, "/moderations");

    private static final RealtimeDialect REALTIME = new OpenAiRealtime(null);

    private final OpenAiQuirks quirks;

    public OpenAiProvider(OpenAiQuirks quirks) {
        this.quirks = quirks;
    }

    @Override
    public String name() {
        return quirks.name();
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI;
    }

    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return switch (asked.operation()) {
            case CHAT -> asked == Endpoint.COMPLETIONS ? asked : Endpoint.CHAT_COMPLETIONS;
            case EMBED -> Endpoint.EMBEDDINGS;
            case MODERATE -> Endpoint.MODERATIONS;
            case COUNT_TOKENS -> null;
        };
    }

    /** The version is part of the base URL: hosts put it in different places. */
    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        String path = PATHS.get(endpoint);
        if (path == null) {
            throw new IllegalArgumentException(name() + " does not serve " + endpoint);
        }
        return path;
    }

    @Override
    public String credentialHeader() {
        return quirks.credentialHeader();
    }

    @Override
    public String credentialValue(String apiKey) {
        return quirks.credentialPrefix() + apiKey;
    }

    @Override
    public boolean acceptsUsageRequest() {
        return quirks.acceptsUsageRequest();
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return new OpenAiAnswer(stream, events);
    }

    @Override
    public RealtimeDialect realtime() {
        return REALTIME;
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return OpenAiError.read(body).toGatewayError(httpStatus);
    }
}
