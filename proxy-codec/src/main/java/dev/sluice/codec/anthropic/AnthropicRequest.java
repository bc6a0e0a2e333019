package dev.sluice.codec.anthropic;

import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.RequestScan;
import dev.sluice.codec.json.JsonSplice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Reads the body of a request in Anthropic's dialect while it arrives. Thread: event loop. */
final class AnthropicRequest implements RequestReader {
    private final Endpoint endpoint;
    private final AnthropicMembers members = new AnthropicMembers();
    private final RequestScan scan;

    private long textBytes;
    private @Nullable String model;

    AnthropicRequest(Endpoint endpoint, int maxDepth) {
        this.endpoint = endpoint;
        this.scan = new RequestScan(maxDepth, members);
    }

    @Override
    public void feed(ByteBuf piece) throws MalformedRequestException {
        scan.feed(piece);
    }

    @Override
    public void end() throws MalformedRequestException {
        scan.end();
        textBytes = scan.nestedTextBytes() + members.systemTextBytes();
        String named = members.model();
        if (named == null || named.isEmpty()) {
            throw new MalformedRequestException(
                    "'model' is " + (named == null ? "missing" : "empty") + "; it must name the model to use", "model");
        }
        if (members.maxTokens() == AnthropicMembers.NONE && endpoint != Endpoint.MESSAGES_COUNT_TOKENS) {
            throw new MalformedRequestException(
                    "'max_tokens' is missing; it must say how many tokens may be generated", "max_tokens");
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
        return members.userId();
    }

    @Override
    public long maxOutputTokens() {
        return members.maxTokens();
    }

    @Override
    public long textBytes() {
        return textBytes;
    }

    /** Usage comes unasked. */
    @Override
    public boolean addsUsageRequest() {
        return false;
    }

    @Override
    public ByteBuf rewrite(ByteBuf body, String upstreamModel, boolean askForUsage, ByteBufAllocator allocator) {
        if (model == null) {
            body.release();
            throw new IllegalStateException("the body is not complete, or was refused");
        }
        if (upstreamModel.equals(model)) {
            return body;
        }
        JsonSplice splice = new JsonSplice();
        members.spliceModel(splice, upstreamModel);
        return splice.apply(body, allocator);
    }

    @Override
    public void close() {
        scan.close();
    }
}
