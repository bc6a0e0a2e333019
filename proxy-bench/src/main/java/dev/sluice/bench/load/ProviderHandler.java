package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A connection to the provider: one request after the other, of which only the model and two flags are read. */
final class ProviderHandler extends ByteToMessageDecoder {
    private static final byte[] NO_SUCH_MODEL = AnswerText.ascii("{\"error\":{\"message\":\"no such model\","
            + "\"type\":\"invalid_request_error\",\"param\":\"model\",\"code\":\"model_not_found\"}}");
    private static final byte[] MODELS = AnswerText.ascii("{\"object\":\"list\",\"data\":[]}");
    private static final int BURST = 8;

    private final TimeWheel wheel;
    private final Map<String, AnswerText> texts;
    private final RequestText request = new RequestText();
    private final Streaming streaming = new Streaming();

    /** @param texts shared by the connections of an event loop */
    ProviderHandler(TimeWheel wheel, Map<String, AnswerText> texts) {
        this.wheel = wheel;
        this.texts = texts;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        while (request.read(in)) {
            answer(context.channel());
        }
    }

    private void answer(Channel channel) {
        if (request.head().startsWith("GET ")) {
            channel.writeAndFlush(json("200 OK", MODELS));
            return;
        }
        AnswerText text = text(request.model());
        if (text == null) {
            channel.writeAndFlush(json("404 Not Found", NO_SUCH_MODEL));
        } else if (request.isStreamed()) {
            streaming.begin(channel, text, request.wantsUsage());
        } else {
            channel.writeAndFlush(text.whole(channel.alloc()), channel.voidPromise());
        }
    }

    private @Nullable AnswerText text(String model) {
        AnswerText known = texts.get(model);
        if (known == null) {
            try {
                known = new AnswerText(AnswerShape.of(model));
            } catch (IllegalArgumentException e) {
                return null;
            }
            texts.put(model, known);
        }
        return known;
    }

    private static ByteBuf json(String status, byte[] body) {
        ByteBuf head = Unpooled.copiedBuffer(
                String.format(
                        Locale.ROOT,
                        "HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n",
                        status,
                        body.length),
                US_ASCII);
        return Unpooled.wrappedBuffer(head, Unpooled.wrappedBuffer(body));
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        streaming.onWritability(context.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        streaming.stop();
        super.channelInactive(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }

    /** The stream that is being said on this connection. */
    private final class Streaming extends TimeWheel.Entry {
        private @Nullable Channel channel;
        private @Nullable AnswerText text;
        private boolean usage;
        private boolean waits;
        private int next;
        private long beganNanos;

        void begin(Channel on, AnswerText what, boolean withUsage) {
            channel = on;
            text = what;
            usage = withUsage;
            next = 1;
            beganNanos = System.nanoTime();
            on.writeAndFlush(what.first(on.alloc()), on.voidPromise());
            goOn(on, what);
        }

        private void goOn(Channel on, AnswerText what) {
            if (next == what.shape().chunks()) {
                on.writeAndFlush(what.end(on.alloc(), usage), on.voidPromise());
                stop();
            } else {
                // Without an interval: in the next tick, so that requests are read between the bursts.
                wheel.add(this, beganNanos + next * what.shape().intervalNanos());
            }
        }

        @Override
        void onDue() {
            Channel on = channel;
            AnswerText what = text;
            if (on == null || what == null) {
                return;
            }
            int until = what.shape().intervalMicros() > 0
                    ? next + 1
                    : Math.min(next + BURST, what.shape().chunks());
            while (next < until && on.isWritable()) {
                on.writeAndFlush(what.delta(on.alloc(), next++), on.voidPromise());
            }
            waits = next < until;
            if (!waits) {
                goOn(on, what);
            }
        }

        void onWritability(Channel on) {
            if (waits && on.isWritable()) {
                waits = false;
                onDue();
            }
        }

        void stop() {
            channel = null;
            text = null;
            waits = false;
        }
    }
}
