package dev.sluice.codec.ollama;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Ollama by its own interface; only here it can be told how large a context to keep, and how long. Thread: any. */
public final class OllamaProvider implements ProviderDialect {

    @Override
    public String name() {
        return "ollama";
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OLLAMA;
    }

    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return switch (asked.operation()) {
            case CHAT -> Endpoint.OLLAMA_CHAT;
            case EMBED -> Endpoint.OLLAMA_EMBED;
            case MODERATE, COUNT_TOKENS -> null;
        };
    }

    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        if (endpoint != Endpoint.OLLAMA_CHAT && endpoint != Endpoint.OLLAMA_EMBED) {
            throw new IllegalArgumentException(name() + " does not serve " + endpoint);
        }
        return endpoint == Endpoint.OLLAMA_CHAT ? "/api/chat" : "/api/embed";
    }

    /** Asked for by Ollama's own cloud, and by what stands before a local one. */
    @Override
    public String credentialHeader() {
        return "authorization";
    }

    @Override
    public String credentialValue(String apiKey) {
        return "Bearer " + apiKey;
    }

    /** Every answer reports. */
    @Override
    public boolean acceptsUsageRequest() {
        return false;
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return new OllamaAnswer(endpoint, stream, events);
    }

    @Override
    public String streamContentType() {
        return "application/x-ndjson";
    }

    @Override
    public FrameReader newFrames(FrameReader.Listener listener) {
        return new NdjsonFrames(listener);
    }

    @Override
    public ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return OllamaChatWriter.write(request, model, allocator);
    }

    @Override
    public ProviderRequest writeEmbeddings(EmbeddingRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return OllamaEmbeddings.write(request, model, allocator);
    }

    @Override
    public @Nullable Embeddings readEmbeddings(ByteBuf body) {
        return OllamaEmbeddings.read(body);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return OllamaError.read(httpStatus, body);
    }
}
