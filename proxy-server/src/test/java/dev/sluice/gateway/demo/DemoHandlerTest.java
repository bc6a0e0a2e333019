package dev.sluice.gateway.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The stream's timing, on a clock that only the test moves. */
class DemoHandlerTest {
    private static final Duration PACE = Duration.ofMillis(30);

    private final AtomicInteger openStreams = new AtomicInteger();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void connect() {
        channel.config().setAllocator(allocator);
        channel.freezeTime();
        channel.pipeline().addLast(new HttpServerCodec());
        channel.pipeline().addLast(new HttpObjectAggregator(1 << 20));
        channel.pipeline().addLast(new DemoHandler(new Secret("key"), PACE, openStreams));
    }

    @AfterEach
    void everyBufferIsReleased() {
        channel.finishAndReleaseAll();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        assertThat(allocator.metric().usedDirectMemory()).isZero();
    }

    @Test
    void sendsOneWordATick() {
        send(chat("\"stream\":true"));

        assertThat(written()).startsWith("HTTP/1.1 200 OK\r\n").contains("\"role\":\"assistant\"");
        assertThat(written()).isEmpty();
        tick();
        assertThat(written()).contains("\"content\":\"Hello\"").doesNotContain("from");
        tick();
        assertThat(written()).contains("\"content\":\" from\"");
        assertThat(openStreams).hasValue(1);
    }

    @Test
    void waitsWhileTheClientDoesNotKeepUp() {
        send(chat("\"stream\":true"));
        written();
        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        for (int i = 0; i < 100; i++) {
            tick();
        }
        assertThat(written()).isEmpty();

        channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        tick();
        assertThat(written()).contains("\"content\":\"Hello\"").doesNotContain("from");
    }

    @Test
    void stopsTheClockWhenTheClientIsGone() {
        send(chat("\"stream\":true"));
        tick();
        // Not close(): the embedded channel would drop all timers by itself, whatever the handler does.
        channel.pipeline().fireChannelInactive();

        assertThat(openStreams).hasValue(0);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void stopsTheClockAfterTheLastWordAndServesTheNextRequest() {
        send(chat("\"stream\":true,\"max_tokens\":2"));
        for (int i = 0; i < 3; i++) {
            tick();
        }
        assertThat(written()).contains("\"finish_reason\":\"length\"").endsWith("data: [DONE]\n\n\r\n0\r\n\r\n");
        assertThat(openStreams).hasValue(0);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);

        send(chat("\"stream\":false"));
        assertThat(written()).startsWith("HTTP/1.1 200 OK\r\n").contains("\"object\":\"chat.completion\"");
    }

    @Test
    void hangsUpOnASecondRequestInTheMiddleOfAStream() {
        send(chat("\"stream\":true"));
        send(chat("\"stream\":true"));

        assertThat(channel.isOpen()).isFalse();
        assertThat(openStreams).hasValue(0);
    }

    private static String chat(String members) {
        return "{\"model\":\"demo\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]," + members + "}";
    }

    private void send(String body) {
        String head = "POST /v1/chat/completions HTTP/1.1\r\nhost: h\r\nauthorization: Bearer key\r\ncontent-length: "
                + body.length() + "\r\n\r\n";
        channel.writeInbound(Unpooled.copiedBuffer(head + body, StandardCharsets.UTF_8));
    }

    private void tick() {
        channel.advanceTimeBy(PACE.toMillis(), TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        ByteBuf part;
        while ((part = channel.readOutbound()) != null) {
            text.append(part.toString(StandardCharsets.UTF_8));
            part.release();
        }
        return text.toString();
    }
}
