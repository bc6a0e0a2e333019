package dev.sluice.codec.openai;

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
import dev.sluice.codec.dialect.RealtimeDialect;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A provider that speaks OpenAI's dialect, with the quirks of its host. Thread: any.
 *
 * <p>Azure has two forms of it. In the one called v1 the path is everybody's. In the older ones, whose versions are dates,
 * the path names the deployment, which is the model, and the query the version.
 */
public final class OpenAiProvider implements ProviderDialect {
    private static final Map<Endpoint, String> PATHS = Map.of(
            Endpoint.CHAT_COMPLETIONS, "/chat/completions",
            Endpoint.COMPLETIONS, "/completions",
            Endpoint.EMBEDDINGS, "/embeddings",
            Endpoint.MODERATIONS, "/moderations");

    private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    /** The first version of Azure's that knows {@code stream_options} and {@code max_completion_tokens}. */
    private static final String FIRST_WITH_OPTIONS = "2024-09-01";

    private final OpenAiQuirks quirks;
    /** A date, of Azure's older forms; null with everybody else. */
    private final @Nullable String datedVersion;

    public OpenAiProvider(OpenAiQuirks quirks) {
        this(quirks, null);
    }

    private OpenAiProvider(OpenAiQuirks quirks, @Nullable String datedVersion) {
        this.quirks = quirks;
        this.datedVersion = datedVersion;
    }

    /** The same at this version of the host's interface; only Azure's has some that differ. */
    public OpenAiProvider withApiVersion(@Nullable String apiVersion) {
        if (apiVersion == null || !quirks.name().equals("azure") || !isDated(apiVersion)) {
            return this;
        }
        OpenAiQuirks older = apiVersion.compareTo(FIRST_WITH_OPTIONS) < 0
                ? quirks.without(OpenAiProviderHabit.USAGE_REQUEST, OpenAiProviderHabit.MAX_COMPLETION_TOKENS)
                : quirks;
        return new OpenAiProvider(older, apiVersion);
    }

    /** Whether it is a date, perhaps with {@code -preview} behind it. */
    private static boolean isDated(String apiVersion) {
        return !apiVersion.isEmpty() && apiVersion.charAt(0) >= '0' && apiVersion.charAt(0) <= '9';
    }

    @Override
    public String name() {
        return quirks.name();
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI;
    }

    /** A legacy completion is a chat where the host has no endpoint for it. */
    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return switch (asked.operation()) {
            case CHAT ->
                asked == Endpoint.COMPLETIONS && quirks.has(OpenAiProviderHabit.COMPLETIONS)
                        ? asked
                        : Endpoint.CHAT_COMPLETIONS;
            case EMBED -> quirks.has(OpenAiProviderHabit.EMBEDDINGS) ? Endpoint.EMBEDDINGS : null;
            case MODERATE -> quirks.has(OpenAiProviderHabit.MODERATIONS) ? Endpoint.MODERATIONS : null;
            case COUNT_TOKENS -> null;
        };
    }

    /** The version is part of the base URL, but for dated ones: hosts put it in different places. */
    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        String path = PATHS.get(endpoint);
        if (path == null) {
            throw new IllegalArgumentException(name() + " does not serve " + endpoint);
        }
        if (datedVersion == null) {
            return path;
        }
        return "/openai/deployments/" + encoded(model) + path + "?api-version=" + encoded(datedVersion);
    }

    /** As a segment of a path: all but letters, digits and four marks are escaped (RFC 3986, section 2.3). */
    private static String encoded(String segment) {
        StringBuilder encoded = new StringBuilder(segment.length());
        for (byte next : segment.getBytes(StandardCharsets.UTF_8)) {
            if (UNRESERVED.indexOf(next) >= 0) {
                encoded.append((char) next);
            } else {
                encoded.append('%').append(HEX.toHexDigits(next));
            }
        }
        return encoded.toString();
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
        return quirks.has(OpenAiProviderHabit.USAGE_REQUEST);
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return OpenAiAnswer.of(stream, endpoint == Endpoint.COMPLETIONS, events);
    }

    @Override
    public RealtimeDialect realtime() {
        return new OpenAiRealtime(datedVersion);
    }

    @Override
    public ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        return OpenAiChatWriter.write(request, quirks, model, allocator);
    }

    @Override
    public ProviderRequest writeEmbeddings(EmbeddingRequest request, String model, ByteBufAllocator allocator) {
        return OpenAiProviderEmbeddings.write(request, quirks, model, allocator);
    }

    @Override
    public @Nullable Embeddings readEmbeddings(ByteBuf body) {
        return OpenAiProviderEmbeddings.read(body);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return OpenAiError.read(body).toGatewayError(httpStatus);
    }
}
