package dev.sluice.gateway.exchange;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.wire.AccountedBuffers;
import io.netty.buffer.ByteBuf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RequestBodyTest {
    @RegisterExtension
    final AccountedBuffers buffers = new AccountedBuffers();

    private final RequestBody body = new RequestBody();

    @Test
    void nothingIsAnEmptyBody() {
        assertThat(body.sizeBytes()).isZero();
        assertThat(body.take().isReadable()).isFalse();
    }

    @Test
    void onePieceIsGivenAsItIs() {
        ByteBuf piece = buffers.utf8("{}");
        body.add(piece);
        ByteBuf whole = body.take();

        assertThat(whole).isSameAs(piece);
        whole.release();
    }

    @Test
    void manyTinyPiecesCostNoMoreThanTheirSize() {
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            expected.append(i % 10);
            body.add(buffers.utf8(Integer.toString(i % 10)));
        }
        assertThat(body.sizeBytes()).isEqualTo(20_000);
        assertThat(buffers.usedBytes()).isLessThan(70_000);
        ByteBuf whole = body.take();

        assertThat(whole.toString(UTF_8)).isEqualTo(expected.toString());
        whole.release();
    }

    @Test
    void whatWasNotTakenIsReleased() {
        body.add(buffers.utf8("a"));
        body.add(buffers.utf8("b"));
        body.release();
        body.release();

        assertThat(buffers.usedBytes()).isZero();
        assertThat(body.sizeBytes()).isZero();
    }

    @Test
    void whatWasTakenIsNotReleased() {
        body.add(buffers.utf8("a"));
        ByteBuf whole = body.take();
        body.release();

        assertThat(whole.refCnt()).isEqualTo(1);
        whole.release();
    }
}
