package dev.sluice.codec.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.ProviderGolden;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Recorded answers, which are not part of the repository: {@code bedrock-converse} in the directory that the environment
 * variable {@code SLUICE_REPLAY_DIR} names. Streams are recorded as a line for each event, {@code {"<type>":<payload>}}.
 */
final class BedrockReplayTest {
    private final BedrockProvider provider = new BedrockProvider();

    @Test
    void readsRecordedStreamsTheSameHoweverTheyAreCut() throws IOException {
        for (Path recording : recordings(".chunks.txt")) {
            EventStreamBytes frames = new EventStreamBytes();
            for (String line : Files.readAllLines(recording)) {
                JsonSlice event =
                        Objects.requireNonNull(JsonSlice.checked(Unpooled.wrappedBuffer(line.getBytes(UTF_8))));
                JsonSlice.Member payload = event.members().getFirst();
                frames.event(payload.name(), payload.value().json());
            }
            byte[] stream = frames.toBytes();
            Cuts cuts = Cuts.onHeap();
            String whole = says(true, stream, cuts, new int[] {stream.length});
            assertThat(whole).as("%s", recording).contains("finish 0 ", "# finished");
            Random random = new Random(20261121);
            for (int i = 0; i < 200; i++) {
                int[] ends = Cuts.randomCut(random, stream.length);
                assertThat(says(true, stream, cuts, ends)).as("%s", recording).isEqualTo(whole);
            }
            assertThat(cuts.unreleasedBytes()).isZero();
        }
    }

    @Test
    void readsRecordedBodies() throws IOException {
        for (Path recording : recordings(".json")) {
            byte[] body = Files.readAllBytes(recording);
            assertThat(says(false, body, Cuts.onHeap(), new int[] {body.length}))
                    .as("%s", recording)
                    .contains("finish 0 ", "# CONTENT+usage", "# finished");
        }
    }

    private String says(boolean stream, byte[] bytes, Cuts cuts, int[] ends) {
        return ProviderGolden.says(provider, Endpoint.CONVERSE, stream, bytes, cuts, ends);
    }

    private static List<Path> recordings(String ending) throws IOException {
        String directory = System.getenv("SLUICE_REPLAY_DIR");
        assumeTrue(directory != null, "SLUICE_REPLAY_DIR is not set: no recorded answers are replayed");
        try (Stream<Path> files = Files.list(Path.of(Objects.requireNonNull(directory), "bedrock-converse"))) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(ending)).toList();
            assertThat(found).isNotEmpty();
            return found;
        }
    }
}
