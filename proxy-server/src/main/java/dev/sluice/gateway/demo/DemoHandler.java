package dev.sluice.gateway.demo;

import dev.sluice.gateway.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One connection to the demo provider: a request, its answer, the next request. Thread: event loop. */
final class DemoHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final Logger LOG = LoggerFactory.getLogger(DemoHandler.class);

    private static final InstantSource CLOCK = InstantSource.system();

    private final byte[] credentials;
    private final Duration pace;
    private final AtomicInteger openStreams;
    private final long startedAtSeconds = CLOCK.millis() / 1_000;
    private @Nullable DemoStream stream;

    DemoHandler(Secret apiKey, Duration pace, AtomicInteger openStreams) {
        credentials = ("Bearer " + apiKey.reveal()).getBytes(StandardCharsets.UTF_8);
        this.pace = pace;
        this.openStreams = openStreams;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest http) {
        if (stream != null) {
            // Asked again before the answer was over: pipelining, which no client of the dialect does.
            ctx.close();
            return;
        }
        Answering to = new Answering(ctx, HttpUtil.isKeepAlive(http));
        if (http.decoderResult().isFailure()) {
            to.error(400, "invalid_request_error", "the request is not well-formed HTTP");
        } else if (!isKey(http.headers().get(HttpHeaderNames.AUTHORIZATION, ""))) {
            to.error(401, "invalid_api_key", "the demo provider serves this gateway only");
        } else if (http.method().equals(HttpMethod.GET)) {
            get(to, http.uri());
        } else if (http.method().equals(HttpMethod.POST)) {
            post(to, http);
        } else {
            to.error(405, "method_not_allowed", http.method() + " is not allowed; allowed: GET, POST");
        }
    }

    private boolean isKey(String authorization) {
        return MessageDigest.isEqual(authorization.getBytes(StandardCharsets.UTF_8), credentials);
    }

    private void get(Answering to, String path) {
        switch (path) {
            case "/v1/models" -> to.json(200, DemoLists.models(startedAtSeconds));
            case "/v1/models/" + DemoProvider.MODEL -> to.json(200, DemoLists.model(startedAtSeconds));
            default -> to.error(404, "not_found", "nothing is served at this path");
        }
    }

    private void post(Answering to, FullHttpRequest http) {
        DemoRequest request;
        try {
            request = DemoRequest.parse(ByteBufUtil.getBytes(http.content()));
        } catch (IOException e) {
            to.error(400, "invalid_request_error", "the body is not a JSON object");
            return;
        }
        String model = request.model();
        if (model != null && !model.equals(DemoProvider.MODEL)) {
            to.error(404, "model_not_found", "the model does not exist here; the only one is " + DemoProvider.MODEL);
            return;
        }
        switch (http.uri()) {
            case "/v1/chat/completions" -> generate(to, request, false);
            case "/v1/completions" -> generate(to, request, true);
            case "/v1/embeddings" -> embed(to, request);
            case "/v1/moderations" -> to.json(200, DemoLists.moderations(request, newId()));
            default -> to.error(404, "not_found", "nothing is served at this path");
        }
    }

    private static void embed(Answering to, DemoRequest request) {
        if (request.dimensions() < 0 || request.dimensions() > DemoLists.MAX_DIMENSIONS) {
            to.error(
                    400,
                    "invalid_request_error",
                    "`dimensions` is " + request.dimensions() + "; allowed: 1 to " + DemoLists.MAX_DIMENSIONS);
            return;
        }
        to.json(200, DemoLists.embeddings(request));
    }

    private void generate(Answering to, DemoRequest request, boolean legacy) {
        if (request.maxTokens() < 1) {
            to.error(400, "invalid_request_error", "`max_tokens` is " + request.maxTokens() + "; at least 1 is needed");
            return;
        }
        long now = CLOCK.millis() / 1_000;
        DemoAnswer answer = DemoAnswer.to(request, legacy, newId(), now);
        if (!request.stream()) {
            to.json(200, answer.whole());
            return;
        }
        to.eventStreamHead();
        openStreams.incrementAndGet();
        DemoStream started = new DemoStream(to.ctx, answer, to.keepAlive, this::onStreamEnd);
        stream = started;
        started.start(pace);
    }

    private void onStreamEnd() {
        stream = null;
        openStreams.decrementAndGet();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (stream != null) {
            stream.cancel();
            onStreamEnd();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.atDebug().setCause(cause).log("a connection to the demo provider failed");
        ctx.close();
    }

    private static String newId() {
        return "demo" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }

    /** Where an answer goes to, and whether the connection outlives it. */
    private record Answering(ChannelHandlerContext ctx, boolean keepAlive) {

        void json(int status, String body) {
            ByteBuf content = ByteBufUtil.writeUtf8(ctx.alloc(), body);
            FullHttpResponse response =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), content);
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
            response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.readableBytes());
            response.headers().set("x-request-id", newId());
            HttpUtil.setKeepAlive(response, keepAlive);
            if (keepAlive) {
                ctx.writeAndFlush(response);
            } else {
                ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
            }
        }

        void error(int status, String code, String message) {
            json(status, DemoJson.object(json -> {
                json.writeObjectFieldStart("error");
                json.writeStringField("message", message);
                json.writeStringField("type", "invalid_request_error");
                json.writeNullField("param");
                json.writeStringField("code", code);
                json.writeEndObject();
            }));
        }

        void eventStreamHead() {
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
            head.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-cache");
            head.headers().set("x-request-id", newId());
            HttpUtil.setTransferEncodingChunked(head, true);
            HttpUtil.setKeepAlive(head, keepAlive);
            ctx.writeAndFlush(head);
        }
    }
}
