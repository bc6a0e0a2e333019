package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's reading of requests, to compare ours with: Netty's codec, and behind it the rules for what it tolerates
 * and an edge must not.
 */
final class NettyReader extends ChannelInboundHandlerAdapter {
    private final GatewayConfig.Limits limits;
    private boolean refused;

    NettyReader(GatewayConfig.Limits limits) {
        this.limits = limits;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        context.pipeline()
                .addBefore(
                        context.name(),
                        null,
                        new HttpServerCodec(new HttpDecoderConfig()
                                .setMaxInitialLineLength(limits.requestLineBytes())
                                .setMaxHeaderSize(limits.headerBytes())));
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
        ReferenceCountUtil.release(message);
        context.fireChannelRead(new Refused(error, null));
    }

    private @Nullable GatewayError check(HttpObject object) {
        DecoderResult result = object.decoderResult();
        if (result.isFailure()) {
            if (result.cause() instanceof TooLongHttpLineException) {
                return refuse(ErrorKind.URI_TOO_LONG);
            }
            return refuse(
                    result.cause() instanceof TooLongHttpHeaderException
                            ? ErrorKind.HEADERS_TOO_LARGE
                            : ErrorKind.INVALID_REQUEST);
        }
        return object instanceof HttpRequest request ? check(request) : null;
    }

    private @Nullable GatewayError check(HttpRequest request) {
        HttpHeaders headers = request.headers();
        HttpVersion version = request.protocolVersion();
        GatewayError error = RequestRules.checkCount(headers.size(), limits);
        if (error == null && !version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            error = refuse(ErrorKind.VERSION_NOT_SUPPORTED);
        }
        if (error == null) {
            error = RequestRules.checkMethod(request.method());
        }
        if (error == null && !request.uri().matches("/[!-~&&[^#]]*")) {
            error = refuse(ErrorKind.INVALID_REQUEST);
        }
        if (error == null) {
            error = checkFraming(headers, version);
        }
        if (error != null) {
            return error;
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        boolean announced =
                headers.contains(HttpHeaderNames.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
        return RequestRules.checkBody(request.method(), headers, announced);
    }

    private static @Nullable GatewayError checkFraming(HttpHeaders headers, HttpVersion version) {
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        boolean required = version.equals(HttpVersion.HTTP_1_1);
        if (hosts.size() > 1
                || (required && hosts.isEmpty())
                || (!hosts.isEmpty() && !hosts.getFirst().matches("[a-zA-Z0-9._:\\[\\]-]+"))) {
            return refuse(ErrorKind.INVALID_REQUEST);
        }
        List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() > 1 || (codings.size() == 1 && !codings.getFirst().equalsIgnoreCase("chunked"))) {
            return refuse(ErrorKind.NOT_IMPLEMENTED);
        }
        String length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        return length != null && length.length() > 1 && length.charAt(0) == '0'
                ? refuse(ErrorKind.INVALID_REQUEST)
                : null;
    }

    private static GatewayError refuse(ErrorKind kind) {
        return GatewayError.caller(kind, "as Netty reads it");
    }
}
