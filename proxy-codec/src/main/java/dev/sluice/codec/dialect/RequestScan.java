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
 * <p>May be used for one body after another: {@link #begin}, then the rest. Thread: event loop.
 */
public final class RequestScan implements AutoCloseable {
    private final JsonMembers members;
    private @Nullable JsonScanner scanner;
    private long nestedTextBytes;

    /** @param members is told of the members near the root; borrows it */
    public RequestScan(int maxDepth, JsonMembers members) {
        this(members);
        begin(maxDepth);
    }

    /** One that has yet to {@link #begin}. */
    public RequestScan(JsonMembers members) {
        this.members = members;
    }

    /** A body begins; the one before has been closed. */
    public void begin(int maxDepth) {
        nestedTextBytes = 0;
        scanner = JsonScanner.take(limits(maxDepth), members);
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
        close();
    }

    /** UTF-8 size, unescaped, of all string values that are not members of the root itself; known at the end. */
    public long nestedTextBytes() {
        return nestedTextBytes;
    }

    @Override
    public void close() {
        JsonScanner open = scanner;
        scanner = null;
        if (open != null) {
            open.close();
        }
    }

    private static JsonLimits limits(int depth) {
        return depth == JsonLimits.DEFAULT.depth() ? JsonLimits.DEFAULT : new JsonLimits(depth);
    }

    private JsonScanner scanner() {
        if (scanner == null) {
            throw new IllegalStateException("the body has ended");
        }
        return scanner;
    }
}
