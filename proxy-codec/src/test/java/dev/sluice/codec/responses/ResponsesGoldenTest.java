package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.ChatRequestText;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What goes in and what comes out, as files in {@code golden/responses/<case>}.
 *
 * <pre>
 * request.json   what a caller asks       chat.txt     what that means, or
 *                                         refused.txt  why it cannot be served, and the member at fault
 * provider.sse   what a provider streams  heard.txt    what that says, and how it ends
 * provider.json  the same whole           heard.txt
 * script.txt     what an answer says      caller.sse   what a caller gets who asked for a stream
 *                                         caller.json  what a caller gets who did not
 * </pre>
 */
final class ResponsesGoldenTest {
    private static final ResponsesInbound INBOUND = new ResponsesInbound();

    static List<Path> cases() throws IOException, URISyntaxException {
        URL root = Objects.requireNonNull(ResponsesGoldenTest.class.getResource("/golden/responses"));
        try (Stream<Path> folders = Files.list(Path.of(root.toURI()))) {
            return folders.filter(Files::isDirectory).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatComesOutIsWhatTheFilesSay(Path folder) throws Exception {
        int checks = 0;
        if (has(folder, "request.json")) {
            checkRequest(folder);
            checks++;
        }
        for (String answer : List.of("provider.sse", "provider.json")) {
            if (has(folder, answer)) {
                checkAnswer(folder, answer);
                checks++;
            }
        }
        for (String answer : List.of("caller.sse", "caller.json")) {
            if (has(folder, answer)) {
                checkEncoder(folder, answer);
                checks++;
            }
        }
        assertThat(checks).as("files in %s", folder.getFileName()).isPositive();
    }

    private static void checkRequest(Path folder) throws Exception {
        ByteBuf body = Unpooled.wrappedBuffer(Files.readAllBytes(folder.resolve("request.json")));
        CallPath path = new CallPath(Endpoint.RESPONSES);
        try (ResponsesRequest request = new ResponsesRequest(64)) {
            request.feed(body);
            request.end();
        }
        if (has(folder, "refused.txt")) {
            MalformedRequestException refused =
                    catchThrowableOfType(MalformedRequestException.class, () -> INBOUND.readChat(path, body));
            assertThat(refused).isNotNull();
            assertThat(refused.getMessage() + "\n" + refused.toError().param() + "\n")
                    .isEqualTo(read(folder, "refused.txt"));
        } else {
            assertThat(ChatRequestText.of(INBOUND.readChat(path, body))).isEqualTo(read(folder, "chat.txt"));
        }
        assertThat(body.readerIndex()).isZero();
    }

    /** At every cut: whole, byte by byte, in two pieces, at random. */
    private static void checkAnswer(Path folder, String file) throws Exception {
        byte[] bytes = Files.readAllBytes(folder.resolve(file));
        String expected = read(folder, "heard.txt");
        Cuts cuts = Cuts.direct();
        Cuts.forEachCut(
                bytes.length,
                20,
                cut -> assertThat(Heard.of(bytes, file.endsWith(".sse"), cut, cuts))
                        .isEqualTo(expected));
        assertThat(cuts.unreleasedBytes()).isZero();
    }

    private static void checkEncoder(Path folder, String file) throws Exception {
        boolean stream = file.endsWith(".sse");
        AnswerPlan plan = new AnswerPlan(
                Endpoint.RESPONSES, stream, "asked-model", "req-01AB", 1_700_000_000, false, -1, /* query= */ null);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true);
        AnswerEncoder encoder = INBOUND.newEncoder(plan, allocator);
        String written = EventScript.run(read(folder, "script.txt"), encoder);
        assertThat(written).isEqualTo(read(folder, file).stripTrailing() + (stream ? "\n\n" : ""));
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        if (stream) {
            ResponseGrammar.check(written);
        }
    }

    private static boolean has(Path folder, String file) {
        return Files.exists(folder.resolve(file));
    }

    private static String read(Path folder, String file) throws IOException {
        return Files.readString(folder.resolve(file), UTF_8);
    }
}
