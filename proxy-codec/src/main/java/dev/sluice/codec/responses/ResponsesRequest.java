package dev.sluice.codec.responses;

import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import dev.sluice.codec.dialect.RequestScan;
import dev.sluice.codec.json.JsonSplice;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request while it arrives. A provider that serves the dialect itself gets the very bytes, but for
 * the name of the model: its answers report usage unasked. Thread: event loop.
 */
final class ResponsesRequest implements RequestReader {
    private final ResponsesMembers members = new ResponsesMembers();
    private final RequestScan scan;
    private @Nullable String model;

    ResponsesRequest(int maxDepth) {
        this.scan = new RequestScan(maxDepth, members);
    }

    @Override
    public void feed(ByteBuf piece) throws MalformedRequestException {
        scan.feed(piece);
    }

    /** Also a stored prompt or an earlier response, which have models of their own, do not say where to go. */
    @Override
    public void end() throws MalformedRequestException {
        scan.end();
        String named = members.model();
        String key = ResponsesMember.MODEL.key();
        if (named == null) {
            throw new MalformedRequestException(
                    "'" + key + "' is missing; it must name the model to use, beside 'prompt' and"
                            + " 'previous_response_id' as well",
                    key);
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
    public @Nullable String continues() {
        return members.previousResponseId();
    }

    @Override
    public long maxOutputTokens() {
        return members.maxOutputTokens();
    }

    @Override
    public long textBytes() {
        return scan.nestedTextBytes() + members.topLevelTextBytes();
    }

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
