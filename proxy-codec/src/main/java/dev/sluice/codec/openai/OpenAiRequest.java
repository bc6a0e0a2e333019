package dev.sluice.codec.openai;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.LentRequest;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.RequestScan;
import dev.sluice.codec.json.JsonSplice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.Recycler;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request in OpenAI's dialect. First of all it is fed the body, piece by piece; at the last byte
 * the exchange asks it what to do, and lets it rewrite the body for the provider.
 *
 * <p>Is used again: {@link #close} gives it back. Thread: event loop.
 */
final class OpenAiRequest implements RequestReader {

    /** What OpenAI takes when a moderation names no model. */
    static final String DEFAULT_MODERATION_MODEL = "omni-moderation-latest";

    private static final Recycler<OpenAiRequest> SPARE = new Recycler<>(256, 0, 8) {
        @Override
        protected OpenAiRequest newObject(Handle<OpenAiRequest> handle) {
            return new OpenAiRequest(handle);
        }
    };

    private final Recycler.Handle<OpenAiRequest> handle;
    private final OpenAiMembers members = new OpenAiMembers();
    private final RequestScan scan = new RequestScan(members);
    private final JsonSplice splice = new JsonSplice();
    private Endpoint endpoint = Endpoint.CHAT_COMPLETIONS;

    private long textBytes;
    private @Nullable String model;

    private OpenAiRequest(Recycler.Handle<OpenAiRequest> handle) {
        this.handle = handle;
    }

    static RequestReader of(Endpoint endpoint, int maxDepth) {
        OpenAiRequest request = SPARE.get();
        request.endpoint = endpoint;
        request.scan.begin(maxDepth);
        return new LentRequest(request);
    }

    @Override
    public void feed(ByteBuf piece) throws MalformedRequestException {
        scan.feed(piece);
    }

    @Override
    public void end() throws MalformedRequestException {
        scan.end();
        textBytes = scan.nestedTextBytes() + members.topLevelTextBytes();
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
    public boolean asksForUsage() {
        return members.asksForUsage();
    }

    @Override
    public ByteBuf rewrite(ByteBuf body, String upstreamModel, boolean askForUsage, ByteBufAllocator allocator) {
        if (model == null) {
            body.release();
            throw new IllegalStateException("the body is not complete, or was refused");
        }
        splice.clear();
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
        scan.close();
        members.reset();
        splice.clear();
        textBytes = 0;
        model = null;
        handle.recycle(this);
    }

    private boolean reportsUsageOnStreams() {
        return endpoint.operation() == Endpoint.Operation.CHAT;
    }
}
