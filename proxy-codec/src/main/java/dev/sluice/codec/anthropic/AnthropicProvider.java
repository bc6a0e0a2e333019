package dev.sluice.codec.anthropic;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A provider that speaks Anthropic's dialect. Thread: any. */
public final class AnthropicProvider implements ProviderDialect {
    private static final Map<String, String> HEADERS = Map.of("anthropic-version", "2023-06-01");

    @Override
    public String name() {
        return "anthropic";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.ANTHROPIC;
    }

    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return switch (asked.operation()) {
            case CHAT -> Endpoint.MESSAGES;
            case COUNT_TOKENS -> asked == Endpoint.MESSAGES_COUNT_TOKENS ? asked : null;
            case EMBED, MODERATE -> null;
        };
    }

    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        if (endpoint == Endpoint.MESSAGES) {
            return "/v1/messages";
        }
        if (endpoint == Endpoint.MESSAGES_COUNT_TOKENS) {
            return "/v1/messages/count_tokens";
        }
        throw new IllegalArgumentException(name() + " does not serve " + endpoint);
    }

    @Override
    public Map<String, String> headers() {
        return HEADERS;
    }

    @Override
    public String credentialHeader() {
        return "x-api-key";
    }

    @Override
    public String credentialValue(String apiKey) {
        return apiKey;
    }

    /** Usage comes unasked. */
    @Override
    public boolean acceptsUsageRequest() {
        return false;
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return AnthropicAnswer.of(endpoint, stream, events);
    }

    @Override
    public ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return AnthropicChatWriter.write(request, model, allocator);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return AnthropicError.read(body).toGatewayError(httpStatus);
    }
}
