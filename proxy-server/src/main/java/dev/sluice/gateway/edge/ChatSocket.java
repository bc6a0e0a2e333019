package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.json.JsonLimits;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.CallHead;
import dev.sluice.gateway.exchange.Exchange;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.exchange.LoopTicker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The last handler of a client's connection that has become a WebSocket for chats: each message is a request, which
 * becomes an {@link Exchange} of its own with a {@link ChatCall} as its client. Many may be open at once.
 *
 * <p>While the client cannot take more, none of its exchanges reads from its provider, and nothing more is read from the
 * client. Thread: event loop.
 */
final class ChatSocket extends ChannelInboundHandlerAdapter implements LoopTicker.Ticking {

    /** How many chats may be open on one connection. */
    static final int MAX_OPEN = 32;

    private static final CallPath PATH = new CallPath(Endpoint.CHAT_COMPLETIONS);
    /** How long a client may take nothing at all. Its exchanges have given it up by then. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(61);

    private static final int NORMAL = 1000;
    private static final int GOING_AWAY = 1001;
    private static final int UNSUPPORTED_DATA = 1003;
    private static final int TOO_BIG = 1009;

    private final ExchangeLoop loop;
    private final CallHead upgrade;
    private final GatewayConfig.Limits limits;
    private final JsonLimits jsonLimits;
    private final LoopTicker.Node tickNode = new LoopTicker.Node(this);
    private final Map<String, ChatCall> open = new LinkedHashMap<>();

    private @Nullable ChannelHandlerContext context;
    private @Nullable SocketLeg leg;
    private long named;
    private long sinceNanos;
    private long writableNanos;

    /** @param upgrade the head of the request that the connection began with: it speaks for each of its chats */
    ChatSocket(ExchangeLoop loop, CallHead upgrade, GatewayConfig.Limits limits) {
        this.loop = loop;
        this.upgrade = upgrade;
        this.limits = limits;
        this.jsonLimits = new JsonLimits(limits.jsonDepth());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
        leg = new SocketLeg(added, loop.ticker());
        sinceNanos = loop.ticker().nanoTime();
        writableNanos = sinceNanos;
        loop.ticker().add(tickNode);
    }

    // ---- from the client ------------------------------------------------------------------------------------------

    @Override
    public void channelRead(ChannelHandlerContext from, Object message) {
        sinceNanos = loop.ticker().nanoTime();
        if (message instanceof CloseWebSocketFrame close) {
            abandonAll();
            int code = close.statusCode();
            close.release();
            leg().onPeerClose();
            leg().close(code, "");
        } else if (leg().isClosing()) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof TextWebSocketFrame text) {
            onMessage(text.content());
        } else if (message instanceof PingWebSocketFrame ping) {
            from.writeAndFlush(new PongWebSocketFrame(ping.content()), from.voidPromise());
        } else {
            if (message instanceof BinaryWebSocketFrame) {
                abandonAll();
                leg().close(UNSUPPORTED_DATA, "messages are text: JSON, one request each");
            } else if (!(message instanceof PongWebSocketFrame)) {
                // Bytes that did not wait for the upgrade: neither HTTP nor frames.
                from.close();
            }
            ReferenceCountUtil.release(message);
        }
    }

    /** Takes {@code message}. */
    private void onMessage(ByteBuf message) {
        ChatEnvelope envelope = ChatEnvelope.of(message, jsonLimits);
        GatewayError refusal = refusal(envelope);
        String cancelled = envelope.cancel();
        if (refusal != null) {
            message.release();
            refuse(envelope.id(), refusal);
        } else if (cancelled != null) {
            message.release();
            ChatCall call = open.get(cancelled);
            // One that is over already may cross its own end on the way: nothing is left to be done.
            if (call != null) {
                call.cancel();
            }
        } else {
            String id = envelope.id() == null ? newId() : envelope.id();
            ChatCall call = new ChatCall(this, context(), upgrade.dialect(), id);
            open.put(id, call);
            call.begin(loop, head(id), PATH, envelope.request(message, context().alloc()));
        }
    }

    private @Nullable GatewayError refusal(ChatEnvelope envelope) {
        if (envelope.problem() != null || envelope.cancel() != null) {
            return envelope.problem();
        }
        if (loop.isDraining()) {
            return GatewayError.gateway(ErrorKind.OVERLOADED, "The gateway is shutting down; please connect again.");
        }
        if (open.size() >= MAX_OPEN) {
            return GatewayError.caller(
                    ErrorKind.RATE_LIMITED,
                    open.size() + " chats are open on this connection, " + MAX_OPEN + " are allowed.");
        }
        if (open.containsKey(envelope.id())) {
            return GatewayError.caller(
                    ErrorKind.INVALID_REQUEST,
                    "A chat with the id '" + envelope.id() + "' is open on this connection; ids must differ.",
                    "id");
        }
        return null;
    }

    private void refuse(@Nullable String id, GatewayError error) {
        new ChatFrames(context(), id)
                .error(ByteBufUtil.writeUtf8(
                        context().alloc(), upgrade.dialect().errorBody(error)));
        context().flush();
    }

    private String newId() {
        String id;
        do {
            named++;
            id = "chat-" + named;
        } while (open.containsKey(id));
        return id;
    }

    /** The head of a chat's own request: as if it had come with the headers of the upgrade. */
    private CallHead head(String id) {
        return new CallHead(
                upgrade.dialect(),
                upgrade.endpointLabel(),
                upgrade.requestId() + "/" + id,
                upgrade.caller(),
                upgrade.key(),
                upgrade.protocol(),
                upgrade.headers(),
                loop.ticker().nanoTime());
    }

    // ---- from the chats -------------------------------------------------------------------------------------------

    /** The client has been told all of it. */
    void onCallEnd(ChatCall call) {
        open.remove(call.id(), call);
        sinceNanos = loop.ticker().nanoTime();
        if (loop.isDraining() && open.isEmpty()) {
            leg().close(GOING_AWAY, "the gateway is shutting down");
        }
    }

    private void abandonAll() {
        for (ChatCall call : calls()) {
            call.abandon();
        }
        open.clear();
    }

    /** They may end while they are told something. */
    private List<ChatCall> calls() {
        return new ArrayList<>(open.values());
    }

    // ---- the connection -------------------------------------------------------------------------------------------

    @Override
    public void onTick(long nowNanos) {
        leg().onTick(nowNanos);
        if (context().channel().isWritable()) {
            writableNanos = nowNanos;
        } else if (nowNanos - writableNanos > STALL_NANOS) {
            // A close frame would wait behind what the client does not take.
            context().channel().unsafe().close(context().voidPromise());
            return;
        }
        if (!open.isEmpty()) {
            return;
        }
        if (loop.isDraining()) {
            leg().close(GOING_AWAY, "the gateway is shutting down");
        } else if (nowNanos - sinceNanos > limits.keepAlive().toNanos()) {
            leg().close(NORMAL, "nothing was asked for " + limits.keepAlive().toSeconds() + " s");
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        boolean writable = from.channel().isWritable();
        if (!leg().isClosing()) {
            from.channel().config().setAutoRead(writable);
        }
        for (ChatCall call : calls()) {
            call.onWritable(writable);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        loop.ticker().remove(tickNode);
        abandonAll();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (cause instanceof TooLongFrameException) {
            abandonAll();
            leg().close(TOO_BIG, "a message has more than " + limits.bodyBytes() + " bytes");
        } else if (!(cause instanceof CorruptedWebSocketFrameException)) {
            from.close();
        }
        // The frame decoder has told the client about a violation itself, and closes.
    }

    private ChannelHandlerContext context() {
        return Objects.requireNonNull(context);
    }

    private SocketLeg leg() {
        return Objects.requireNonNull(leg);
    }
}
