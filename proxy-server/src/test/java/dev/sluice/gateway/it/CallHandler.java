package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection of the {@link LoadClient}: one call at a time. Thread: the client's event loop. */
final class CallHandler extends SimpleChannelInboundHandler<HttpObject> {
    private static final String CONTENT = "\"content\":\"";

    private final LoadClient client;
    /** What came of the body and has not been looked at: less than a line of a stream. */
    private final StringBuilder unread = new StringBuilder();

    private @Nullable ClientEntry entry;
    private boolean keepAlive;
    private int events;

    CallHandler(LoadClient client) {
        this.client = client;
    }

    void begin(Channel channel, ClientEntry next) {
        Plan plan = next.plan();
        entry = next;
        events = 0;
        unread.setLength(0);
        DefaultFullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.POST,
                "/v1/chat/completions",
                ByteBufUtil.writeUtf8(BookkeepingProvider.ALLOCATOR, plan.body()));
        HttpHeaders headers = request.headers();
        headers.set(HttpHeaderNames.HOST, "gateway");
        headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + client.key());
        headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        headers.set("x-request-id", plan.id());
        if (!client.tags().isEmpty()) {
            headers.set("x-sluice-tags", client.tags());
        }
        HttpUtil.setContentLength(request, request.content().readableBytes());
        channel.writeAndFlush(request);
        if (plan.abortAfter() == 0 || (plan.aborts() && !plan.stream())) {
            // Sometimes before the provider has been asked, sometimes while it thinks.
            long delayMillis = plan.words() % 30;
            channel.eventLoop().schedule(() -> abort(channel, next), delayMillis, TimeUnit.MILLISECONDS);
        }
    }

    private void abort(Channel channel, ClientEntry call) {
        if (entry == call) {
            entry = null;
            client.over(call, ClientEntry.Outcome.ABORTED);
            if (call.plan().words() % 2 == 0) {
                // A reset instead of a goodbye.
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
            }
            channel.close();
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext connection, HttpObject part) {
        ClientEntry call = entry;
        if (call == null) {
            return;
        }
        if (part.decoderResult().isFailure()) {
            throw new AssertionError("no HTTP", part.decoderResult().cause());
        }
        if (part instanceof HttpResponse head) {
            call.onHead(head.status().code());
            keepAlive = HttpUtil.isKeepAlive(head);
        }
        if (part instanceof HttpContent content) {
            unread.append(content.content().toString(ISO_8859_1));
            boolean last = part instanceof LastHttpContent;
            if (call.status() == 200) {
                look(connection.channel(), call, last);
            }
            if (last && entry == call) {
                whole(connection.channel(), call);
            }
        }
    }

    private void look(Channel channel, ClientEntry call, boolean last) {
        int from = 0;
        for (int end = unread.indexOf("\n"); end >= 0 && entry == call; end = unread.indexOf("\n", from)) {
            line(channel, call, from, end);
            from = end + 1;
        }
        if (last) {
            line(channel, call, from, unread.length());
            from = unread.length();
        }
        unread.delete(0, from);
    }

    private void line(Channel channel, ClientEntry call, int from, int end) {
        int content = unread.indexOf(CONTENT, from);
        if (content >= 0 && content < end) {
            int begin = content + CONTENT.length();
            int tokens = KnownWords.tokens(unread, begin, unread.indexOf("\"", begin));
            if (tokens > 0) {
                call.onText(tokens);
                events++;
                if (call.plan().stream() && events == call.plan().abortAfter()) {
                    abort(channel, call);
                }
            }
        } else if (end - from >= 12 && unread.indexOf("data: [DONE]", from) == from) {
            call.onDoneMarker();
        }
    }

    private void whole(Channel channel, ClientEntry call) {
        entry = null;
        if (call.status() != 200) {
            call.onRefusal(unread.toString());
        }
        client.over(call, ClientEntry.Outcome.WHOLE);
        if (keepAlive) {
            client.onIdle(channel);
        } else {
            channel.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext connection) {
        ClientEntry call = entry;
        if (call != null) {
            entry = null;
            client.over(call, ClientEntry.Outcome.CUT);
        }
    }

    /** The gateway was killed: what {@link #channelInactive} notes. Anything else is shown in the books as a cut call. */
    @Override
    public void exceptionCaught(ChannelHandlerContext connection, Throwable cause) {
        if (!(cause instanceof IOException)) {
            System.out.println("the client failed: " + cause);
        }
        connection.close();
    }
}
