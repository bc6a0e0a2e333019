package dev.sluice.gateway.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.AnswerClock.Due;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each deadline to the nanosecond: at its limit nothing is due yet, one behind it is. */
class AnswerClockTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long START = 7 * SECOND;

    private final AnswerClock clock = new AnswerClock();

    @BeforeEach
    void limits() {
        configure(/* stream= */ true);
    }

    private void configure(boolean stream) {
        clock.configure(
                new GatewayConfig.Timeouts(
                        Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(60), Duration.ofSeconds(600)),
                new DefaultHttpHeaders(),
                stream,
                5 * SECOND);
    }

    private void dueAt(long limitNanos, Due due, boolean committed) {
        assertThat(clock.check(limitNanos, committed)).isEqualTo(Due.NOTHING);
        assertThat(clock.check(limitNanos + 1, committed)).isEqualTo(due);
    }

    @Test
    void nothingIsDueBeforeTheFirstAttempt() {
        assertThat(clock.check(START + 10_000 * SECOND, false)).isEqualTo(Due.NOTHING);
    }

    @Test
    void aConnectionIsDueAfterTheConnectLimit() {
        clock.onAttempt(START, START);

        dueAt(START + 3 * SECOND, Due.PROVIDER_OVERDUE, false);
        assertThat(clock.overdueError().message()).contains("connected", "3000 ms");
    }

    @Test
    void aFirstTokenIsDueAfterItsLimit() {
        clock.onAttempt(START, START);
        clock.onRequestWritten(START + SECOND);

        dueAt(START + 21 * SECOND, Due.PROVIDER_OVERDUE, false);
        assertThat(clock.overdueError().message()).contains("first token", "20000 ms");
    }

    @Test
    void anAnswerThatIsNoStreamHasNoFirstToken() {
        configure(/* stream= */ false);
        clock.onAttempt(START, START);
        clock.onRequestWritten(START);

        dueAt(START + 600 * SECOND, Due.OUT_OF_TIME, false);
        assertThat(clock.overdueError().message()).contains("600000 ms");
    }

    @Test
    void moreBytesAreDueAfterTheIdleLimitCountedFromTheTickThatSawTheLast() {
        streaming();
        clock.onBytes();
        assertThat(clock.check(START + 10 * SECOND, true)).isEqualTo(Due.NOTHING);

        dueAt(START + 70 * SECOND, Due.PROVIDER_OVERDUE, true);
        assertThat(clock.overdueError().message()).contains("nothing more", "60000 ms");
    }

    @Test
    void theHoldIsReleasedOnceAfterFiveSeconds() {
        clock.onAttempt(START, START);
        clock.onRequestWritten(START);
        clock.onHead(START + SECOND);

        dueAt(START + 6 * SECOND, Due.RELEASE_HOLD, false);
        assertThat(clock.check(START + 7 * SECOND, false)).isEqualTo(Due.NOTHING);
    }

    @Test
    void whatIsCommittedIsNotHeld() {
        streaming();

        assertThat(clock.check(START + 6 * SECOND, true)).isEqualTo(Due.NOTHING);
    }

    @Test
    void theEndIsDueAMomentAfterTheFirstEndMarker() {
        streaming();
        clock.onEndMarker(START + SECOND);
        clock.onEndMarker(START + 2 * SECOND);

        dueAt(START + SECOND + SECOND / 5, Due.PROVIDER_WILL_NOT_CLOSE, true);
    }

    @Test
    void aStalledClientIsDueAfterAMinuteAndStopsTheProvidersClocks() {
        streaming();
        clock.onClientWritable(false, START + 59 * SECOND);

        dueAt(START + 119 * SECOND, Due.CLIENT_STALLED, true);
    }

    @Test
    void theIdleLimitBeginsAnewWhenTheClientGoesOn() {
        streaming();
        clock.onClientWritable(false, START + 30 * SECOND);
        clock.onClientWritable(true, START + 80 * SECOND);

        dueAt(START + 140 * SECOND, Due.PROVIDER_OVERDUE, true);
    }

    @Test
    void aStalledClientDoesNotStretchTheTotal() {
        streaming();
        clock.onClientWritable(false, START + 590 * SECOND);

        dueAt(START + 600 * SECOND, Due.OUT_OF_TIME, true);
        assertThat(clock.overdueError().message()).contains("did not finish");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - 5, -5, Long.MIN_VALUE + 5})
    void aClockThatWrapsAroundChangesNothing(long start) {
        clock.onAttempt(start, start);

        dueAt(start + 3 * SECOND, Due.PROVIDER_OVERDUE, false);
    }

    /** Asked at START; head and content are there. */
    private void streaming() {
        clock.onAttempt(START, START);
        clock.onRequestWritten(START);
        clock.onHead(START);
        clock.onFirstContent(START);
    }
}
