package dev.sluice.codec.dialect;

import dev.sluice.codec.json.JsonLimits;
import dev.sluice.codec.json.JsonMembers;
import dev.sluice.codec.json.JsonScanner;
import dev.sluice.codec.json.JsonSyntaxException;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The scan of a request body, as every {@link RequestReader} makes it; what the members mean is the dialect's business.
 * The scanner is let go with the last byte: what it needs would otherwise be kept as long as the answer streams.
 *
 * <p>Thread: event loop.
 */
public final class RequestScan implements AutoCloseable {
    private @Nullable JsonScanner scanner;
    private long nestedTextBytes;

    /** @param members is told of the members near the root; borrows it */
    public RequestScan(int maxDepth, JsonMembers members) {
        this.scanner = new JsonScanner(new JsonLimits(maxDepth), members);
    }

    /** Scans the readable bytes; borrows {@code piece}, its indices stay as they are. */
    public void feed(ByteBuf piece) throws MalformedRequestException {
        try {
            scanner().feed(piece);
        } catch (JsonSyntaxException e) {
            throw new MalformedRequestException(e.getMessage(), e.param());
        }
    }

    /** The body is complete. */
    public void end() throws MalformedRequestException {
        JsonScanner ending = scanner();
        try {
            ending.end();
        } catch (JsonSyntaxException e) {
            throw new MalformedRequestException(e.getMessage(), e.param());
        }
        nestedTextBytes = ending.nestedTextBytes();
        scanner = null;
    }

    /** UTF-8 size, unescaped, of all string values that are not members of the root itself; known at the end. */
    public long nestedTextBytes() {
        return nestedTextBytes;
    }

    @Override
    public void close() {
        if (scanner != null) {
            scanner.close();
            scanner = null;
        }
    }

    private JsonScanner scanner() {
        if (scanner == null) {
            throw new IllegalStateException("the body has ended");
        }
        return scanner;
    }
}
