package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.JsonScanner;
import dev.sluice.codec.json.JsonSplice;
import dev.sluice.codec.json.JsonSyntaxException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request in OpenAI's dialect. First of all it is fed the body, piece by piece; at the last byte
 * the exchange asks it what to do, and lets it rewrite the body for the provider.
 *
 * <p>Thread: event loop.
 */
final class OpenAiRequest implements RequestReader {

    /** What OpenAI takes when a moderation names no model. */
    static final String DEFAULT_MODERATION_MODEL = "omni-moderation-latest";

    private final Endpoint endpoint;
    private final OpenAiMembers members = new OpenAiMembers();
    /** Let go with the last byte: what it needs would otherwise be kept as long as the answer streams. */
    private @Nullable JsonScanner scanner;

    private long textBytes;
    private @Nullable String model;

    OpenAiRequest(Endpoint endpoint, JsonLimits limits) {
        this.endpoint = endpoint;
        this.scanner = new JsonScanner(limits, members);
    }

    @Override
    public void feed(ByteBuf piece) throws MalformedRequestException {
        JsonScanner reading = scanner;
        if (reading == null) {
            throw new IllegalStateException("the body has ended");
        }
        try {
            reading.feed(piece);
        } catch (JsonSyntaxException e) {
            throw new MalformedRequestException(e.getMessage(), e.param());
        }
    }

    @Override
    public void end() throws MalformedRequestException {
        JsonScanner reading = scanner;
        if (reading == null) {
            throw new IllegalStateException("the body has ended");
        }
        try {
            reading.end();
        } catch (JsonSyntaxException e) {
            throw new MalformedRequestException(e.getMessage(), e.param());
        }
        textBytes = reading.nestedTextBytes() + members.topLevelTextBytes();
        scanner = null;
        String named = members.model();
        if (named == null && endpoint == Endpoint.MODERATIONS) {
            named = DEFAULT_MODERATION_MODEL;
        }
        String key = OpenAiMember.MODEL.key();
        if (named == null) {
            throw new MalformedRequestException("'" + key + "' is missing; it must name the model to use", key);
        }
        if (named.isEmpty()) {
            throw new MalformedRequestException("'" + key + "' is empty; it must name the model to use", key);
        }
        model = named;
    }

    @Override
    public String model() {
        if (model == null) {
            throw new IllegalStateException("the body is not complete, or was refused");
        }
        return model;
    }

    @Override
    public boolean stream() {
        return members.stream();
    }

    @Override
    public @Nullable String endUser() {
        return members.endUser();
    }

    @Override
    public long maxOutputTokens() {
        return members.maxOutputTokens();
    }

    @Override
    public long textBytes() {
        return textBytes;
    }

    @Override
    public boolean addsUsageRequest() {
        return stream() && reportsUsageOnStreams() && !members.asksForUsage();
    }

    @Override
    public ByteBuf rewrite(ByteBuf body, String upstreamModel, boolean askForUsage, ByteBufAllocator allocator) {
        if (model == null) {
            body.release();
            throw new IllegalStateException("the body is not complete, or was refused");
        }
        JsonSplice splice = new JsonSplice();
        if (!upstreamModel.equals(model)) {
            members.spliceModel(splice, upstreamModel);
        }
        if (askForUsage && addsUsageRequest()) {
            members.spliceUsage(splice);
        }
        return splice.apply(body, allocator);
    }

    @Override
    public void close() {
        if (scanner != null) {
            scanner.close();
            scanner = null;
        }
    }

    private boolean reportsUsageOnStreams() {
        return switch (endpoint) {
            case CHAT_COMPLETIONS, COMPLETIONS -> true;
            case EMBEDDINGS, MODERATIONS -> false;
        };
    }
}
