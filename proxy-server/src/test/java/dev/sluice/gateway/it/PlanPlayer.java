package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the {@link BookkeepingProvider}: plays the plan of each request and notes a step before it takes it,
 * so that the books never say less than what may have arrived. Thread: the provider's event loop.
 */
final class PlanPlayer extends SimpleChannelInboundHandler<FullHttpRequest> {
    private static final long HELD_MILLIS = 5;
    private static final String CHUNK = "data: {\"id\":\"chatcmpl-b\",\"object\":\"chat.completion.chunk\","
            + "\"created\":1790000000,\"model\":\"" + Plan.MODEL + "\",\"choices\":[";
    private static final String DELTA = CHUNK + "{\"index\":0,\"delta\":{\"content\":\"";
    private static final String ROLE =
            CHUNK + "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n";
    private static final String FINISH = CHUNK + "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

    private final Map<String, ProviderEntry> entries;
    private final BookkeepingProvider.Gate gate;
    private @Nullable ProviderEntry entry;
    private int position;

    PlanPlayer(Map<String, ProviderEntry> entries, BookkeepingProvider.Gate gate) {
        this.entries = entries;
        this.gate = gate;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext connection, FullHttpRequest request) {
        Plan plan = Plan.ofBody(request.content().toString(UTF_8));
        ProviderEntry noted = entries.computeIfAbsent(plan.id(), id -> new ProviderEntry(plan));
        noted.onRequest();
        entry = noted;
        position = 0;
        if (plan.ending() == Plan.Ending.ERROR) {
            later(connection, plan, () -> error(connection, noted));
        } else if (plan.stream()) {
            DefaultHttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
            HttpUtil.setTransferEncodingChunked(head, true);
            connection.write(head);
            connection.writeAndFlush(event(ROLE));
            later(connection, plan, () -> stream(connection, noted));
        } else {
            later(connection, plan, () -> whole(connection, noted));
        }
    }

    private void later(ChannelHandlerContext connection, Plan plan, Runnable step) {
        if (plan.paceMillis() == 0) {
            step.run();
        } else {
            connection.executor().schedule(step, plan.paceMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void error(ChannelHandlerContext connection, ProviderEntry noted) {
        if (connection.channel().isActive()) {
            end();
            answer(connection, 500 + noted.plan().words() % 4, Words.error("no luck today", "server_error"));
        }
    }

    private void whole(ChannelHandlerContext connection, ProviderEntry noted) {
        if (!connection.channel().isActive()) {
            return;
        }
        Plan plan = noted.plan();
        noted.onText(plan.words());
        noted.onUsage(plan.reported());
        end();
        answer(
                connection,
                200,
                "{\"id\":\"chatcmpl-b\",\"object\":\"chat.completion\",\"created\":1790000000,\"model\":\"" + Plan.MODEL
                        + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                        + KnownWords.text(0, plan.words()) + "\"},\"finish_reason\":\"stop\"}],"
                        + usage(plan.reported()) + "}");
    }

    /** Plays on from where it stands, until the plan wants a pause. */
    private void stream(ChannelHandlerContext connection, ProviderEntry noted) {
        Plan plan = noted.plan();
        while (connection.channel().isActive() && entry == noted) {
            if (gate.isHeld()) {
                connection.executor().schedule(() -> stream(connection, noted), HELD_MILLIS, TimeUnit.MILLISECONDS);
                return;
            }
            // A stream that is to be cut is cut in the middle of its text.
            int last = plan.ending() == Plan.Ending.CUT ? (plan.words() + 1) / 2 : plan.words();
            if (position >= last) {
                end(connection, noted);
                return;
            }
            int tokens = Math.min(plan.chunkWords(), last - position);
            noted.onText(tokens);
            String text = DELTA + KnownWords.text(position, tokens) + "\"},\"finish_reason\":null}]}\n\n";
            position += tokens;
            connection.writeAndFlush(event(text));
            if (plan.paceMillis() > 0) {
                connection
                        .executor()
                        .schedule(() -> stream(connection, noted), plan.paceMillis(), TimeUnit.MILLISECONDS);
                return;
            }
        }
    }

    private void end(ChannelHandlerContext connection, ProviderEntry noted) {
        end();
        Plan plan = noted.plan();
        if (plan.ending() == Plan.Ending.CUT) {
            connection.close();
            return;
        }
        StringBuilder events = new StringBuilder(FINISH);
        if (plan.asksForUsage()) {
            noted.onUsage(plan.reported());
            events.append(CHUNK).append("],").append(usage(plan.reported())).append("}\n\n");
        }
        connection.write(event(events.append(Words.DONE).toString()));
        connection.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private void end() {
        Objects.requireNonNull(entry).onEnd();
        entry = null;
    }

    private static String usage(Plan.Reported usage) {
        return "\"usage\":{\"prompt_tokens\":" + usage.prompt() + ",\"completion_tokens\":" + usage.completion()
                + ",\"total_tokens\":" + (usage.prompt() + usage.completion())
                + ",\"prompt_tokens_details\":{\"cached_tokens\":" + usage.cached()
                + "},\"completion_tokens_details\":{\"reasoning_tokens\":" + usage.reasoning() + "}}";
    }

    private static DefaultHttpContent event(String text) {
        return new DefaultHttpContent(bytes(text));
    }

    private static ByteBuf bytes(String text) {
        return ByteBufUtil.writeUtf8(BookkeepingProvider.ALLOCATOR, text);
    }

    private static void answer(ChannelHandlerContext connection, int status, String json) {
        DefaultFullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), bytes(json));
        answer.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        HttpUtil.setContentLength(answer, answer.content().readableBytes());
        connection.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext connection) {
        if (entry != null) {
            entry.onAbandoned();
            entry = null;
        }
    }

    /** The gateway was killed, or went away from a stream: what {@link #channelInactive} notes. */
    @Override
    public void exceptionCaught(ChannelHandlerContext connection, Throwable cause) {
        if (!(cause instanceof IOException)) {
            System.out.println("the provider failed: " + cause);
        }
        connection.close();
    }
}
