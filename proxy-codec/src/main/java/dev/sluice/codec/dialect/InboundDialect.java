package dev.sluice.codec.dialect;

import io.netty.buffer.ByteBuf;
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
    RequestReader newRequest(Endpoint endpoint, int maxDepth);

    /**
     * Walks a request body that a {@link RequestReader} has accepted, and tells what its prompt consists of. Reads by
     * absolute index alone, so that another thread may still be sending the same bytes. Thread: any.
     *
     * @param body the whole body; borrows it
     */
    void readPrompt(Endpoint endpoint, ByteBuf body, PromptParts parts);

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
