package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * What is to be sent to a target. Whoever is given it takes {@code body}.
 *
 * <p>The body is whole, or its beginning: the rest then follows by {@link Attempt#write} while it arrives.
 *
 * @param path the whole target of the request, the base URL's own prefix included
 * @param headers what travels on of the caller's headers and what the dialect adds; not kept beyond the head's writing
 * @param restBytes how much follows behind {@code body}: {@link #WHOLE}, {@link #UNKNOWN}, or more than 0
 */
public record UpstreamRequest(
        Target target, HttpMethod method, String path, HttpHeaders headers, ByteBuf body, long restBytes) {

    /** Nothing follows. */
    public static final long WHOLE = 0;

    /** Something may follow, nobody knows how much. */
    public static final long UNKNOWN = -1;

    /** With the whole body. */
    public UpstreamRequest(Target target, HttpMethod method, String path, HttpHeaders headers, ByteBuf body) {
        this(target, method, path, headers, body, WHOLE);
    }
}
