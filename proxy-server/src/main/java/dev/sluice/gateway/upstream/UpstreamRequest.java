package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/**
 * What is to be sent to a target. Whoever is given it takes {@code body}.
 *
 * @param path the whole target of the request, the base URL's own prefix included
 * @param headers what travels on of the caller's headers and what the dialect adds; not kept beyond the head's writing
 * @param body the whole body
 */
public record UpstreamRequest(Target target, HttpMethod method, String path, HttpHeaders headers, ByteBuf body) {}
