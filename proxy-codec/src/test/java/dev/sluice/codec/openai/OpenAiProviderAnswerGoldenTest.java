package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.GatewayError;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What answers of this dialect say, case by case: {@code payloads.txt} has the payload of an event on each line, or
 * {@code body.json} a whole answer, and {@code events.txt} what is told of it. There {@code # error} stands for the error
 * with which the answer ends, {@code # unfinished} for an answer that breaks off.
 */
final class OpenAiProviderAnswerGoldenTest {
    private static final Path CASES = Path.of("src/test/resources/golden/openai-provider/answer");

    static List<String> cases() throws IOException {
        try (Stream<Path> folders = Files.list(CASES)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tellsWhatTheAnswerSaysHoweverItIsCut(String name) throws IOException {
        Path folder = CASES.resolve(name);
        String expected = Files.readString(folder.resolve("events.txt")).strip();
        boolean stream = Files.exists(folder.resolve("payloads.txt"));
        List<String> payloads = stream
                ? Files.readAllLines(folder.resolve("payloads.txt"))
                : List.of(Files.readString(folder.resolve("body.json")));
        assertThat(told(stream, payloads, Integer.MAX_VALUE, null)).isEqualTo(expected);
        assertThat(told(stream, payloads, 1, null)).isEqualTo(expected);
        for (int seed = 0; seed < 20; seed++) {
            assertThat(told(stream, payloads, 40, new Random(seed))).isEqualTo(expected);
        }
    }

    /** @param random null: all pieces are of the longest size */
    static String told(boolean stream, List<String> payloads, int longest, @Nullable Random random) {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = OpenAiAnswer.of(stream, /* legacy= */ false, recorder);
        String end = "";
        for (String payload : payloads) {
            if (feed(answer, payload.getBytes(StandardCharsets.UTF_8), longest, random) == Event.ERROR) {
                GatewayError error = answer.error();
                assertThat(error).isNotNull();
                end = "# error " + error.kind() + ' ' + error.message();
                break;
            }
        }
        if (end.isEmpty() && answer.finished()) {
            answer.onEnd();
        } else if (end.isEmpty()) {
            end = "# unfinished";
        }
        return (recorder.toString() + end).strip();
    }

    private static Event feed(AnswerReader answer, byte[] payload, int longest, @Nullable Random random) {
        Cuts cuts = Cuts.direct();
        for (int from = 0; from < payload.length; ) {
            int size = random == null ? longest : 1 + random.nextInt(longest);
            int to = (int) Math.min(payload.length, (long) from + size);
            ByteBuf piece = cuts.buffer(payload, from, to);
            answer.onPayload(piece, piece.readerIndex(), piece.readableBytes());
            piece.release();
            from = to;
        }
        assertThat(cuts.unreleasedBytes()).isZero();
        return answer.onPayloadEnd();
    }
}
