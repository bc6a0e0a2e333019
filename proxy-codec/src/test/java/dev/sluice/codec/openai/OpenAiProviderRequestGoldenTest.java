package dev.sluice.codec.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.chat.ChatRequest;
import dev.sluice.codec.dialect.CallPath;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.dialect.MalformedRequestException;
import dev.sluice.codec.dialect.ProviderRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What hosts are sent, case by case: {@code host.txt} has the host and its model, {@code request.json} what is asked for,
 * in OpenAI's own words; {@code expected.json} what is sent, byte for byte, {@code dropped.txt} what is left out; or
 * {@code refused.txt} the member and the sentence of a refusal.
 */
final class OpenAiProviderRequestGoldenTest {
    private static final Path CASES = Path.of("src/test/resources/golden/openai-provider/request");

    static List<String> cases() throws IOException {
        try (Stream<Path> folders = Files.list(CASES)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void sendsWhatTheHostTakes(String name) throws IOException, MalformedRequestException {
        Path folder = CASES.resolve(name);
        String[] host = Files.readString(folder.resolve("host.txt")).strip().split(" ");
        ByteBuf body = Unpooled.wrappedBuffer(Files.readAllBytes(folder.resolve("request.json")));
        ChatRequest request = new OpenAiInbound().readChat(new CallPath(Endpoint.CHAT_COMPLETIONS), body);
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, /* disableLeakDetector= */ true);
        Path refusal = folder.resolve("refused.txt");
        if (Files.exists(refusal)) {
            String[] refused = Files.readString(refusal).strip().split(" ", 2);
            assertThatThrownBy(() -> provider(host[0]).writeChat(request, host[1], allocator))
                    .isInstanceOfSatisfying(MalformedRequestException.class, e -> {
                        assertThat(e.toError().param()).isEqualTo(refused[0]);
                        assertThat(e).hasMessage(refused[1]);
                    });
        } else {
            ProviderRequest written = provider(host[0]).writeChat(request, host[1], allocator);
            assertThat(written.body().toString(UTF_8))
                    .isEqualTo(Files.readString(folder.resolve("expected.json")).strip());
            Path dropped = folder.resolve("dropped.txt");
            assertThat(written.dropped()).isEqualTo(Files.exists(dropped) ? Files.readAllLines(dropped) : List.of());
            written.body().release();
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    private static OpenAiProvider provider(String host) {
        return new OpenAiProvider(Objects.requireNonNull(OpenAiQuirks.ROWS.stream()
                .filter(row -> row.name().equals(host))
                .findFirst()
                .orElse(null)));
    }
}
