package dev.sluice.gateway.upstream;

import dev.sluice.gateway.route.Target;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/**
 * A WebSocket to be opened to a target.
 *
 * @param path the whole target of the request, the base URL's own prefix included
 * @param headers what travels on of the caller's headers; not kept beyond the handshake
 * @param subprotocols to offer; none of them holds a credential
 * @param maxFrameBytes the longest frame that is accepted
 */
public record SocketRequest(
        Target target, String path, HttpHeaders headers, List<String> subprotocols, int maxFrameBytes) {}
