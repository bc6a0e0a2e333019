package dev.sluice.codec.anthropic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.codec.Cuts;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.json.JsonSlice;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Reads recorded answers, where there are any: {@code SLUICE_REPLAY_DIR} names a folder with an
 * {@code anthropic-messages} in it. A {@code .json} is a whole answer, a {@code .chunks.txt} has the data of an event on
 * each line, of one answer or of several behind one another.
 */
final class AnthropicReplayTest {
    private static final Pattern CALL = Pattern.compile("(?m)^call 0 (\\d+) (\\S+) (.+)$");

    @Test
    void eachRecordedStreamSaysTheSameHoweverItIsCut() throws IOException {
        int answers = 0;
        for (Path file : files(".chunks.txt")) {
            for (List<String> events : messages(Files.readString(file))) {
                byte[] sse = frames(events).getBytes(UTF_8);
                AnswerRun whole = AnswerRun.stream(sse, new int[] {sse.length});
                String name = file.getFileName().toString();
                boolean negative = name.contains("spliced");
                assertThat(whole.events).as(name).contains(negative ? Event.ERROR : Event.DONE);
                assertThat(whole.answer().finished()).as(name).isEqualTo(!negative);
                if (!negative) {
                    assertInvariants(name, whole.told());
                }
                int[] single = new int[sse.length];
                for (int i = 0; i < sse.length; i++) {
                    single[i] = i + 1;
                }
                assertThat(AnswerRun.stream(sse, single).summary()).as(name).isEqualTo(whole.summary());
                Random random = new Random(sse.length);
                for (int i = 0; i < 20; i++) {
                    int[] cut = Cuts.randomCut(random, sse.length);
                    assertThat(AnswerRun.stream(sse, cut).summary()).as(name).isEqualTo(whole.summary());
                }
                for (int i = 1; i < sse.length; i += 1 + sse.length / 500) {
                    AnswerRun halves = AnswerRun.stream(sse, new int[] {i, sse.length});
                    assertThat(halves.summary()).as(name + " at " + i).isEqualTo(whole.summary());
                }
                answers++;
            }
        }
        assertThat(answers).isPositive();
    }

    @Test
    void eachRecordedBodyIsAnAnswer() throws IOException {
        for (Path file : files(".json")) {
            String json = Files.readString(file);
            if (json.stripLeading().startsWith("{") && json.contains("stop_reason")) {
                String name = file.getFileName().toString();
                AnswerRun run = AnswerRun.body(json);
                assertThat(run.answer().finished()).as(name).isTrue();
                assertInvariants(name, run.told());
            }
        }
    }

    /** One start, calls counted without gaps, arguments that are objects, calls if and only if they are why. */
    private static void assertInvariants(String name, String told) {
        Matcher calls = CALL.matcher(told);
        int count = 0;
        while (calls.find()) {
            assertThat(calls.group(1)).as(name).isEqualTo(Integer.toString(count++));
        }
        for (String line : told.split("\n", -1)) {
            if (line.startsWith("args ")) {
                String said = line.split(" ", 4)[3];
                String arguments = said.startsWith("\"") ? JsonSlice.raw(said).text() : said;
                JsonSlice value = JsonSlice.checked(Unpooled.wrappedBuffer(arguments.getBytes(UTF_8)));
                assertThat(value).as(name + ": " + line).isNotNull();
                assertThat(value.isObject()).as(name + ": " + line).isTrue();
            }
        }
        assertThat(told.lines().filter(line -> line.startsWith("start ")))
                .as(name)
                .hasSize(1);
        assertThat(told.lines().filter(line -> line.startsWith("args ")))
                .as(name)
                .hasSize(count);
        assertThat(told.lines().filter(line -> line.startsWith("finish ")))
                .as(name)
                .hasSize(1);
        // A body put together of several messages may hold calls that have been answered by then.
        boolean joined = name.equals("vercel__anthropic-programmatic-tool-calling.1.json");
        assertThat(told.contains("finish 0 TOOL_CALLS")).as(name).isEqualTo(count > 0 && !joined);
    }

    private static List<Path> files(String ending) throws IOException {
        String folder = System.getenv("SLUICE_REPLAY_DIR");
        assumeTrue(folder != null, "SLUICE_REPLAY_DIR is not set: nothing recorded to replay");
        try (Stream<Path> all = Files.list(Path.of(folder, "anthropic-messages"))) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    /** Each behind a {@code message_stop} of the one before. */
    private static List<List<String>> messages(String chunks) {
        List<List<String>> messages = new ArrayList<>();
        List<String> current = new ArrayList<>();
        for (String line : chunks.lines().toList()) {
            if (line.isBlank()) {
                continue;
            }
            current.add(line);
            if (line.contains("\"message_stop\"")) {
                messages.add(current);
                current = new ArrayList<>();
            }
        }
        if (!current.isEmpty()) {
            messages.add(current);
        }
        return messages;
    }

    private static String frames(List<String> events) {
        StringBuilder sse = new StringBuilder();
        for (String event : events) {
            sse.append("event: any\ndata: ").append(event).append("\n\n");
        }
        return sse.toString();
    }
}
