package dev.sluice.gateway.admin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.timeout.IdleStateEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One admin connection: takes a request, has it answered on a virtual thread, writes the answer, and only then reads the
 * next. Thread: event loop, but for the action itself.
 */
final class AdminHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(AdminHandler.class);

    private final AdminGate gate;
    private final AdminRoutes routes;
    private final Executor actions;
    private final Semaphore permits;
    private boolean answering;
    private boolean closing;

    AdminHandler(AdminGate gate, AdminRoutes routes, Executor actions, Semaphore permits) {
        this.gate = gate;
        this.routes = routes;
        this.actions = actions;
        this.permits = permits;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ctx.read();
    }

    /** A round of reading is over, and with it every wish for more: {@code FlowControlHandler} wants to hear it again. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!answering && !closing) {
            ctx.read();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
        answering = true;
        boolean keepAlive = HttpUtil.isKeepAlive(request);
        if (request.decoderResult().isFailure()) {
            refuse(ctx, malformed(request.decoderResult().cause()));
            return;
        }
        AdminRequest asked;
        try {
            asked = asked(ctx, request);
        } catch (IllegalArgumentException e) {
            refuse(ctx, AdminResponse.error(400, "invalid_request", null, "the request target is malformed"));
            return;
        }
        AdminRoutes.Match match = routes.match(asked.method(), asked.path());
        // For the log: a path may have the text of a key in it.
        String route = String.valueOf(match.route());
        switch (gate.enter(match.isOpen(), asked.method(), request.headers(), asked.from())) {
            case AdminGate.Verdict.Refused refused -> refuse(ctx, refused.answer());
            case AdminGate.Verdict.Known known ->
                act(ctx, () -> AdminRoutes.answer(match, asked.by(known.caller())), asked, route, keepAlive);
            case AdminGate.Verdict.Unresolved unresolved ->
                act(ctx, () -> answer(match, asked, unresolved), asked, route, keepAlive);
        }
    }

    private static AdminRequest asked(ChannelHandlerContext ctx, FullHttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        return new AdminRequest(
                request.method().name(),
                uri.path(),
                uri.parameters(),
                request.headers(),
                request.content().toString(StandardCharsets.UTF_8),
                AdminGate.NOBODY,
                from(ctx),
                RequestId.of(request.headers()));
    }

    private AdminResponse answer(AdminRoutes.Match match, AdminRequest asked, AdminGate.Verdict.Unresolved unresolved)
            throws Exception {
        return switch (gate.resolve(unresolved, asked.from())) {
            case AdminGate.Verdict.Refused refused -> refused.answer();
            case AdminGate.Verdict.Known known -> AdminRoutes.answer(match, asked.by(known.caller()));
            case AdminGate.Verdict.Unresolved still -> throw new IllegalStateException("resolving ends in a verdict");
        };
    }

    private static InetAddress from(ChannelHandlerContext ctx) {
        return ctx.channel().remoteAddress() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    private void act(
            ChannelHandlerContext ctx,
            Callable<AdminResponse> action,
            AdminRequest asked,
            String route,
            boolean keepAlive) {
        if (!permits.tryAcquire()) {
            refuse(ctx, busy("too many admin requests at once; allowed: " + AdminServer.MAX_CONCURRENT));
            return;
        }
        try {
            actions.execute(() -> {
                AdminResponse response;
                try {
                    response = answer(action, asked, route);
                } finally {
                    permits.release();
                }
                ctx.executor().execute(() -> respond(ctx, response, keepAlive));
            });
        } catch (RejectedExecutionException e) {
            permits.release();
            refuse(ctx, busy("the gateway is shutting down"));
        }
    }

    /** Never throws: what nobody foresaw is logged here, with a reference that the caller gets too. */
    private static AdminResponse answer(Callable<AdminResponse> action, AdminRequest asked, String route) {
        try {
            return action.call().withHeader(RequestId.HEADER, asked.requestId());
        } catch (Exception | LinkageError | AssertionError e) {
            String reference =
                    HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
            LOG.atError()
                    .addKeyValue("reference", reference)
                    .addKeyValue("route", route)
                    .addKeyValue("requestId", asked.requestId())
                    .setCause(e)
                    .log("an admin request failed");
            return AdminResponse.error(
                    500, "internal_error", null, "the request failed; the log has more under reference " + reference);
        }
    }

    /** Answers at once and closes: read on from here, a packet full of refused requests would pile up on the stack. */
    private void refuse(ChannelHandlerContext ctx, AdminResponse answer) {
        respond(ctx, answer, /* keepAlive= */ false);
    }

    private void respond(ChannelHandlerContext ctx, AdminResponse answer, boolean keepAlive) {
        ByteBuf body = Unpooled.wrappedBuffer(answer.body().getBytes(StandardCharsets.UTF_8));
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(answer.status()), body);
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, answer.contentType());
        headers.set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        answer.headers().forEach(headers::set);
        answer.cookies().forEach(cookie -> headers.add(HttpHeaderNames.SET_COOKIE, cookie));
        HttpUtil.setKeepAlive(response, keepAlive);
        answering = false;
        if (keepAlive) {
            ctx.writeAndFlush(response);
            ctx.read();
        } else {
            closing = true;
            ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private static AdminResponse malformed(@Nullable Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return AdminResponse.error(
                    414, "uri_too_long", null, "the request line is longer than " + AdminServer.MAX_LINE_BYTES);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return AdminResponse.error(
                    431, "headers_too_large", null, "the headers are longer than " + AdminServer.MAX_HEADER_BYTES);
        }
        return AdminResponse.error(400, "invalid_request", null, "the request is not well-formed HTTP");
    }

    private static AdminResponse busy(String message) {
        return AdminResponse.error(503, "overloaded", null, message).withHeader("retry-after", "1");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof IdleStateEvent && !answering) {
            ctx.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.atDebug().setCause(cause).log("an admin connection failed");
        ctx.close();
    }
}
