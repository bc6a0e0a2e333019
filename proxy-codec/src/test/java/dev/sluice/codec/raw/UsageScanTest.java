package dev.sluice.codec.raw;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

/** What is read of answers that pass as they are. */
class UsageScanTest {

    private static UsageScan read(RawShape shape, UsageScan.Form form, String body, int pieceBytes) {
        UsageScan scan = new UsageScan(shape, form);
        byte[] bytes = body.getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i += pieceBytes) {
            scan.feed(Unpooled.wrappedBuffer(bytes, i, Math.min(pieceBytes, bytes.length - i)));
        }
        scan.end();
        return scan;
    }

    private static void assertUsage(UsageScan scan, long input, long output) {
        assertThat(scan.usage().inputTokens()).isEqualTo(input);
        assertThat(scan.usage().outputTokens()).isEqualTo(output);
    }

    @Test
    void documentsReportInTheWayOfChatOrOfResponses() {
        String chat = "{\"model\":\"m\",\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}";
        String images = "{\"data\":[{\"b64_json\":\"QUJD\",\"usage\":{\"input_tokens\":99}}],"
                + "\"usage\":{\"input_tokens\":5,\"output_tokens\":11,\"total_tokens\":16}}";
        for (int pieceBytes = 1; pieceBytes < 60; pieceBytes++) {
            assertUsage(read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, chat, pieceBytes), 7, 3);
            assertUsage(read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, images, pieceBytes), 5, 11);
        }
        assertThat(read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, chat, 9).finished())
                .isTrue();
        assertThat(read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, chat, 9).model())
                .isEqualTo("m");
    }

    @Test
    void transcriptionsReportTheirSoundApart() {
        UsageScan scan = read(
                RawShape.OPENAI_AUDIO,
                UsageScan.Form.DOCUMENT,
                "{\"text\":\"hi\",\"usage\":{\"type\":\"tokens\",\"input_tokens\":14,"
                        + "\"input_token_details\":{\"text_tokens\":4,\"audio_tokens\":10},\"output_tokens\":2,\"total_tokens\":16}}",
                13);

        assertUsage(scan, 14, 2);
        assertThat(scan.usage().inputAudioTokens()).isEqualTo(10);
    }

    @Test
    void eventsReportAtTheTopOrInTheirResponse() {
        String transcript = "data: {\"type\":\"transcript.text.delta\",\"delta\":\"x\"}\n\n"
                + "data: {\"type\":\"transcript.text.done\",\"usage\":{\"input_tokens\":14,\"output_tokens\":2}}\n\n";
        String response = "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":"
                + "{\"id\":\"resp_1\",\"background\":true,\"model\":\"m\",\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}}\n\n";
        for (int pieceBytes = 1; pieceBytes < 60; pieceBytes++) {
            assertUsage(read(RawShape.OPENAI_AUDIO, UsageScan.Form.EVENTS, transcript, pieceBytes), 14, 2);
            UsageScan scan = read(RawShape.OPENAI, UsageScan.Form.EVENTS, response, pieceBytes);
            assertUsage(scan, 3, 4);
            assertThat(scan.ids()).containsExactly("resp_1");
            assertThat(scan.isBackground()).isTrue();
        }
    }

    @Test
    void whatIsNotReportedIsUnknown() {
        assertThat(read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, "{\"id\":\"file-1\"}", 4)
                        .usage())
                .isEqualTo(Usage.NONE);
        assertThat(read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, "{\"usage\":null}", 4)
                        .usage())
                .isEqualTo(Usage.NONE);
        assertThat(read(RawShape.OPENAI, UsageScan.Form.OPAQUE, "{\"usage\":{\"prompt_tokens\":7}}", 4)
                        .usage())
                .isEqualTo(Usage.NONE);
    }

    @Test
    void idsAreReadWhereUsageIsNot() {
        UsageScan scan = read(
                RawShape.UNMETERED,
                UsageScan.Form.DOCUMENT,
                "{\"id\":\"batch_1\",\"input_file_id\":\"file-1\",\"output_file_id\":\"file-2\",\"error_file_id\":null,"
                        + "\"x\":{\"id\":\"no\"},\"usage\":{\"input_tokens\":3,\"output_tokens\":4}}",
                6);

        assertThat(scan.ids()).containsExactly("batch_1", "file-1", "file-2");
        assertThat(scan.usage()).isEqualTo(Usage.NONE);
    }

    @Test
    void garbageReportsNothing() {
        UsageScan scan = read(RawShape.OPENAI, UsageScan.Form.DOCUMENT, "{\"usage\":{\"prompt_tokens\":7", 4);

        assertThat(scan.usage()).isEqualTo(Usage.NONE);
        assertThat(scan.finished()).isFalse();
    }
}
