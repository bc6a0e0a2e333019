package dev.sluice.codec.gemini;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.sluice.codec.Cuts;
import dev.sluice.codec.chat.Channel;
import dev.sluice.codec.chat.ChatEvents;
import dev.sluice.codec.chat.EventScript;
import dev.sluice.codec.chat.Usage;
import dev.sluice.codec.dialect.AnswerPlan;
import dev.sluice.codec.dialect.AnswerReader;
import dev.sluice.codec.dialect.AnswerReader.Event;
import dev.sluice.codec.dialect.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What golden files cannot hold: large payloads, memory, recorded streams, and bytes cut within a character. */
final class GeminiAnswerTest {

    @Test
    void aPayloadThatIsTooLargeToBeKeptIsToldAsItComes() {
        String text = "0123456789".repeat(20_000);
        String arguments = "{\"s\":\"" + text + "\"}";
        String body = "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\",\"thought\":true},{\"text\":\"" + text
                + "\"},{\"functionCall\":{\"name\":\"f\",\"args\":" + arguments
                + "},\"thoughtSignature\":\"QUJD\"}]},\"finishReason\":\"STOP\"}],\"responseId\":\"late\"}";
        byte[] bytes = body.getBytes(UTF_8);
        String whole = AnswerRun.says(false, bytes, Cuts.direct(), bytes.length);
        // The id comes too late: what it names has been told.
        assertThat(whole)
                .isEqualTo("text 0 REASONING a\ntext 0 CONTENT " + text + "\ncall 0 0 - f\nargs 0 0 " + arguments
                        + "\nsignature 0 0 GEMINI QUJD\nfinish 0 TOOL_CALLS\n# CONTENT\nusage - -\n# finished\n");
        for (int piece : new int[] {1000, 4096, 70_000, 150_000}) {
            int[] ends = Stream.iterate(piece, end -> end < bytes.length + piece, end -> end + piece)
                    .mapToInt(end -> Math.min(end, bytes.length))
                    .toArray();
            assertThat(AnswerRun.says(false, bytes, Cuts.onHeap(), ends)).isEqualTo(whole);
        }
    }

    @Test
    void argumentsTooLargeToWaitForTheirNameAreAFailure() {
        String body = "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"args\":{\"s\":\""
                + "x".repeat(GeminiParts.MAX_KEPT_BYTES + 1) + "\"},\"name\":\"f\"}}]},\"finishReason\":\"STOP\"}]}";
        byte[] bytes = body.getBytes(UTF_8);
        assertThat(AnswerRun.says(false, bytes, Cuts.direct(), bytes.length)).contains("# ERROR\n");
    }

    @Test
    void anIndexBehindItsPartsIsThatOfTheCallsToo() {
        EventScript.Recorder recorder = new EventScript.Recorder();
        AnswerReader answer = GeminiAnswer.of(true, recorder);
        for (int n = 0; n < 2; n++) {
            feed(
                    answer,
                    "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"f\"}}]},\"index\":0}]}");
            feed(
                    answer,
                    "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"g\"}}]},\"index\":3}]}");
            feed(
                    answer,
                    "{\"candidates\":[{\"index\":3,\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"h\"}}]}}]}");
        }
        assertThat(recorder.toString())
                .isEqualTo("start - -\ncall 0 0 - f\ncall 3 0 - g\ncall 3 1 - h\n"
                        + "call 0 1 - f\ncall 3 2 - g\ncall 3 3 - h\n");
    }

    @Test
    void aFrameCalledErrorIsOneUnlessSomethingIsGeneratedInIt() {
        AnswerReader answer = GeminiAnswer.of(true, ChatEvents.IGNORED);
        answer.onNamedError();
        assertThat(feed(answer, "{\"message\":\"x\"}")).isEqualTo(Event.ERROR);
        answer.onNamedError();
        assertThat(feed(answer, "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}"))
                .isEqualTo(Event.CONTENT);
    }

    @Test
    void aPieceCutWithinACharacterIsSaidWithTheNext() {
        byte[] text = "aé€😀z".getBytes(UTF_8);
        for (int cut = 1; cut < text.length; cut++) {
            GeminiEvents encoder = new GeminiEvents(plan(), UnpooledByteBufAllocator.DEFAULT);
            encoder.onText(0, Channel.CONTENT, text, 0, cut);
            encoder.onText(0, Channel.CONTENT, text, cut, text.length);
            encoder.onEnd(Usage.NONE);
            String written = taken(encoder);
            assertThat(written).doesNotContain("\uFFFD");
            EventScript.Recorder recorder = new EventScript.Recorder();
            AnswerReader answer = GeminiAnswer.of(true, recorder);
            for (String event : written.split("\r\n\r\n")) {
                feed(answer, event.substring("data: ".length()));
            }
            assertThat(recorder.toString()).isEqualTo("start req_1 m\ntext 0 CONTENT aé€😀z\n");
            encoder.close();
        }
    }

    @Test
    void aDeltaAllocatesNextToNothing() {
        // The leak detector notes every access to a buffer.
        UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, /* disableLeakDetector= */ true);
        ByteBuf event = allocator
                .directBuffer()
                .writeBytes(("{\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" and then some more words\"}],"
                                + "\"role\": \"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 5,"
                                + "\"totalTokenCount\": 25},\"modelVersion\": \"gemini-3-flash\",\"responseId\": \"r1\"}")
                        .getBytes(UTF_8));
        GeminiEvents encoder = new GeminiEvents(plan(), allocator);
        AnswerReader answer = GeminiAnswer.of(true, encoder);
        AnswerReader alone = GeminiAnswer.of(true, ChatEvents.IGNORED);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int rounds = 20_000;
        long readerBytes = 0;
        long bothBytes = 0;
        for (int warm = 0; warm < 3; warm++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < rounds; i++) {
                alone.onPayload(event, event.readerIndex(), event.readableBytes());
                alone.onPayloadEnd();
            }
            long between = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < rounds; i++) {
                answer.onPayload(event, event.readerIndex(), event.readableBytes());
                answer.onPayloadEnd();
                ByteBuf written = encoder.take();
                if (written != null) {
                    written.release();
                }
            }
            readerBytes = (between - before) / rounds;
            bothBytes = (threads.getCurrentThreadAllocatedBytes() - between) / rounds;
        }
        event.release();
        encoder.close();
        assertThat(readerBytes).isZero();
        // The buffer that is given away, which a pool would have, and nothing else.
        assertThat(bothBytes).isLessThan(1024);
    }

    /** Streams recorded from the provider, at every cut: the same events, an end, and figures that add up. */
    @Test
    void recordedStreamsSayTheSameHoweverTheyAreCut() throws IOException {
        String recordings = System.getenv("SLUICE_REPLAY_DIR");
        assumeTrue(recordings != null, "skipped: SLUICE_REPLAY_DIR names no folder with recorded streams");
        try (Stream<Path> files = Files.list(Path.of(recordings, "google-gemini"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".chunks.txt"))
                    .toList()) {
                StringBuilder stream = new StringBuilder();
                for (String line : Files.readAllLines(file)) {
                    stream.append(line.isBlank() ? "" : "data: " + line + "\r\n\r\n");
                }
                byte[] bytes = stream.toString().getBytes(UTF_8);
                String says = AnswerRun.says(true, bytes, Cuts.direct(), bytes.length);
                assertThat(says).as(file.toString()).contains("# finished").doesNotContain("MALFORMED", "ERROR");
                Cuts.forEachCut(bytes.length, 20, ends -> {
                    String said = AnswerRun.says(true, bytes, Cuts.onHeap(), ends);
                    if (!said.equals(says)) {
                        assertThat(said).as("%s cut at %s", file, ends).isEqualTo(says);
                    }
                });
            }
        }
    }

    private static AnswerPlan plan() {
        return new AnswerPlan(Endpoint.GENERATE_CONTENT, true, "m", "req_1", 0, true, -1, "alt=sse");
    }

    private static String taken(GeminiEvents encoder) {
        ByteBuf bytes = encoder.take();
        assertThat(bytes).isNotNull();
        String text = bytes.toString(UTF_8);
        bytes.release();
        return text;
    }

    private static Event feed(AnswerReader answer, String payload) {
        ByteBuf bytes = Unpooled.copiedBuffer(payload, UTF_8);
        answer.onPayload(bytes, 0, bytes.readableBytes());
        return answer.onPayloadEnd();
    }
}
