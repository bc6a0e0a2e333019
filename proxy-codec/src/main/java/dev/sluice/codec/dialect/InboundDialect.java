package dev.sluice.codec.dialect;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.chat.EmbeddingRequest;
import dev.sluice.codec.chat.Embeddings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;

/** A dialect that callers speak: how their requests are read and how they are told about errors. Thread: any. */
public interface InboundDialect {

    /** Short name, as in the access log. */
    String name();

    WireFormat wireFormat();

    /**
     * A reader for one request body.
     *
     * @param maxDepth deepest nesting that is accepted
     */
    RequestReader newRequest(CallPath path, int maxDepth);

    /**
     * Walks a request body that a {@link RequestReader} has accepted, and tells what its prompt consists of. Reads by
     * absolute index alone, so that another thread may still be sending the same bytes. Thread: any.
     *
     * @param body the whole body; borrows it
     */
    void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts);

    /**
     * What a request for a chat means, for a provider of another dialect.
     *
     * @param body whole, and accepted by a {@link RequestReader}; the request borrows it
     * @throws MalformedRequestException when it cannot be understood, or cannot be served without what only a provider
     *     of this dialect has
     */
    ChatRequest readChat(CallPath path, ByteBuf body) throws MalformedRequestException;

    /** The same for embeddings. */
    default EmbeddingRequest readEmbeddings(CallPath path, ByteBuf body) throws MalformedRequestException {
        throw new MalformedRequestException("This dialect has no embeddings.", null);
    }

    /**
     * The conversation that a request is a turn of: a number that is the same for each of its turns, and another one for
     * almost every other conversation. Made of the first KB of system prompt and messages, up to the end of the user's
     * first, in whatever order members stand; a prompt without messages is hashed up to its first KB, and so has another
     * number while it grows up to that. Never throws.
     *
     * @param body whole, and accepted by a {@link RequestReader}; borrows it, reads it by absolute index
     */
    long conversation(CallPath path, ByteBuf body);

    /**
     * What a request for a chat asks of a model. Reads the whole request, so ask once. Never throws: of a body that
     * {@link #readChat} refuses nothing is known, and {@link ChatNeeds#NONE} is said.
     *
     * @param body whole, and accepted by a {@link RequestReader}; borrows it, reads it by absolute index
     */
    default ChatNeeds needs(CallPath path, ByteBuf body) {
        if (path.endpoint().operation() != Endpoint.Operation.CHAT) {
            return ChatNeeds.NONE;
        }
        try {
            return ChatNeeds.of(readChat(path, body));
        } catch (MalformedRequestException e) {
            return ChatNeeds.NONE;
        }
    }

    /** Says an answer in this dialect. */
    AnswerEncoder newEncoder(AnswerPlan plan, ByteBufAllocator allocator);

    /**
     * An answer with vectors in this dialect; gives it.
     *
     * @param base64 what {@link EmbeddingRequest#base64} said
     */
    default ByteBuf writeEmbeddings(
            Embeddings embeddings, boolean base64, AnswerPlan plan, ByteBufAllocator allocator) {
        throw new UnsupportedOperationException("this dialect has no embeddings");
    }

    /** The JSON body that tells of a count of tokens, for endpoints that count. */
    default String tokenCount(long tokens) {
        throw new UnsupportedOperationException("this dialect does not count tokens");
    }

    /** The status of an error answer: that of its kind, but where this dialect has a better one. */
    default int status(GatewayError error) {
        return error.kind().httpStatus();
    }

    /** The JSON body of an error answer. */
    String errorBody(GatewayError error);

    /** The bytes of an event, framing included, that tells of an error in the middle of a stream. */
    String errorEvent(GatewayError error);

    /** The JSON body of the list of models. */
    String modelList(List<ModelEntry> models);

    /** The JSON body that describes one model. */
    String model(ModelEntry model);

    /**
     * A model that a caller may ask for.
     *
     * @param id what to put into {@code model}
     * @param ownedBy the provider behind it
     */
    record ModelEntry(String id, String ownedBy) {}
}
