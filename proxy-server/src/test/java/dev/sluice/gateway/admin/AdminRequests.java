package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable;
import dev.sluice.gateway.auth.Principal;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests as the gate lets them through. */
final class AdminRequests {
    private AdminRequests() {}

    static AdminRequest get(String path, Map<String, List<String>> query, @Nullable String accept) {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (accept != null) {
            headers.set("accept", accept);
        }
        return of(AdminGate.OPERATOR, "GET", path, query, headers, "");
    }

    static AdminRequest of(
            Principal caller,
            String method,
            String path,
            Map<String, List<String>> query,
            HttpHeaders headers,
            String body) {
        AdminRequest asked = new AdminRequest(
                method, path, query, headers, body, caller, InetAddress.getLoopbackAddress(), "request-1");
        return asked.reaching(AccessTable.Scope.ALL, "");
    }
}
