package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Stands behind the codec of an HTTP/2 stream, which has validated the framing, and lets only heads pass that keep to
 * the {@link RequestRules}; the {@link RequestDecoder} does so itself. After the first violation nothing of the stream is
 * looked at any more. Thread: event loop.
 */
final class RequestGuard extends ChannelInboundHandlerAdapter {

    private final GatewayConfig.Limits limits;
    private boolean refused;

    RequestGuard(GatewayConfig.Limits limits) {
        this.limits = limits;
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
        if (object.decoderResult().isFailure()) {
            return RequestRules.refuse(ErrorKind.INVALID_REQUEST, "The request is not valid HTTP.");
        }
        return object instanceof HttpRequest request ? check(request) : null;
    }

    private @Nullable GatewayError check(HttpRequest request) {
        HttpHeaders headers = request.headers();
        GatewayError error = RequestRules.checkCount(headers.size(), limits);
        if (error == null) {
            error = RequestRules.checkMethod(request.method());
        }
        if (error == null) {
            error = RequestRules.checkTarget(isOriginForm(request.uri()));
        }
        if (error == null) {
            String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
            boolean announced =
                    headers.contains(HttpHeaderNames.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
            error = RequestRules.checkBody(request.method(), headers, announced);
        }
        return error;
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
}
