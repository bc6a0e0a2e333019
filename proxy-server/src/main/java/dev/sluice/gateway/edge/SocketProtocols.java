package dev.sluice.gateway.edge;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The subprotocols that a client offers with its upgrade. A browser cannot set headers on a WebSocket, so its key comes
 * among them, as OpenAI's clients send it; whatever carries a credential or names an account is taken out here, and
 * neither answered nor passed on. Thread: any.
 *
 * @param key the gateway key found among them
 * @param offered the rest, in the client's order
 */
record SocketProtocols(@Nullable String key, List<String> offered) {

    private static final String KEY = "openai-insecure-api-key.";
    private static final String[] PRIVATE = {KEY, "openai-organization.", "openai-project."};

    static SocketProtocols of(HttpHeaders headers) {
        String key = null;
        List<String> offered = new ArrayList<>();
        for (String line : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String part : line.split(",", -1)) {
                String protocol = part.trim();
                if (protocol.startsWith(KEY) && key == null) {
                    key = protocol.substring(KEY.length());
                }
                if (!protocol.isEmpty() && !isPrivate(protocol)) {
                    offered.add(protocol);
                }
            }
        }
        return new SocketProtocols(key, List.copyOf(offered));
    }

    private static boolean isPrivate(String protocol) {
        for (String prefix : PRIVATE) {
            if (protocol.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /** For debug output: nothing of the key. */
    @Override
    public String toString() {
        return offered.toString();
    }
}
