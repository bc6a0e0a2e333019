package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallTagsTest {

    private static CallTags of(String text) {
        return CallTags.of(new DefaultHttpHeaders().set("x-sluice-tags", text));
    }

    private static String tags(int count) {
        return IntStream.range(0, count).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));
    }

    @Test
    void noHeaderIsNoTags() {
        assertThat(CallTags.of(new DefaultHttpHeaders()).tags()).isEmpty();
        assertThat(CallTags.of(new DefaultHttpHeaders()).error()).isNull();
    }

    @Test
    void tagsKeepTheirOrder() {
        assertThat(of("team=search, env=prod,a=").tags())
                .containsExactly(Map.entry("team", "search"), Map.entry("env", "prod"), Map.entry("a", ""));
    }

    @Test
    void aValueMayHoldAnEqualsSign() {
        assertThat(of("q=a=b").tags()).containsEntry("q", "a=b");
    }

    @Test
    void theLastOfTwoWithOneNameCounts() {
        assertThat(of("a=1,a=2").tags()).containsExactly(Map.entry("a", "2"));
    }

    @Test
    void sixteenTagsAreAcceptedAndSeventeenAreNot() {
        assertThat(of(tags(16)).tags()).hasSize(16);
        assertThat(of(tags(17)).tags()).isEmpty();
        assertThat(of(tags(17)).error())
                .extracting(GatewayError::message, InstanceOfAssertFactories.STRING)
                .contains("16", "17");
    }

    @Test
    void namesAndValuesAreAcceptedUpToTheirLimits() {
        assertThat(of("n".repeat(64) + "=" + "v".repeat(256)).error()).isNull();
        assertThat(of("n".repeat(65) + "=v").error()).isNotNull();
        assertThat(of("n=" + "v".repeat(257)).error()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "=b", "a=1,", ",a=1", "a=1,,b=2", "a=1,b", "a b"})
    void whatIsNoTagIsRefusedWhole(String text) {
        assertThat(of(text).tags()).isEmpty();
        assertThat(of(text).error()).extracting(GatewayError::kind).isEqualTo(ErrorKind.INVALID_REQUEST);
    }
}
