package dev.sluice.codec.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request body while it arrives, and afterwards knows what the gateway must know: nothing is bound to a
 * tree, nothing is re-serialised.
 *
 * <p>Life: {@link #feed} for each piece, {@link #end} once, then the accessors and {@link #rewrite}, {@link #close} in
 * any case. Readers are used again: whoever asked {@link InboundDialect#newRequest} for it closes it, when nothing is to be
 * asked of it any more. Closing it again does nothing; all else throws {@link IllegalStateException} then.
 * Thread: event loop.
 */
public interface RequestReader extends AutoCloseable {

    /** Reads the next readable bytes of {@code piece}; borrows it, its indices stay as they are. */
    void feed(ByteBuf piece) throws MalformedRequestException;

    /** The body is complete. Throws when it is no complete JSON object or lacks a member that is required. */
    void end() throws MalformedRequestException;

    /** The top-level {@code model}, unescaped. */
    String model();

    /** Whether the caller asked for an event stream. */
    boolean stream();

    /** The end user that the body names ({@code user}), unescaped. */
    @Nullable
    String endUser();

    /** The id of the answer that this one is to go on from, as the provider keeps it; null where there is none. */
    default @Nullable String continues() {
        return null;
    }

    /**
     * How many tokens the answer may have, in the dialect's own words; where it has two and both are said, the larger
     * number, since providers differ in which one they obey. -1 when the caller did not say.
     */
    long maxOutputTokens();

    /** UTF-8 bytes of all string values below the top level and of {@code input} / {@code prompt}. */
    long textBytes();

    /**
     * Whether the caller asked for a stream, of an endpoint that can report usage on streams, without asking for that
     * usage: then {@link #rewrite} adds the request, if it may.
     */
    boolean addsUsageRequest();

    /** Whether the caller asked for a usage report at the end of a stream, in dialects where that is asked for. */
    default boolean asksForUsage() {
        return true;
    }

    /**
     * The body for a provider of the same wire format: the very bytes, but for {@code model} and, on streams, the
     * request for usage. After {@link #end}, as often as targets are tried, each with a model of its own: the reader
     * stays as it is, and {@code body}'s bytes do.
     *
     * @param body the whole body that was fed, a retained duplicate for each call but the last; takes it
     * @param upstreamModel the provider's name of the model; equal to {@link #model()} when nothing is mapped
     * @param askForUsage whether this provider may be asked for usage on streams, where {@link #addsUsageRequest}
     * @return the body to send; gives it. It is {@code body} itself when nothing had to change
     */
    ByteBuf rewrite(ByteBuf body, String upstreamModel, boolean askForUsage, ByteBufAllocator allocator);

    /** Gives it back; what it said stays as it was said. */
    @Override
    void close();
}
