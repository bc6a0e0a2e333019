package dev.sluice.gateway.admin;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;

/**
 * What every answer of the admin plane tells browsers, whoever wrote it: load nothing but what comes from here, show it in
 * no frame, keep it nowhere, tell nobody where the reader came from. Thread: event loop.
 */
@Sharable
final class SecurityHeaders extends ChannelOutboundHandlerAdapter {
    static final SecurityHeaders INSTANCE = new SecurityHeaders();

    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; "
            + "style-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
    private static final String SAME_ORIGIN = "same-origin";

    private SecurityHeaders() {}

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response) {
            addTo(response.headers());
        }
        ctx.write(message, promise);
    }

    private static void addTo(HttpHeaders headers) {
        headers.set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        headers.set("x-content-type-options", "nosniff");
        headers.set("content-security-policy", CONTENT_SECURITY_POLICY);
        // For browsers that do not know frame-ancestors.
        headers.set("x-frame-options", "DENY");
        headers.set("referrer-policy", "no-referrer");
        headers.set("cross-origin-opener-policy", SAME_ORIGIN);
        headers.set("cross-origin-resource-policy", SAME_ORIGIN);
    }
}
