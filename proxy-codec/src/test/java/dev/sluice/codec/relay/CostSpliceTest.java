package dev.sluice.codec.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CostSpliceTest {

    private static @Nullable String spliced(String event) {
        ByteBuf bytes = Unpooled.copiedBuffer("before" + event, UTF_8).skipBytes(6);
        ByteBuf result = CostSplice.apply(bytes, "0.0000015");
        assertThat(bytes.toString(UTF_8)).isEqualTo(event);
        return result == null ? null : result.toString(UTF_8);
    }

    @Test
    void theCostBecomesTheLastMemberOfTheUsage() {
        assertThat(spliced("data: {\"usage\":{\"prompt_tokens\":7,\"x\":{\"y\":1} } ,\"choices\":[]}\n\n"))
                .isEqualTo(
                        "data: {\"usage\":{\"prompt_tokens\":7,\"x\":{\"y\":1},\"cost\":0.0000015 } ,\"choices\":[]}\n\n");
    }

    @Test
    void linesAroundTheDataStay() {
        assertThat(spliced(": note\r\nevent: chunk\r\ndata:{\"usage\":{}}\r\nid: 7\r\n\r\n"))
                .isEqualTo(": note\r\nevent: chunk\r\ndata:{\"usage\":{\"cost\":0.0000015}}\r\nid: 7\r\n\r\n");
    }

    @Test
    void aProviderThatTellsItsCostIsNotContradicted() {
        assertThat(spliced("data: {\"usage\":{\"prompt_tokens\":7,\"cost\":0.5}}\n\n"))
                .isNull();
    }

    @Test
    void whereNoUsageIsNothingIsPut() {
        assertThat(spliced("data: {\"choices\":[{\"usage\":{\"a\":1}}]}\n\n")).isNull();
        assertThat(spliced("data: {\"usage\":null}\n\n")).isNull();
        assertThat(spliced("data: [DONE]\n\n")).isNull();
        assertThat(spliced(": nothing\n\n")).isNull();
    }

    @Test
    void dataOfSeveralLinesIsLeftAlone() {
        assertThat(spliced("data: {\"usage\":\ndata: {\"a\":1}}\n\n")).isNull();
    }
}
