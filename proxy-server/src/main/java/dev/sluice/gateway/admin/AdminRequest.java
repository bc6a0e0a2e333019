package dev.sluice.gateway.admin;

import dev.sluice.gateway.auth.AccessTable.Scope;
import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Reach;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that passed the gate. Thread: any.
 *
 * @param path decoded, without the query
 * @param parameters of the query, decoded
 * @param headers as they came, not to be changed
 * @param body whole, as UTF-8; empty when there is none
 * @param caller who asks
 * @param from the address at the other end of the connection
 * @param requestId the caller's {@code x-request-id}, else ours
 * @param reach how far the caller reaches on the route
 * @param id what the path has in place of the route's braces; empty for a path without
 */
public record AdminRequest(
        String method,
        String path,
        Map<String, List<String>> parameters,
        HttpHeaders headers,
        String body,
        Principal caller,
        InetAddress from,
        String requestId,
        Reach reach,
        String id) {

    /** Before its route is known: reaches nothing. */
    AdminRequest(
            String method,
            String path,
            Map<String, List<String>> parameters,
            HttpHeaders headers,
            String body,
            Principal caller,
            InetAddress from,
            String requestId) {
        this(method, path, parameters, headers, body, caller, from, requestId, new Reach(caller, Scope.NONE), "");
    }

    AdminRequest by(Principal known) {
        return new AdminRequest(method, path, parameters, headers, body, known, from, requestId);
    }

    AdminRequest reaching(Scope scope, String pathId) {
        Reach further = new Reach(caller, scope);
        return new AdminRequest(method, path, parameters, headers, body, caller, from, requestId, further, pathId);
    }

    /** The header of that name, if it came exactly once. */
    @Nullable
    String header(String name) {
        List<String> values = headers.getAll(name);
        return values.size() == 1 ? values.get(0) : null;
    }

    /** The one value of a parameter, or null when it is absent or empty. */
    @Nullable
    String parameter(String name) throws InvalidParameterException {
        String value = exactly(name);
        return value == null || value.isEmpty() ? null : value;
    }

    /** The one value of a parameter, which may be empty, or null when it is absent. */
    @Nullable
    String exactly(String name) throws InvalidParameterException {
        List<String> values = parameters.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw new InvalidParameterException(
                    name, "parameter `" + name + "` is given " + values.size() + " times; once is allowed");
        }
        return values.isEmpty() ? null : values.get(0);
    }

    /** Whether the caller asks for this very media type, among others or not. */
    boolean accepts(String mediaType) {
        for (String accept : headers.getAll("accept")) {
            for (String range : accept.split(",", -1)) {
                if (range.split(";", 2)[0].strip().equalsIgnoreCase(mediaType)) {
                    return true;
                }
            }
        }
        return false;
    }
}
