package dev.sluice.codec.responses;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerEncoder;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.codec.json.JsonSlice;
import dev.sluice.codec.relay.Relay;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Recorded streams of real providers, where there are some: {@code SLUICE_REPLAY_DIR} names a folder in whose folders
 * files {@code *.chunks.txt} hold a payload in each line. Skipped without it.
 */
final class ResponsesReplayTest {
    private static final int EVERY_CUT_BELOW_BYTES = 12_000;

    /** A recording, and what its last event says that the answer was. */
    private record Recording(String name, byte[] bytes, JsonSlice response) {}

    @Test
    void recordingsSayTheSameWhereverTheyAreCutAndWhatTheirLastEventSays() throws IOException {
        List<Recording> streams = streams();
        for (Recording stream : streams) {
            byte[] bytes = stream.bytes();
            Cuts buffers = Cuts.onHeap();
            String whole = Heard.of(bytes, true, new int[] {bytes.length}, buffers);
            if (bytes.length < EVERY_CUT_BELOW_BYTES) {
                Cuts.forEachCut(bytes.length, 20, cut -> assertSame(stream, cut, whole));
            } else {
                Random random = new Random(bytes.length);
                for (int i = 0; i < 10; i++) {
                    assertSame(stream, Cuts.randomCut(random, bytes.length), whole);
                }
            }
            Told told = new Told();
            Heard heard = Heard.tell(bytes, true, new int[] {bytes.length}, buffers, told);
            assertThat(heard.ending()).as(stream.name()).isEqualTo(Relay.Ending.COMPLETE);
            JsonSlice usage = Objects.requireNonNull(stream.response().member("usage"));
            // A report of zeros is none.
            long expected = number(usage, "total_tokens") == 0 ? Usage.UNKNOWN : number(usage, "input_tokens");
            assertThat(heard.usage().inputTokens()).as(stream.name()).isEqualTo(expected);
            assertThat(told.said()).as(stream.name()).isEqualTo(said(stream.response()));
            assertThat(buffers.unreleasedBytes()).isZero();
        }
        assertThat(streams).hasSizeGreaterThan(10);
    }

    @Test
    void recordingsAreSaidAgainInLegalStreams() throws IOException {
        for (Recording stream : streams()) {
            EventScript.Recorder recorder = new EventScript.Recorder();
            Heard.tell(stream.bytes(), true, new int[] {stream.bytes().length}, Cuts.onHeap(), recorder);
            AnswerPlan plan =
                    new AnswerPlan(Endpoint.RESPONSES, true, "m", "r1", 1_700_000_000, false, -1, /* query= */ null);
            AnswerEncoder encoder = new ResponsesEncoder(plan, UnpooledByteBufAllocator.DEFAULT);
            String again = EventScript.run(recorder.toString(), encoder);
            ResponseGrammar.check(again);
            Told told = new Told();
            byte[] bytes = again.getBytes(UTF_8);
            Heard.tell(bytes, true, new int[] {bytes.length}, Cuts.onHeap(), told);
            assertThat(told.said()).as(stream.name()).isEqualTo(said(stream.response()));
        }
    }

    private static void assertSame(Recording stream, int[] cut, String whole) {
        assertThat(Heard.of(stream.bytes(), true, cut, Cuts.onHeap()))
                .as(stream.name())
                .isEqualTo(whole);
    }

    private static List<Recording> streams() throws IOException {
        String folder = System.getenv("SLUICE_REPLAY_DIR");
        assumeTrue(folder != null, "SLUICE_REPLAY_DIR is not set: recorded streams are not replayed");
        List<Recording> streams = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(Objects.requireNonNull(folder)))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".chunks.txt"))
                    .sorted()
                    .toList()) {
                read(file, streams);
            }
        }
        return streams;
    }

    /**
     * A file may hold several streams, one behind the other. Some have been shortened by those who recorded them: where
     * the pieces of a text are not the text, there is nothing to hold the answer to.
     */
    private static void read(Path file, List<Recording> streams) throws IOException {
        StringBuilder sse = new StringBuilder();
        StringBuilder pieces = new StringBuilder();
        StringBuilder texts = new StringBuilder();
        for (String line : Files.readAllLines(file)) {
            JsonSlice payload = line.isBlank() ? null : JsonSlice.checked(Unpooled.wrappedBuffer(line.getBytes(UTF_8)));
            JsonSlice type = payload == null ? null : payload.member("type");
            if (payload == null || type == null || !type.textStartsWith("response.")) {
                continue;
            }
            if (type.textEquals("response.created")) {
                sse.setLength(0);
                pieces.setLength(0);
                texts.setLength(0);
            }
            if (type.textEquals("response.output_text.delta")) {
                pieces.append(string(payload, "delta"));
            } else if (type.textEquals("response.output_text.done")) {
                texts.append(string(payload, "text"));
            }
            sse.append("event: ")
                    .append(type.text())
                    .append("\ndata: ")
                    .append(line)
                    .append("\n\n");
            if (type.textEquals("response.completed") && pieces.compareTo(texts) == 0) {
                String name = file.getFileName() + "#" + streams.size();
                JsonSlice response = Objects.requireNonNull(payload.member("response"));
                streams.add(new Recording(name, sse.toString().getBytes(UTF_8), response));
            }
        }
    }

    /** What a response says, as far as a chat knows it. */
    private static String said(JsonSlice response) {
        StringBuilder text = new StringBuilder();
        StringBuilder reasoning = new StringBuilder();
        StringBuilder calls = new StringBuilder();
        for (JsonSlice item : Objects.requireNonNull(response.member("output")).elements()) {
            String type = string(item, "type");
            for (JsonSlice part : elements(item, "content")) {
                (type.equals("reasoning") ? reasoning : text)
                        .append(string(part, "text"))
                        .append(string(part, "refusal"));
            }
            for (JsonSlice part : elements(item, "summary")) {
                reasoning.append(string(part, "text"));
            }
            if (type.equals("function_call")) {
                calls.append(string(item, "call_id")).append(' ').append(string(item, "name"));
                calls.append(string(item, "arguments")).append('\n');
            }
        }
        return text + "\n---\n" + reasoning + "\n---\n" + calls;
    }

    private static List<JsonSlice> elements(JsonSlice item, String name) {
        JsonSlice list = item.member(name);
        return list == null ? List.of() : list.elements();
    }

    private static long number(JsonSlice object, String name) {
        return Objects.requireNonNull(object.member(name)).longValue(Long.MIN_VALUE);
    }

    private static String string(JsonSlice object, String name) {
        JsonSlice value = object.member(name);
        return value == null ? "" : value.text();
    }

    /** Puts together what is told. */
    private static final class Told implements ChatEvents {
        private final ByteArrayOutputStream text = new ByteArrayOutputStream();
        private final ByteArrayOutputStream reasoning = new ByteArrayOutputStream();
        private final List<String> heads = new ArrayList<>();
        private final List<ByteArrayOutputStream> arguments = new ArrayList<>();

        @Override
        public void onText(int choice, Channel channel, byte[] utf8, int from, int to) {
            (channel == Channel.REASONING ? reasoning : text).write(utf8, from, to - from);
        }

        @Override
        public void onToolCall(int choice, int call, @Nullable String id, String name) {
            assertThat(call).isEqualTo(heads.size());
            heads.add(id + " " + name);
            arguments.add(new ByteArrayOutputStream());
        }

        @Override
        public void onArguments(int choice, int call, byte[] utf8, int from, int to) {
            arguments.get(call).write(utf8, from, to - from);
        }

        String said() {
            StringBuilder calls = new StringBuilder();
            for (int i = 0; i < heads.size(); i++) {
                calls.append(heads.get(i))
                        .append(arguments.get(i).toString(UTF_8))
                        .append('\n');
            }
            return text.toString(UTF_8) + "\n---\n" + reasoning.toString(UTF_8) + "\n---\n" + calls;
        }
    }
}
