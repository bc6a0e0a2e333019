package dev.sluice.gateway.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/** What Netty's own client makes of an answer, in the words of {@link AnswerVector}. */
final class NettyReading {
    private final EmbeddedChannel channel = new EmbeddedChannel(new HttpClientCodec(
            new HttpDecoderConfig().setMaxHeaderSize(AnswerHead.MAX_BYTES).setMaxChunkSize(64 * 1024), false, false));

    private final StringBuilder body = new StringBuilder();
    private int status;
    private boolean interim;
    private String ending = "open";

    NettyReading(HttpMethod method) {
        channel.writeOutbound(new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, method, "/", Unpooled.EMPTY_BUFFER));
        channel.releaseOutbound();
    }

    String read(AnswerVector vector) {
        channel.writeInbound(Unpooled.copiedBuffer(vector.text(), ISO_8859_1));
        if (vector.closed()) {
            channel.finish();
        }
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            if (ending.equals("open")) {
                onMessage(message);
            }
            ReferenceCountUtil.release(message);
        }
        channel.finishAndReleaseAll();
        if (ending.equals(AnswerVector.REFUSED)) {
            return ending;
        }
        if (status == 0) {
            return AnswerVector.NOTHING;
        }
        // It says nothing when a body ends too early.
        boolean cut = vector.closed() && ending.equals("open");
        return AnswerVector.outcome(status, body, cut ? "cut" : ending);
    }

    private void onMessage(Object message) {
        if (message instanceof HttpResponse response) {
            if (response.decoderResult().isFailure()) {
                ending = AnswerVector.REFUSED;
                return;
            }
            interim = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
            status = interim ? 0 : response.status().code();
        }
        if (message instanceof HttpContent content && !interim) {
            ByteBuf bytes = content.content();
            body.append(bytes.toString(ISO_8859_1));
            if (content.decoderResult().isFailure()) {
                ending = "cut";
            } else if (content instanceof LastHttpContent) {
                ending = "whole";
            }
        }
    }
}
