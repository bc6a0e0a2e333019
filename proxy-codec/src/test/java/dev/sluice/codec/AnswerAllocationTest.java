package dev.sluice.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.bedrock.BedrockProvider;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.FrameReader;
import dev.sluice.codec.dialect.ProviderDialect;
import dev.sluice.codec.ollama.OllamaProvider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.management.ManagementFactory;
import java.util.Objects;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** What it costs to read a piece of text of a stream with frames of its own: frames, payload, meaning. */
final class AnswerAllocationTest {
    private static final int PIECES = 10_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aPieceOfTextOfOllamaAllocatesNothing() {
        String line = "{\"model\":\"m\",\"created_at\":\"2026-11-21T10:00:00.1Z\",\"message\":{\"role\":\"assistant\","
                + "\"content\":\" w\\u00f6rd\"},\"done\":false}\n";
        assertThat(allocated(new OllamaProvider(), Endpoint.OLLAMA_CHAT, line.getBytes(UTF_8)))
                .isZero();
    }

    @Test
    void aPieceOfTextOfBedrockAllocatesNothing() {
        byte[] payload =
                "{\"contentBlockIndex\":0,\"delta\":{\"text\":\" w\\u00f6rd\"},\"p\":\"abcdefghij\"}".getBytes(UTF_8);
        ByteBuf headers = Unpooled.buffer();
        header(headers, ":event-type", "contentBlockDelta");
        header(headers, ":content-type", "application/json");
        header(headers, ":message-type", "event");
        ByteBuf frame = Unpooled.buffer();
        frame.writeInt(16 + headers.readableBytes() + payload.length).writeInt(headers.readableBytes());
        frame.writeInt(checksum(frame)).writeBytes(headers).writeBytes(payload);
        frame.writeInt(checksum(frame));
        byte[] bytes = new byte[frame.readableBytes()];
        frame.readBytes(bytes);
        assertThat(allocated(new BedrockProvider(), Endpoint.CONVERSE, bytes)).isZero();
    }

    /** The least that one of several streams of {@link #PIECES} pieces allocates: compilers allocate meanwhile. */
    private static long allocated(ProviderDialect dialect, Endpoint endpoint, byte[] piece) {
        // Without the leak detector, which notes down each access.
        ByteBuf direct = Cuts.direct().buffer(piece, 0, piece.length);
        long least = Long.MAX_VALUE;
        try (AnswerReader answer = dialect.newAnswer(endpoint, true, ChatEvents.IGNORED)) {
            Payloads payloads = new Payloads(answer);
            FrameReader frames = Objects.requireNonNull(dialect.newFrames(payloads));
            for (int run = 0; run < 20; run++) {
                long before = THREADS.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < PIECES; i++) {
                    frames.feed(direct);
                }
                least = Math.min(least, THREADS.getCurrentThreadAllocatedBytes() - before);
            }
            assertThat(payloads.content).isEqualTo(20 * PIECES);
        } finally {
            direct.release();
        }
        return least;
    }

    private static void header(ByteBuf headers, String name, String value) {
        headers.writeByte(name.length()).writeBytes(name.getBytes(UTF_8)).writeByte(7);
        headers.writeShort(value.length()).writeBytes(value.getBytes(UTF_8));
    }

    private static int checksum(ByteBuf bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes.array(), 0, bytes.writerIndex());
        return (int) crc.getValue();
    }

    private static final class Payloads implements FrameReader.Listener {
        private final AnswerReader answer;
        private int content;

        Payloads(AnswerReader answer) {
            this.answer = answer;
        }

        @Override
        public void onName(String name) {
            answer.onName(name);
        }

        @Override
        public void onPayload(ByteBuf buffer, int index, int length) {
            answer.onPayload(buffer, index, length);
        }

        @Override
        public void onPayloadEnd() {
            content += answer.onPayloadEnd() == AnswerReader.Event.CONTENT ? 1 : 0;
        }
    }
}
