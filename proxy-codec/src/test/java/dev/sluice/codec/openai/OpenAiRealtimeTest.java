package dev.sluice.codec.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OpenAiRealtimeTest {
    private static final String DONE = """
            {"type":"response.done","event_id":"event_1","response":{"object":"realtime.response","status":"completed",\
            "output":[{"type":"message","content":[{"type":"output_audio","transcript":"usage"}]}],\
            "usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,\
            "input_token_details":{"text_tokens":119,"audio_tokens":13,"image_tokens":0,"cached_tokens":64,\
            "cached_tokens_details":{"text_tokens":60,"audio_tokens":4,"image_tokens":0}},\
            "output_token_details":{"text_tokens":30,"audio_tokens":91}}}}""";
    private static final String TRANSCRIBED = """
            {"usage":{"type":"tokens","total_tokens":26,"input_tokens":17,\
            "input_token_details":{"text_tokens":2,"audio_tokens":15},"output_tokens":9},\
            "type":"conversation.item.input_audio_transcription.completed","transcript":"Hello"}""";

    private final OpenAiRealtimeUsage reader = new OpenAiRealtimeUsage();

    private boolean read(String event) {
        ByteBuf bytes = Unpooled.copiedBuffer(event, StandardCharsets.UTF_8);
        reader.onPayload(bytes, 0, bytes.readableBytes());
        return reader.onPayloadEnd();
    }

    @Test
    void responsesAddUp() {
        assertThat(read(DONE)).isTrue();
        assertThat(read(DONE)).isTrue();

        Usage usage = reader.responses();
        assertThat(usage.inputTokens()).isEqualTo(264);
        assertThat(usage.cachedTokens()).isEqualTo(128);
        assertThat(usage.inputAudioTokens()).isEqualTo(26);
        assertThat(usage.cachedAudioTokens()).isEqualTo(8);
        assertThat(usage.outputTokens()).isEqualTo(242);
        assertThat(usage.outputAudioTokens()).isEqualTo(182);
        assertThat(usage.reasoningTokens()).isEqualTo(Usage.UNKNOWN);
        assertThat(reader.transcriptions()).isEqualTo(Usage.NONE);
    }

    @Test
    void anEventMayComeInPiecesOfAnySize() {
        ByteBuf bytes = Unpooled.copiedBuffer(DONE, StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.readableBytes(); i++) {
            reader.onPayload(bytes, i, 1);
        }

        assertThat(reader.onPayloadEnd()).isTrue();
        assertThat(reader.responses().inputTokens()).isEqualTo(132);
    }

    @Test
    void transcriptionsHaveAnAccountOfTheirOwn() {
        assertThat(read(TRANSCRIBED)).isTrue();
        assertThat(read(DONE)).isTrue();
        assertThat(read(TRANSCRIBED)).isTrue();

        assertThat(reader.transcriptions().inputTokens()).isEqualTo(34);
        assertThat(reader.transcriptions().inputAudioTokens()).isEqualTo(30);
        assertThat(reader.transcriptions().outputTokens()).isEqualTo(18);
        assertThat(reader.responses().inputTokens()).isEqualTo(132);
    }

    @Test
    void whatReportsNothingCountsAsNothing() {
        assertThat(read(DONE.replace("response.done", "response.created"))).isFalse();
        assertThat(read("{\"type\":\"response.done\",\"response\":{\"usage\":null}}"))
                .isFalse();
        assertThat(read("{\"type\":\"conversation.item.input_audio_transcription.completed\","
                        + "\"usage\":{\"type\":\"duration\",\"seconds\":3}}"))
                .isFalse();
        assertThat(read("{\"type\":\"response.output_audio.delta\",\"delta\":\"" + "QUJD".repeat(1_000) + "\"}"))
                .isFalse();
        assertThat(read(DONE.substring(0, DONE.length() - 1))).isFalse();
        assertThat(read("no json")).isFalse();
        assertThat(read("")).isFalse();

        assertThat(reader.responses()).isEqualTo(Usage.NONE);
        assertThat(reader.transcriptions()).isEqualTo(Usage.NONE);
        assertThat(read(DONE)).isTrue();
        assertThat(reader.responses().inputTokens()).isEqualTo(132);
    }

    @Test
    void theSessionNamesItsModels() {
        read("{\"type\":\"session.created\",\"session\":{\"model\":\"gpt-realtime-2025\"}}");
        assertThat(reader.model()).isEqualTo("gpt-realtime-2025");
        assertThat(reader.transcriptionModel()).isNull();

        read(
                "{\"type\":\"session.updated\",\"session\":{\"audio\":{\"input\":{\"transcription\":{\"model\":\"t-1\"}}}}}");
        assertThat(reader.transcriptionModel()).isEqualTo("t-1");
        read("{\"type\":\"session.updated\",\"session\":{\"input_audio_transcription\":{\"model\":\"t-2\"}}}");
        assertThat(reader.transcriptionModel()).isEqualTo("t-2");
    }

    @Test
    void theModelStandsInTheQuery() {
        assertThat(new OpenAiRealtime(null).path("gpt-realtime")).isEqualTo("/realtime?model=gpt-realtime");
        assertThat(new OpenAiRealtime(null).path("a b&ü/c")).isEqualTo("/realtime?model=a%20b%26%C3%BC%2Fc");
        assertThat(new OpenAiRealtime("2024-10-01-preview").path("mine"))
                .isEqualTo("/openai/realtime?api-version=2024-10-01-preview&deployment=mine");
    }
}
