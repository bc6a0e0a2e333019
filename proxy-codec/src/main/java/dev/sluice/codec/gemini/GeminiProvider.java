package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.ProviderRequest;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A provider that speaks Google's dialect: the Gemini API, or Vertex AI. Thread: any. */
public final class GeminiProvider implements ProviderDialect {
    /** In the order in which they are shown to operators. */
    public static final List<GeminiProvider> ROWS = List.of(
            new GeminiProvider("gemini", "/v1beta/", "x-goog-api-key", "", /* vertex= */ false),
            // The base URL names version, project and location, and ends in /publishers/google.
            new GeminiProvider("vertex", "/", "authorization", "Bearer ", /* vertex= */ true));

    private final String name;
    private final String pathPrefix;
    private final String credentialHeader;
    private final String credentialPrefix;
    private final boolean vertex;

    private GeminiProvider(
            String name, String pathPrefix, String credentialHeader, String credentialPrefix, boolean vertex) {
        this.name = name;
        this.pathPrefix = pathPrefix;
        this.credentialHeader = credentialHeader;
        this.credentialPrefix = credentialPrefix;
        this.vertex = vertex;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.GEMINI;
    }

    /** Vertex has vectors only in a form of its own ({@code :predict}), which is not spoken here. */
    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        boolean own = asked.wireFormat() == WireFormat.GEMINI;
        return switch (asked.operation()) {
            case CHAT -> own ? asked : Endpoint.GENERATE_CONTENT;
            case EMBED -> vertex ? null : own ? asked : Endpoint.BATCH_EMBED_CONTENTS;
            case COUNT_TOKENS -> own ? asked : null;
            case MODERATE -> null;
        };
    }

    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        String method = switch (endpoint) {
            case GENERATE_CONTENT -> stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
            case GENERATE_CONTENT_ARRAY -> ":streamGenerateContent";
            case GEMINI_COUNT_TOKENS -> ":countTokens";
            case EMBED_CONTENT -> ":embedContent";
            case BATCH_EMBED_CONTENTS -> ":batchEmbedContents";
            case CHAT_COMPLETIONS,
                    COMPLETIONS,
                    EMBEDDINGS,
                    MODERATIONS,
                    RESPONSES,
                    MESSAGES,
                    MESSAGES_COUNT_TOKENS,
                    CONVERSE,
                    OLLAMA_CHAT,
                    OLLAMA_EMBED -> throw new IllegalArgumentException(name + " does not serve " + endpoint);
        };
        return pathPrefix + GeminiModel.of(model).inPath() + method;
    }

    @Override
    public String credentialHeader() {
        return credentialHeader;
    }

    @Override
    public String credentialValue(String apiKey) {
        return credentialPrefix + apiKey;
    }

    /** There is nothing to ask for: every event reports. */
    @Override
    public boolean acceptsUsageRequest() {
        return false;
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return GeminiAnswer.of(stream, events);
    }

    @Override
    public ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return GeminiChatWriter.write(request, GeminiModel.of(model), vertex, allocator);
    }

    @Override
    public ProviderRequest writeEmbeddings(EmbeddingRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return GeminiVectors.write(request, GeminiModel.of(model), allocator);
    }

    @Override
    public @Nullable Embeddings readEmbeddings(ByteBuf body) {
        return GeminiVectors.read(body);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return GeminiError.read(body).toGatewayError(httpStatus);
    }
}
