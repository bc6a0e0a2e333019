package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Durations as OpenAI's clients read them. */
class LimitHeadersTest {
    @ParameterizedTest
    @CsvSource({
        "-1, 0ms",
        "0, 0ms",
        "120, 120ms",
        "999, 999ms",
        "1000, 1s",
        "1001, 2s",
        "59000, 59s",
        "60000, 1m0s",
        "360000, 6m0s",
        "3599001, 1h0m0s",
        "3612000, 1h0m12s",
        "86400000, 24h0m0s"
    })
    void areRoundedUpToWholeSeconds(long millis, String text) {
        StringBuilder written = new StringBuilder();
        LimitHeaders.putDuration(millis, written);

        assertThat(written).hasToString(text);
    }
}
