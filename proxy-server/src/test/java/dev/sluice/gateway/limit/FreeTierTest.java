package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.auth.Role;
import dev.sluice.gateway.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A free tier of ten messages a day, from midnight to midnight where the people live, as an operator writes it; premium has no
 * limit. From the text of the file to the decision, with clocks of the test's own.
 */
final class FreeTierTest {
    private static final String YAML = """
            limits:
              time_zone: Asia/Jerusalem
              rules:
                - { name: free messages, for: { tiers: [free] }, per: user, requests: 10/day }
            """;

    @TempDir
    Path dir;

    private LimitRules rules = LimitRules.NONE;

    @BeforeEach
    void read() throws Exception {
        Path file = Files.writeString(dir.resolve("sluice.yaml"), YAML);
        rules = RuleTranslation.of(ConfigLoader.load(file, Map.of(), dir).config(), List.of());
    }

    private Limiter limiter(LimitClock clock) {
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        limiter.publish(rules);
        return limiter;
    }

    private static LimitCall call(String user, String tier) {
        Principal caller = new Principal(
                "user:" + user, user, null, user, Role.MEMBER, tier, Map.of(), List.of(), List.of(), Long.MAX_VALUE);
        return LimitCalls.call(caller, 10, LimitCalls.RATES);
    }

    /** How many of {@code wanted} are let in. */
    private static int admitted(Limiter limiter, String user, String tier, int wanted) {
        int admitted = 0;
        for (int i = 0; i < wanted; i++) {
            Grant grant = new Grant();
            if (limiter.admit(call(user, tier), grant, LimitCalls.NEVER) == Verdict.ADMITTED) {
                limiter.settle(grant, 10, 10, 1);
                admitted++;
            }
        }
        return admitted;
    }

    @Test
    void givesTenToEachOfTheFreeAndAnyNumberToTheOthers() {
        Limiter limiter = limiter(new ManualClock("2026-11-22T10:00:00Z"));

        assertThat(admitted(limiter, "ada", "free", 50)).isEqualTo(10);
        assertThat(admitted(limiter, "bob", "free", 50)).isEqualTo(10);
        assertThat(admitted(limiter, "eve", "premium", 500)).isEqualTo(500);
    }

    /** Midnights in Jerusalem: in winter, in summer, at the beginning and at the end of daylight saving, and of those days. */
    @ParameterizedTest
    @CsvSource({
        "2026-11-21T22:00:00Z",
        "2026-07-14T21:00:00Z",
        "2026-03-26T22:00:00Z",
        "2026-03-27T21:00:00Z",
        "2026-10-24T21:00:00Z",
        "2026-10-25T22:00:00Z"
    })
    void beginsAnewAtMidnightAndNotAMillisecondBefore(String midnight) {
        ManualClock clock = new ManualClock(midnight);
        clock.advance(Duration.ofMinutes(-30));
        Limiter limiter = limiter(clock);

        assertThat(admitted(limiter, "ada", "free", 12)).isEqualTo(10);
        clock.advance(Duration.ofMinutes(30).minusMillis(1));
        assertThat(admitted(limiter, "ada", "free", 12)).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(admitted(limiter, "ada", "free", 12)).isEqualTo(10);
    }

    /** The whole of a day of 23 hours, and of one of 25. */
    @ParameterizedTest
    @CsvSource({"2026-03-26T22:00:00Z, 23", "2026-10-24T21:00:00Z, 25", "2026-11-21T22:00:00Z, 24"})
    void givesTenForADayHoweverLongItIs(String midnight, int hours) {
        ManualClock clock = new ManualClock(midnight);
        Limiter limiter = limiter(clock);
        int first = 0;
        for (int hour = 0; hour < hours; hour++) {
            first += admitted(limiter, "ada", "free", 1);
            clock.advance(Duration.ofHours(1));
        }

        assertThat(first).isEqualTo(10);
        assertThat(admitted(limiter, "ada", "free", 12)).as("the day after").isEqualTo(10);
    }

    @Test
    void aClockThatIsSetBackGivesNothingAwayAndLocksNobodyOut() {
        ManualClock clock = new ManualClock("2026-11-21T22:10:00Z");
        Limiter limiter = limiter(clock);
        assertThat(admitted(limiter, "ada", "free", 12)).isEqualTo(10);

        // Back into the day before.
        clock.setWall(Duration.ofHours(-1));

        assertThat(admitted(limiter, "ada", "free", 12)).as("no free pass").isZero();
        assertThat(admitted(limiter, "bob", "free", 12)).as("no lock-out").isEqualTo(10);
        clock.advance(Duration.ofHours(2));
        assertThat(admitted(limiter, "ada", "free", 12))
                .as("the same day still")
                .isZero();
        clock.advance(Duration.ofHours(23));
        assertThat(admitted(limiter, "ada", "free", 12)).as("the next day").isEqualTo(10);
    }
}
