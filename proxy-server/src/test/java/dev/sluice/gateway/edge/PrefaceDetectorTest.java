package dev.sluice.gateway.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import dev.sluice.gateway.wire.Peer;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http2.Http2FrameCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefaceDetectorTest {
    private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final EdgeScene scene = new EdgeScene(buffers);

    @AfterEach
    void everythingIsReleased() {
        scene.close();
    }

    private boolean speaks(Class<? extends ChannelHandler> codec) {
        return scene.accepted().pipeline().get(codec) != null;
    }

    @Test
    void thePrefaceIsHttp2AlsoInSingleBytes() {
        scene.client().sendInPieces(PREFACE, 1);

        assertThat(speaks(Http2FrameCodec.class)).isTrue();
        assertThat(speaks(RequestDecoder.class)).isFalse();
        assertThat(speaks(PrefaceDetector.class)).isFalse();
    }

    @Test
    void nothingIsDecidedBeforeTheBytesDiffer() {
        Peer client = scene.client().send("PRI * HTTP/");
        assertThat(speaks(PrefaceDetector.class)).isTrue();
        client.send("1");

        assertThat(speaks(RequestDecoder.class)).isTrue();
        assertThat(speaks(PrefaceDetector.class)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1", "P", "POST /", "PRI / HTTP/2.0", "X"})
    void everythingElseIsHttp1(String begin) {
        Peer client = scene.client().send(begin);
        if (begin.length() == 1 && begin.startsWith("P")) {
            client.send("UT");
        }

        assertThat(speaks(RequestDecoder.class)).isTrue();
        assertThat(speaks(Http2FrameCodec.class)).isFalse();
    }

    @Test
    void noByteIsLostInTheChange() {
        Peer client = scene.client().sendInPieces(EdgeScene.get("/healthz"), 1);

        assertThat(client.received()).startsWith("HTTP/1.1 200 OK");
    }
}
