package dev.sluice.gateway.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.json.JsonLimits;
import dev.sluice.gateway.wire.AccountedBuffers;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatEnvelopeTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "{\"id\":\"a\",\"model\":\"m\"}            | {\"model\":\"m\"}",
                "{\"model\":\"m\",\"id\":\"a\"}            | {\"model\":\"m\"}",
                "{\"model\":\"m\", \"id\" : \"a\" ,\"n\":1} | {\"model\":\"m\" ,\"n\":1}",
                "{ \"id\" : \"a\" , \"n\":1}               | {  \"n\":1}",
                "{\"id\":\"a\"}                           | {}",
                "{\"\\u0069d\":\"\\u0061\",\"n\":\"id\"}  | {\"n\":\"id\"}",
                "{\"n\":{\"id\":\"b\"},\"id\":\"a\",\"o\":[\"id\"]} | {\"n\":{\"id\":\"b\"},\"o\":[\"id\"]}",
            })
    void theIdIsTakenOutAndEveryOtherByteStays(String message, String request) {
        ByteBuf bytes = buffers.utf8(message);
        ChatEnvelope envelope = ChatEnvelope.of(bytes, JsonLimits.DEFAULT);

        assertThat(envelope.problem()).isNull();
        assertThat(envelope.id()).isEqualTo("a");
        assertThat(text(envelope.request(bytes, buffers.allocator()))).isEqualTo(request);
    }

    @Test
    void aLongMessageIsNotCopiedForItsId() {
        String model = "m".repeat(40_000);
        ByteBuf bytes = buffers.utf8("{\"model\":\"" + model + "\",\"id\":\"a\",\"n\":1}");
        ChatEnvelope envelope = ChatEnvelope.of(bytes, JsonLimits.DEFAULT);

        assertThat(text(envelope.request(bytes, buffers.allocator())))
                .isEqualTo("{\"model\":\"" + model + "\",\"n\":1}");
    }

    @Test
    void aMessageWithoutAnIdIsTheRequestItself() {
        ByteBuf bytes = buffers.utf8("{\"model\":\"m\",\"metadata\":{\"id\":\"x\"}}");
        ChatEnvelope envelope = ChatEnvelope.of(bytes, JsonLimits.DEFAULT);

        assertThat(envelope.id()).isNull();
        assertThat(envelope.request(bytes, buffers.allocator())).isSameAs(bytes);
        bytes.release();
    }

    @Test
    void aCancelNamesAChat() {
        ByteBuf bytes = buffers.utf8(" {\"cancel\":\"a\"}\n");
        ChatEnvelope envelope = ChatEnvelope.of(bytes, JsonLimits.DEFAULT);
        bytes.release();

        assertThat(envelope.problem()).isNull();
        assertThat(envelope.cancel()).isEqualTo("a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":7}",
                "{\"id\":null}",
                "{\"id\":\"\"}",
                "{\"id\":\"two words\"}",
                "{\"id\":\"\\n\"}",
                "{\"id\":\"ü\"}",
                "{\"id\":\"a\",\"id\":\"b\"}",
                "{\"id\":\"a\",\"\\u0069d\":\"b\"}",
                "{\"cancel\":true}",
                "{\"cancel\":\"a\",\"model\":\"m\"}",
                "{\"id\":\"a\"",
                "[]",
                "",
                "hello",
            })
    void whatCannotBeUnderstoodIsNamed(String message) {
        ByteBuf bytes = buffers.utf8(message);
        ChatEnvelope envelope = ChatEnvelope.of(bytes, JsonLimits.DEFAULT);
        bytes.release();

        assertThat(Objects.requireNonNull(envelope.problem()).message()).isNotEmpty();
    }

    @Test
    void idsHaveALimitThatIsNamed() {
        ByteBuf bytes = buffers.utf8("{\"id\":\"" + "x".repeat(65) + "\"}");
        ChatEnvelope envelope = ChatEnvelope.of(bytes, JsonLimits.DEFAULT);
        bytes.release();

        assertThat(Objects.requireNonNull(envelope.problem()).message()).contains("1 to 64", "65 characters");
        assertThat(envelope.problem().param()).isEqualTo("id");
    }

    private static String text(ByteBuf bytes) {
        try {
            return bytes.toString(UTF_8);
        } finally {
            bytes.release();
        }
    }
}
