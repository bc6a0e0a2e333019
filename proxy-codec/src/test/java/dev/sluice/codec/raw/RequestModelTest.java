package dev.sluice.codec.raw;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.codec.dialect.MalformedRequestException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a JSON body of whatever operation says about who is to serve it. */
class RequestModelTest {

    private static RequestModel read(String body) throws MalformedRequestException {
        try (RequestModel request = new RequestModel(16)) {
            request.feed(Unpooled.wrappedBuffer(body.getBytes(UTF_8)));
            request.end();
            return request;
        }
    }

    @Test
    void theModelIsReplacedAndNothingElse() throws Exception {
        String body =
                "{ \"input\":\"hi\",\"model\" : \"openai/tts-1\", \"x\":{\"model\":1}, \"user\":\"ann\",\"stream\":true}";
        RequestModel request = read(body);
        ByteBuf mapped = request.rewrite(
                Unpooled.wrappedBuffer(body.getBytes(UTF_8)), "tts-1", UnpooledByteBufAllocator.DEFAULT);

        assertThat(request.model()).isEqualTo("openai/tts-1");
        assertThat(request.endUser()).isEqualTo("ann");
        assertThat(request.stream()).isTrue();
        assertThat(mapped.toString(UTF_8)).isEqualTo(body.replace("openai/tts-1", "tts-1"));
        mapped.release();
    }

    @Test
    void aBodyMayNameNoModel() throws Exception {
        assertThat(read("{\"prompt\":\"a cat\"}").model()).isNull();
        assertThat(read("{\"model\":null}").model()).isNull();
        assertThat(read("{\"input_file_id\":\"file-1\"}").fileId()).isEqualTo("file-1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"a\",\"model\":\"b\"}",
                "{\"model\":\"a\",\"Model\":\"b\"}",
                "{\"MODEL\":\"b\"}",
                "{\"model\":7}",
                "{\"model\":\"\"}",
                "{\"model\":\"a\\u0000\"}",
                "[\"model\"]",
                "{\"model\":\"a\"",
            })
    void whatCanBeReadInTwoWaysIsRefused(String body) {
        assertThatThrownBy(() -> read(body)).isInstanceOf(MalformedRequestException.class);
    }
}
