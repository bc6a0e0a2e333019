package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands behind the HTTP codec and lets only requests pass that can be read in one way: what the codec tolerates and an
 * edge must not. After the first violation nothing of the connection is looked at any more.
 *
 * <p>A refused request becomes a {@link Refused} message, which the {@link EdgeHandler} answers; so that an answer to an
 * earlier request on the connection is not overtaken. Thread: event loop.
 */
final class RequestGuard extends ChannelInboundHandlerAdapter {

    /**
     * Takes the place of a request that must not be served; the connection ends after the answer.
     *
     * @param origin of the page that asks, as far as the head could be read
     */
    record Refused(GatewayError error, @Nullable String origin) {}

    private final GatewayConfig.Limits limits;
    private final boolean http2;
    private boolean refused;

    /** @param http2 whether the requests come from HTTP/2 streams, whose framing the codec has validated */
    RequestGuard(GatewayConfig.Limits limits, boolean http2) {
        this.limits = limits;
        this.http2 = http2;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (refused) {
            ReferenceCountUtil.release(message);
            return;
        }
        GatewayError error = message instanceof HttpObject object ? check(object) : null;
        if (error == null) {
            context.fireChannelRead(message);
            return;
        }
        refused = true;
        String origin =
                message instanceof HttpRequest request ? request.headers().get(HttpHeaderNames.ORIGIN) : null;
        ReferenceCountUtil.release(message);
        context.fireChannelRead(new Refused(error, origin));
    }

    private @Nullable GatewayError check(HttpObject object) {
        DecoderResult result = object.decoderResult();
        if (result.isFailure()) {
            return undecodable(result.cause());
        }
        return object instanceof HttpRequest request ? check(request) : null;
    }

    private GatewayError undecodable(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return refuse(
                    ErrorKind.URI_TOO_LONG, "The request line is longer than " + limits.requestLineBytes() + " bytes.");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return refuse(
                    ErrorKind.HEADERS_TOO_LARGE, "The headers are larger than " + limits.headerBytes() + " bytes.");
        }
        return refuse(ErrorKind.INVALID_REQUEST, "The request is not valid HTTP.");
    }

    private @Nullable GatewayError check(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (headers.size() > limits.headerCount()) {
            return refuse(
                    ErrorKind.HEADERS_TOO_LARGE,
                    "The request has " + headers.size() + " headers, " + limits.headerCount() + " are allowed.");
        }
        HttpVersion version = request.protocolVersion();
        if (!http2 && !version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            return refuse(ErrorKind.VERSION_NOT_SUPPORTED, "HTTP/1.1 and HTTP/2 are spoken here.");
        }
        HttpMethod method = request.method();
        if (method.equals(HttpMethod.CONNECT) || method.equals(HttpMethod.TRACE)) {
            return refuse(ErrorKind.METHOD_NOT_ALLOWED, "CONNECT and TRACE are not served.");
        }
        if (!isOriginForm(request.uri())) {
            return refuse(ErrorKind.INVALID_REQUEST, "The request target must be a path of visible ASCII characters.");
        }
        GatewayError framing = http2 ? null : checkFraming(request, version);
        return framing != null ? framing : checkBody(method, headers);
    }

    private @Nullable GatewayError checkFraming(HttpRequest request, HttpVersion version) {
        HttpHeaders headers = request.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        boolean required = version.equals(HttpVersion.HTTP_1_1);
        if (hosts.size() > 1 || (required && hosts.isEmpty()) || (!hosts.isEmpty() && !isHost(hosts.get(0)))) {
            return refuse(ErrorKind.INVALID_REQUEST, "The request must have one valid Host header.");
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() > 1 || (codings.size() == 1 && !codings.get(0).equalsIgnoreCase("chunked"))) {
            return refuse(ErrorKind.NOT_IMPLEMENTED, "The only transfer coding served is chunked.");
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (length != null && length.length() > 1 && length.charAt(0) == '0') {
            return refuse(ErrorKind.INVALID_REQUEST, "Content-Length must be a number without leading zeros.");
        }
        return null;
    }

    private @Nullable GatewayError checkBody(HttpMethod method, HttpHeaders headers) {
        String expectation = headers.get(HttpHeaderNames.EXPECT);
        if (expectation != null && !expectation.equalsIgnoreCase("100-continue")) {
            return refuse(ErrorKind.EXPECTATION_FAILED, "The only expectation served is 100-continue.");
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        boolean hasBody =
                headers.contains(HttpHeaderNames.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
        if (hasBody && (method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD))) {
            return refuse(ErrorKind.INVALID_REQUEST, method.name() + " requests have no body here.");
        }
        if (hasBody && headers.contains(HttpHeaderNames.CONTENT_ENCODING)) {
            return refuse(ErrorKind.UNSUPPORTED_MEDIA_TYPE, "Compressed request bodies are not accepted.");
        }
        return null;
    }

    private static GatewayError refuse(ErrorKind kind, String message) {
        return GatewayError.caller(kind, message);
    }

    private static boolean isOriginForm(String uri) {
        if (uri.isEmpty() || uri.charAt(0) != '/') {
            return false;
        }
        for (int i = 1; i < uri.length(); i++) {
            char c = uri.charAt(i);
            if (c <= 0x20 || c >= 0x7f || c == '#') {
                return false;
            }
        }
        return true;
    }

    /** A reg-name, an address or a bracketed IPv6 address, with an optional port; nothing that could hide a second host. */
    private static boolean isHost(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean allowed = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '.'
                    || c == '-'
                    || c == '_'
                    || c == ':'
                    || c == '['
                    || c == ']';
            if (!allowed) {
                return false;
            }
        }
        return !host.isEmpty();
    }
}
