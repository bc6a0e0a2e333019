package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the head of every request, whichever protocol it came over. Each rule gives the answer to a request that
 * breaks it, and null to others. Thread: any.
 */
final class RequestRules {

    private RequestRules() {}

    static @Nullable GatewayError checkCount(int headers, GatewayConfig.Limits limits) {
        return headers <= limits.headerCount()
                ? null
                : refuse(
                        ErrorKind.HEADERS_TOO_LARGE,
                        "The request has " + headers + " headers, " + limits.headerCount() + " are allowed.");
    }

    static @Nullable GatewayError checkMethod(HttpMethod method) {
        return method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE)
                ? refuse(ErrorKind.METHOD_NOT_ALLOWED, "CONNECT and TRACE are not served.")
                : null;
    }

    /** @param originForm whether the target is a path, in visible ASCII */
    static @Nullable GatewayError checkTarget(boolean originForm) {
        return originForm
                ? null
                : refuse(ErrorKind.INVALID_REQUEST, "The request target must be a path of visible ASCII characters.");
    }

    /** @param announced whether the head says that a body follows */
    static @Nullable GatewayError checkBody(HttpMethod method, HttpHeaders headers, boolean announced) {
        String expectation = headers.get(HttpHeaderNames.EXPECT);
        if (expectation != null && !expectation.equalsIgnoreCase("100-continue")) {
            return refuse(ErrorKind.EXPECTATION_FAILED, "The only expectation served is 100-continue.");
        }
        if (!announced) {
            return null;
        }
        if (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD)) {
            return refuse(ErrorKind.INVALID_REQUEST, method.name() + " requests have no body here.");
        }
        return headers.contains(HttpHeaderNames.CONTENT_ENCODING)
                ? refuse(ErrorKind.UNSUPPORTED_MEDIA_TYPE, "Compressed request bodies are not accepted.")
                : null;
    }

    static GatewayError refuse(ErrorKind kind, String message) {
        return GatewayError.caller(kind, message);
    }
}
