package dev.sluice.gateway.upstream;

import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;

/**
 * What is to be sent to a target. Whoever is given it takes {@code body}, and {@code headers} too where they are {@link
 * FieldLines}: they are given back when nothing can be repeated any more.
 *
 * <p>The body is whole, or its beginning: the rest then follows by {@link Attempt#write} while it arrives. Thread: event
 * loop.
 *
 * @param path the whole target of the request, the base URL's own prefix included
 * @param headers what travels on of the caller's headers and what the dialect adds; best as {@link FieldLines#take}
 * @param restBytes how much follows behind {@code body}: {@link #WHOLE}, {@link #UNKNOWN}, or more than 0
 */
public record UpstreamRequest(
        Target target, HttpMethod method, String path, HttpHeaders headers, ByteBuf body, long restBytes) {

    /** Nothing follows. */
    public static final long WHOLE = 0;

    /** Something may follow, nobody knows how much. */
    public static final long UNKNOWN = -1;

    /** Of a caller who tells none. */
    static final AsciiString USER_AGENT = AsciiString.cached("sluice");

    /** With the whole body. */
    public UpstreamRequest(Target target, HttpMethod method, String path, HttpHeaders headers, ByteBuf body) {
        this(target, method, path, headers, body, WHOLE);
    }

    /** The length of the whole body, of which {@code content} is there; or {@link #UNKNOWN}. */
    long contentBytes(ByteBuf content) {
        return restBytes == UNKNOWN ? UNKNOWN : content.readableBytes() + restBytes;
    }

    /** Whether a request by this method says so when it has no content (RFC 9110 section 8.6). */
    boolean tellsEmptyContent() {
        return !(method.equals(HttpMethod.GET)
                || method.equals(HttpMethod.HEAD)
                || method.equals(HttpMethod.DELETE)
                || method.equals(HttpMethod.OPTIONS));
    }

    /** Adds to {@code fields} what the provider wants to see; false when there is nothing to sign with. */
    boolean sign(ByteBuf content, HttpHeaders fields) {
        return target.credential().sign(method.name(), target.provider().authority(), path, content, fields);
    }
}
