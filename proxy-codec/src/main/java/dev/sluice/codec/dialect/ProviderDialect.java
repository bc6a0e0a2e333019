package dev.sluice.codec.dialect;

import io.netty.buffer.ByteBuf;

/** A dialect that providers speak: where requests go, how they are signed, how answers are read. Thread: any. */
public interface ProviderDialect {

    /** The name used in {@code providers.*.dialect}. */
    String name();

    WireFormat wireFormat();

    /** The path to append to the provider's base URL, beginning with a slash. */
    String path(Endpoint endpoint);

    /** Lower-case name of the header that carries the provider key. */
    String credentialHeader();

    /** The value of that header for {@code apiKey}. */
    String credentialValue(String apiKey);

    /** Whether a stream may be asked for a usage report ({@code stream_options.include_usage}) without being refused. */
    boolean acceptsUsageRequest();

    /**
     * A reader for one answer.
     *
     * @param text is told what the model generates; borrows it
     */
    AnswerReader newAnswer(Endpoint endpoint, boolean stream, AnswerText text);

    /**
     * Puts an error answer into the catalogue's terms.
     *
     * @param httpStatus the provider's status, 300 or more
     * @param body the body, or as much of it as was kept; borrows it
     */
    GatewayError readError(int httpStatus, ByteBuf body);
}
