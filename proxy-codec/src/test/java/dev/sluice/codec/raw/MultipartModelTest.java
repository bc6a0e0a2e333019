package dev.sluice.codec.raw;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The field of a form that says which model is wanted. */
class MultipartModelTest {
    private static final String TYPE = "multipart/form-data; boundary=X-9";
    private static final String MODEL = "--X-9\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n";
    private static final String FILE =
            "--X-9\r\nContent-Disposition: form-data; name=\"file\"; filename=\"model\"\r\nContent-Type: audio/wav\r\n\r\n"
                    + "\r\n--X\r\r\n\r\n--X-8\r\n\r\nsound\r\n";
    private static final String END = "--X-9--\r\n";

    private static MultipartModel read(String body, int pieceBytes) {
        MultipartModel form = MultipartModel.of(TYPE);
        assertThat(form).isNotNull();
        for (int i = 0; i < body.length(); i += pieceBytes) {
            form.feed(bytes(body.substring(i, Math.min(body.length(), i + pieceBytes))));
        }
        return form;
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(ISO_8859_1));
    }

    @Test
    void isFoundWhereverTheBodyIsCut() {
        String body = FILE + MODEL + FILE + END;
        for (int pieceBytes = 1; pieceBytes <= body.length(); pieceBytes++) {
            MultipartModel form = read(body, pieceBytes);
            assertThat(form.model()).as("pieces of %d", pieceBytes).isEqualTo("whisper-1");
            assertThat(form.isAmbiguous()).isFalse();
            assertThat(form.isDecided()).isTrue();
        }
    }

    @Test
    void isReplacedAndNothingElse() {
        String body = FILE + MODEL + END;
        MultipartModel form = read(body, 7);
        ByteBuf mapped = form.rewrite(bytes(body), "openai-name", UnpooledByteBufAllocator.DEFAULT);

        assertThat(mapped.toString(ISO_8859_1)).isEqualTo(body.replace("whisper-1", "openai-name"));
        mapped.release();
    }

    @Test
    void theSameNameLeavesTheBodyAsItIs() {
        ByteBuf body = bytes(MODEL + END);

        assertThat(read(MODEL + END, 1_000).rewrite(body, "whisper-1", UnpooledByteBufAllocator.DEFAULT))
                .isSameAs(body);
        body.release();
    }

    @Test
    void aSecondOneIsNoticedBehindTheFirst() {
        assertThat(read(MODEL + FILE, 5).isAmbiguous()).isFalse();
        assertThat(read(MODEL + FILE + MODEL + END, 5).isAmbiguous()).isTrue();
    }

    @Test
    void aFormWithoutOneIsDecidedAtItsEndOnly() {
        assertThat(read(FILE, 3).isDecided()).isFalse();
        MultipartModel form = read(FILE + END + MODEL, 3);
        assertThat(form.isDecided()).isTrue();
        assertThat(form.model()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "content-disposition: form-data; name=model",
                "CONTENT-DISPOSITION:form-data;NAME=\"Model\"",
                "Content-Type: text/plain\r\nContent-Disposition: form-data; filename=\"x\"; name=\"model\"",
                "Content-Disposition: form-data;\r\n name=\"model\"",
            })
    void isFoundHoweverItsHeadersAreWritten(String headers) {
        assertThat(read("--X-9 \r\n" + headers + "\r\n\r\nm\r\n" + END, 4).model())
                .isEqualTo("m");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "a\nb", "tiny\u00e9"})
    void whatIsNoNameIsRefused(String value) {
        String body = "--X-9\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\n" + value + "\r\n" + END;

        assertThat(read(body, 11).isAmbiguous()).isTrue();
        assertThat(read(body, 11).model()).isNull();
    }

    @Test
    void headersTooLargeToBeReadAreRefused() {
        assertThat(read("--X-9\r\nx: " + "y".repeat(5_000), 512).isAmbiguous()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "multipart/mixed; boundary=x",
                "multipart/form-data",
                "multipart/form-data; boundary="
            })
    void anotherTypeIsNoForm(String type) {
        assertThat(MultipartModel.of(type)).isNull();
    }

    @Test
    void theBoundaryMayBeQuoted() {
        MultipartModel form = MultipartModel.of("Multipart/Form-Data; Boundary=\"X-9\"; charset=utf-8");
        assertThat(form).isNotNull();
        form.feed(bytes(MODEL + END));

        assertThat(form.model()).isEqualTo("whisper-1");
    }
}
