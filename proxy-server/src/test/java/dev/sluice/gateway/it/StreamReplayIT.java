package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.opentest4j.TestAbortedException;

/**
 * Streams in the manner of many providers arrive byte for byte as they were sent, however they are cut on their way; only
 * the usage report that the caller did not ask for is missing. What a caller without a wish for usage gets is written out
 * in {@code <name>.plain.sse}; where that is absent, it gets the very stream.
 */
final class StreamReplayIT {
    private static final List<String> STREAMS = List.of(
            "openai-text",
            "openai-tools",
            "openai-two-choices",
            "completions-text",
            "azure-filtered",
            "groq-reasoning",
            "mistral-usage-at-finish",
            "deepseek-comments",
            "xai-running-usage",
            "openrouter-processing",
            "framing-crlf",
            "framing-lone-cr",
            "framing-no-space",
            "framing-many-data-lines",
            "ending-without-done",
            "ending-done-without-finish");

    private static Rig rig;
    private static Http2Provider http2;

    @BeforeAll
    static void start(@TempDir Path directory) throws Exception {
        TestCertificates certificates = new TestCertificates(directory);
        http2 = new Http2Provider(certificates.forLocalhost());
        rig = Rig.start(
                Rig.with("""
                          second:
                            dialect: openai
                            base_url: "${HTTP2_URL}"
                            api_key: k2
                            ca: "${CA}"
                            allow_private: true
                        """, ""),
                Map.of(
                        "HTTP2_URL", http2.baseUrl().toString(),
                        "CA", certificates.authorityPem().toString()));
    }

    @AfterAll
    static void stop() throws Exception {
        http2.close();
        rig.close();
    }

    /** How the provider's bytes are cut: into chunks, and these with their framing into writes. */
    enum Cut {
        WHOLE,
        A_CHUNK_FOR_EACH_BYTE,
        A_WRITE_FOR_EACH_BYTE,
        RANDOM;

        private Split chunks() {
            return switch (this) {
                case WHOLE -> Split.WHOLE;
                case A_CHUNK_FOR_EACH_BYTE -> Split.EACH_BYTE;
                case A_WRITE_FOR_EACH_BYTE -> Split.random(7, 100);
                case RANDOM -> Split.random(11, 60);
            };
        }

        private Split writes() {
            return switch (this) {
                case WHOLE, A_CHUNK_FOR_EACH_BYTE -> Split.WHOLE;
                case A_WRITE_FOR_EACH_BYTE -> Split.EACH_BYTE;
                case RANDOM -> Split.random(13, 23);
            };
        }

        Script script(byte[] events) {
            return Script.of(
                    Script.splitWrites(writes()), Script.sseHead(), Script.send(events, chunks()), Script.end());
        }
    }

    static List<Arguments> streamsCutsAndProtocols() {
        List<Arguments> all = new ArrayList<>();
        for (String stream : STREAMS) {
            for (Cut cut : Cut.values()) {
                for (Protocol protocol : Protocol.values()) {
                    all.add(argumentSet(stream + ", " + cut + ", " + protocol, stream, cut, protocol));
                }
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("streamsCutsAndProtocols")
    void arrivesByteForByte(String stream, Cut cut, Protocol protocol) throws Exception {
        Recording recording = Recording.ofResource(stream);
        String model = rig.model(cut.script(recording.sent()));

        replay(recording, model, protocol);
    }

    static List<Arguments> streamsAndProtocols() {
        List<Arguments> all = new ArrayList<>();
        for (String stream : STREAMS) {
            for (Protocol protocol : Protocol.values()) {
                all.add(argumentSet(stream + ", " + protocol, stream, protocol));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("streamsAndProtocols")
    void arrivesByteForByteFromAnHttp2Provider(String stream, Protocol protocol) throws Exception {
        Recording recording = Recording.ofResource(stream);
        Script script = Script.of(Script.sseHead(), Script.send(recording.sent(), Split.random(17, 40)), Script.end());
        String model = "second/" + http2.scripts().add(script);

        replay(recording, model, protocol);
    }

    private static void replay(Recording recording, String model, Protocol protocol) throws Exception {
        Call asked = rig.keyed(Call.post(recording.path(), recording.request(model, /* usage= */ true)));
        Answer withUsage = protocol.call(rig.address(), asked);
        Call notAsked = rig.keyed(Call.post(recording.path(), recording.request(model, /* usage= */ false)));
        Answer without = protocol.call(rig.address(), notAsked);

        assertArrived(withUsage, recording.sent());
        assertArrived(without, recording.plain());
        assertThat(rig.row(asked).status()).isEqualTo("ok");
        UsageRow row = rig.row(notAsked);
        assertThat(row.status()).isEqualTo("ok");
        if (recording.reportsUsage()) {
            assertThat(row.number("input_tokens")).isPositive();
            assertThat(row.number("output_tokens")).isPositive();
            assertThat(row.text("usage_source")).isEqualTo("provider");
        }
    }

    private static void assertArrived(Answer answer, byte[] expected) {
        assertThat(answer.status()).as(answer.toString()).isEqualTo(200);
        assertThat(answer.complete()).as("ended by its framing").isTrue();
        assertThat(answer.field("content-type")).startsWith("text/event-stream");
        assertThat(answer.text()).isEqualTo(new String(expected, UTF_8));
        assertThat(answer.body()).isEqualTo(expected);
    }

    /** Recordings that lie outside: {@code SLUICE_REPLAY_DIR} or the system property {@code sluice.replay.dir}. */
    @Test
    void recordingsOfTheOperatorsArriveByteForByte() throws Exception {
        String directory = System.getProperty("sluice.replay.dir", System.getenv("SLUICE_REPLAY_DIR"));
        if (directory == null) {
            System.out.println("no recordings replayed: SLUICE_REPLAY_DIR is not set");
            throw new TestAbortedException("SLUICE_REPLAY_DIR is not set");
        }
        List<Path> files;
        try (Stream<Path> walk = Files.walk(Path.of(directory))) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        int replayed = 0;
        for (Path file : files) {
            Recording recording = Recording.ofFile(file);
            if (recording == null) {
                System.out.println("not replayed, no OpenAI-dialect stream: " + file);
                continue;
            }
            for (Cut cut : Cut.values()) {
                for (Protocol protocol : Protocol.values()) {
                    try {
                        replay(recording, rig.model(cut.script(recording.sent())), protocol);
                    } catch (AssertionError e) {
                        throw new AssertionError(file + ", " + cut + ", " + protocol, e);
                    }
                }
            }
            replayed++;
        }
        System.out.println(replayed + " recordings replayed from " + directory);
        assertThat(replayed).isPositive();
    }

    @Test
    void eachStreamHasItsFile() throws Exception {
        URI directory = requireNonNull(StreamReplayIT.class.getResource("/streams"), "/streams")
                .toURI();
        try (Stream<Path> files = Files.list(Path.of(directory))) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".sse") && !name.endsWith(".plain.sse"))
                            .map(name -> name.substring(0, name.length() - 4)))
                    .containsExactlyInAnyOrderElementsOf(STREAMS);
        }
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = requireNonNull(StreamReplayIT.class.getResourceAsStream("/streams/" + name), name)) {
            return in.readAllBytes();
        }
    }
}
