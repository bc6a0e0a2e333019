package dev.sluice.codec.responses;

import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.dialect.WireFormat;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A provider that serves Responses beside the chats of OpenAI's dialect. Callers of Responses get its very bytes, with
 * the tools that run there and the conversations that are stored there; all others are better served by its chats.
 * Thread: any.
 */
public final class ResponsesProvider implements ProviderDialect {
    private static final String PATH = "/responses";

    private final String name;
    private final String credentialHeader;
    private final String credentialPrefix;
    private final String path;

    private ResponsesProvider(String name, String credentialHeader, String credentialPrefix, String path) {
        this.name = name;
        this.credentialHeader = credentialHeader;
        this.credentialPrefix = credentialPrefix;
        this.path = path;
    }

    /**
     * A host whose base URL says the version.
     *
     * @param name the one under which the host's chats are served, too
     * @param credentialHeader lower-case name of the header that carries the key
     * @param credentialPrefix what stands before the key
     */
    public ResponsesProvider(String name, String credentialHeader, String credentialPrefix) {
        this(name, credentialHeader, credentialPrefix, PATH);
    }

    /**
     * The same with the version that the operator has set. Only Azure asks for one, and only in its older form, where
     * it is a date and the base URL is the resource's host; its v1 form is like the other hosts.
     */
    public ResponsesProvider withApiVersion(@Nullable String apiVersion) {
        boolean dated = apiVersion != null && !apiVersion.isEmpty() && Character.isDigit(apiVersion.charAt(0));
        return dated && name.equals("azure")
                ? new ResponsesProvider(
                        name, credentialHeader, credentialPrefix, "/openai" + PATH + "?api-version=" + apiVersion)
                : this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public WireFormat wireFormat() {
        return WireFormat.OPENAI_RESPONSES;
    }

    @Override
    public @Nullable Endpoint serving(Endpoint asked) {
        return asked == Endpoint.RESPONSES ? asked : null;
    }

    @Override
    public String path(Endpoint endpoint, String model, boolean stream) {
        if (endpoint != Endpoint.RESPONSES) {
            throw new IllegalArgumentException(name + " does not serve " + endpoint + " here");
        }
        return path;
    }

    @Override
    public String credentialHeader() {
        return credentialHeader;
    }

    @Override
    public String credentialValue(String apiKey) {
        return credentialPrefix + apiKey;
    }

    /** Every stream ends with a report, unasked. */
    @Override
    public boolean acceptsUsageRequest() {
        return false;
    }

    @Override
    public AnswerReader newAnswer(Endpoint endpoint, boolean stream, ChatEvents events) {
        return ResponsesAnswer.of(stream, events);
    }

    @Override
    public GatewayError readError(int httpStatus, ByteBuf body) {
        return ResponsesError.read(body).toGatewayError(httpStatus);
    }
}
