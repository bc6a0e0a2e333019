package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A dialect that providers speak: where requests go, how they are signed, how answers are read. Thread: any. */
public interface ProviderDialect {

    /** The content type of server-sent events. */
    String EVENT_STREAM = "text/event-stream";

    /** The name used in {@code providers.*.dialect}. */
    String name();

    WireFormat wireFormat();

    /**
     * The endpoint at which the provider serves what a caller asks for: the same one, whose bytes it then gets; another
     * one of the same operation, for which the call is translated; or null when it does not serve it at all.
     */
    @Nullable
    Endpoint serving(Endpoint asked);

    /**
     * The target to append to the provider's base URL, beginning with a slash; with a query where the dialect needs one.
     *
     * @param endpoint one that it serves
     * @param model the provider's own name of the model, for dialects that have it in the path
     */
    String path(Endpoint endpoint, String model, boolean stream);

    /** Headers that every request needs and that the caller may have set already, by lower-case name. */
    default Map<String, String> headers() {
        return Map.of();
    }

    /** Lower-case name of the header that carries the provider key. */
    String credentialHeader();

    /** The value of that header for {@code apiKey}. */
    String credentialValue(String apiKey);

    /** Whether a stream may be asked for a usage report ({@code stream_options.include_usage}) without being refused. */
    boolean acceptsUsageRequest();

    /**
     * A reader for one answer.
     *
     * @param endpoint the provider's
     * @param stream whether the answer comes as events, whatever was asked for
     * @param events is told what the model generates; borrows it
     */
    AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events);

    /** The content type of its streams; of event streams it is not relied upon. */
    default String streamContentType() {
        return EVENT_STREAM;
    }

    /** What cuts a stream into payloads; null when it consists of server-sent events. */
    default @Nullable FrameReader newFrames(FrameReader.Listener listener) {
        return null;
    }

    /**
     * A chat in this dialect; for dialects whose {@link #serving} translates chats.
     *
     * @param model the provider's own name of the model
     * @throws MalformedRequestException when the dialect cannot say what the request cannot do without
     */
    default ProviderRequest writeChat(ChatRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        throw new UnsupportedOperationException(name() + " serves no chats");
    }

    /** The same for embeddings. */
    default ProviderRequest writeEmbeddings(EmbeddingRequest request, String model, ByteBufAllocator allocator)
            throws MalformedRequestException {
        throw new UnsupportedOperationException(name() + " serves no embeddings");
    }

    /** Vectors in this dialect; null when the body holds none. Borrows {@code body}, and so does what it returns. */
    default @Nullable Embeddings readEmbeddings(ByteBuf body) {
        throw new UnsupportedOperationException(name() + " serves no embeddings");
    }

    /** How it holds realtime sessions; null when it has none. */
    default @Nullable RealtimeDialect realtime() {
        return null;
    }

    /**
     * Puts an error answer into the catalogue's terms.
     *
     * @param httpStatus the provider's status, 300 or more
     * @param body the body, or as much of it as was kept; borrows it
     */
    GatewayError readError(int httpStatus, ByteBuf body);
}
