package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatRequestText;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.RequestReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What chat requests mean: each case a request, and what it is read as, or why it is refused. */
final class OpenAiChatReaderTest {
    private final OpenAiInbound dialect = new OpenAiInbound();

    static List<Golden> requests() {
        return Golden.of("openai-inbound/requests");
    }

    @ParameterizedTest
    @MethodSource("requests")
    void readsWhatTheCallerSays(Golden golden) throws MalformedRequestException {
        CallPath path = new CallPath(
                golden.name().startsWith("completions-") ? Endpoint.COMPLETIONS : Endpoint.CHAT_COMPLETIONS);
        ByteBuf body = Unpooled.copiedBuffer(golden.read("request.json"), StandardCharsets.UTF_8);
        accept(path, body);
        if (golden.has("refused.txt")) {
            assertThatThrownBy(() -> dialect.readChat(path, body))
                    .isInstanceOfSatisfying(MalformedRequestException.class, refused -> {
                        GatewayError error = refused.toError();
                        assertThat(error.param() + ": " + error.message() + '\n')
                                .isEqualTo(golden.read("refused.txt"));
                    });
        } else {
            assertThat(ChatRequestText.of(dialect.readChat(path, body))).isEqualTo(golden.read("chat.txt"));
        }
        assertThat(body.readerIndex()).isZero();
        assertThat(body.refCnt()).isEqualTo(1);
    }

    @Test
    void anImageIsNeitherCopiedNorDecoded() throws MalformedRequestException {
        String data = "A".repeat(5 << 20);
        ByteBuf body = Unpooled.copiedBuffer(
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":"
                        + "{\"url\":\"data:image/png;base64," + data + "\"}}]}]}",
                StandardCharsets.UTF_8);
        CallPath path = new CallPath(Endpoint.CHAT_COMPLETIONS);
        dialect.readChat(path, body);
        com.sun.management.ThreadMXBean threads =
                (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        dialect.readChat(path, body);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(100_000);
    }

    /** What is read has been accepted before: that is what the reader may rely on. */
    private void accept(CallPath path, ByteBuf body) throws MalformedRequestException {
        try (RequestReader reader = dialect.newRequest(path, 64)) {
            reader.feed(body);
            reader.end();
        }
    }
}
