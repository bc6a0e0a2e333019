package dev.sluice.gateway.route;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where connections go, and what they are pooled by. A provider key is only ever sent to the origin it was configured
 * with. Thread: any.
 *
 * @param tls whether the connection is encrypted and the peer's name verified
 * @param host lower case, as configured
 * @param ca own certificate authorities (PEM); null: the platform's
 */
public record Origin(
        boolean tls, String host, int port, @Nullable Path ca) {

    /** The value of {@code Host}: without the port where it is the scheme's own. */
    public String authority() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return port == (tls ? 443 : 80) ? name : name + ":" + port;
    }
}
