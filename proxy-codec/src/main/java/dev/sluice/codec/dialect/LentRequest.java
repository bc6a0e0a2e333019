package dev.sluice.codec.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * One request's hold on a reader that is used again for the next one. When it is closed it lets go of the reader: so that
 * closing it twice, or asking it late, cannot reach the request that has the reader now. That is worth the few bytes: the
 * model of one caller must never be told as another's.
 *
 * <p>Thread: event loop.
 */
public final class LentRequest implements RequestReader {
    /** Null once it has been closed. */
    private @Nullable RequestReader reader;

    /** @param reader gives itself back when it is closed, which is done once */
    public LentRequest(RequestReader reader) {
        this.reader = reader;
    }

    @Override
    public void feed(ByteBuf piece) throws MalformedRequestException {
        reader().feed(piece);
    }

    @Override
    public void end() throws MalformedRequestException {
        reader().end();
    }

    @Override
    public String model() {
        return reader().model();
    }

    @Override
    public boolean stream() {
        return reader().stream();
    }

    @Override
    public @Nullable String endUser() {
        return reader().endUser();
    }

    @Override
    public @Nullable String continues() {
        return reader().continues();
    }

    @Override
    public long maxOutputTokens() {
        return reader().maxOutputTokens();
    }

    @Override
    public long textBytes() {
        return reader().textBytes();
    }

    @Override
    public boolean addsUsageRequest() {
        return reader().addsUsageRequest();
    }

    @Override
    public boolean asksForUsage() {
        return reader().asksForUsage();
    }

    @Override
    public ByteBuf rewrite(ByteBuf body, String upstreamModel, boolean askForUsage, ByteBufAllocator allocator) {
        RequestReader open = reader;
        if (open == null) {
            body.release();
            throw closed();
        }
        return open.rewrite(body, upstreamModel, askForUsage, allocator);
    }

    @Override
    public void close() {
        RequestReader open = reader;
        reader = null;
        if (open != null) {
            open.close();
        }
    }

    private RequestReader reader() {
        RequestReader open = reader;
        if (open == null) {
            throw closed();
        }
        return open;
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("the reader of this request has been closed");
    }
}
