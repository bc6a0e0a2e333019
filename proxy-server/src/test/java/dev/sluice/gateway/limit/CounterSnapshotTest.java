package dev.sluice.gateway.limit;

import static dev.sluice.gateway.limit.LimitCalls.NEVER;
import static dev.sluice.gateway.limit.LimitCalls.call;
import static dev.sluice.gateway.limit.LimitCalls.rule;
import static dev.sluice.gateway.limit.LimitCalls.rules;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Window.Period;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that starts again knows what its callers had spent. */
final class CounterSnapshotTest {
    private static final LimitRules RULES = rules(
            rule("day", Measure.COST, 1_000_000, new Window(Period.DAY, true, ZoneId.of("Asia/Jerusalem"))),
            rule("hour", Measure.TOKENS, 1_000_000, Window.sliding(Period.HOUR)),
            rule("rpm", Measure.REQUESTS, 10, Window.sliding(Period.MINUTE)),
            rule("open", Measure.CONCURRENT, 10, Window.NONE));

    @TempDir
    private Path directory;

    private final ManualClock clock = new ManualClock("2026-11-22T10:00:00Z");

    @Test
    void whatWasSettledIsThereAfterARestart() throws IOException {
        Path file = saved();
        Limiter next = started();

        assertThat(next.load(file)).isEmpty();

        assertThat(used(next, "day")).isEqualTo(777);
        assertThat(used(next, "hour")).isEqualTo(50);
        assertThat(used(next, "rpm")).isZero();
        assertThat(next.standings(call("a"))).allMatch(standing -> standing.held() == 0);
    }

    @Test
    void whatWasSlidingGoesOnToSlide() throws IOException {
        Path file = saved();
        clock.advance(Duration.ofMinutes(59));
        Limiter next = started();
        next.load(file);
        assertThat(used(next, "hour")).isEqualTo(50);

        clock.advance(Duration.ofMinutes(4));

        assertThat(used(next, "hour")).isZero();
        assertThat(used(next, "day")).isEqualTo(777);
    }

    @Test
    void aWindowThatIsOverIsForgotten() throws IOException {
        Path file = saved();
        clock.advance(Duration.ofDays(1));
        Limiter next = started();
        next.load(file);

        assertThat(used(next, "day")).isZero();
        assertThat(used(next, "hour")).isZero();
    }

    @Test
    void aClockSetBackBetweenTwoLivesForgivesNothing() throws IOException {
        Path file = saved();
        clock.setWall(Duration.ofDays(-1));
        Limiter next = started();
        next.load(file);

        assertThat(used(next, "day")).isEqualTo(777);
    }

    @Test
    void withoutAFileEverythingBeginsWithNothing() {
        assertThat(started().load(directory.resolve("none"))).isEmpty();
    }

    @Test
    void aFileThatIsDamagedAnywhereIsNotBelieved() throws IOException {
        Path file = saved();
        byte[] whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= 0x10;
            Files.write(file, damaged);
            Limiter next = started();
            assertThat(next.load(file)).contains(file.toString());
            assertThat(used(next, "day")).isZero();
        }
        for (int length = 0; length < whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(started().load(file)).contains("begin with nothing");
        }
    }

    private Path saved() throws IOException {
        Limiter first = started();
        Grant grant = new Grant();
        first.admit(call("a"), grant, NEVER);
        first.settle(grant, 20, 30, 777);
        Grant open = new Grant();
        first.admit(call("a"), open, NEVER);
        Path file = directory.resolve("limits.bin");
        first.save(file);
        first.save(file);
        return file;
    }

    private Limiter started() {
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        limiter.publish(RULES);
        return limiter;
    }

    private static long used(Limiter limiter, String id) {
        return limiter.standings(call("a")).stream()
                .filter(standing -> standing.rule().id().equals(id))
                .mapToLong(Limiter.Standing::used)
                .sum();
    }
}
