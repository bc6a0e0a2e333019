package dev.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CounterFileTest {
    private static final long NOW = Instant.parse("2026-11-22T10:00:00Z").toEpochMilli();
    private static final long MIDNIGHT = Instant.parse("2026-11-22T00:00:00Z").toEpochMilli();

    @TempDir
    Path dir;

    private static Limiter limiter() {
        LimitClock clock = new LimitClock() {
            @Override
            public long nanoTime() {
                return 0;
            }

            @Override
            public long wallMillis() {
                return NOW;
            }
        };
        Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        limiter.publish(new LimitRules(
                List.of(
                        rule("day", new Window(Window.Period.DAY, true, ZoneOffset.UTC), Measure.COST),
                        rule("ever", Window.sliding(Window.Period.TOTAL), Measure.TOKENS),
                        rule("minute", Window.sliding(Window.Period.MINUTE), Measure.TOKENS)),
                1));
        return limiter;
    }

    private static LimitRule rule(String id, Window window, Measure measure) {
        List<Dimension> per = List.of(Dimension.of(Dimension.Kind.KEY), new Dimension(Dimension.Kind.TAG, "a"));
        return new LimitRule(id, id, CallFilter.ALL, per, measure, 1_000, window, 0, false, 0, List.of());
    }

    private static long used(Limiter limiter, String rule, String subject) {
        return Objects.requireNonNull(limiter.standing(rule, subject)).used();
    }

    @Test
    void givesBackWhatWasSettled() throws Exception {
        Path file = dir.resolve("limits");
        Limiter before = limiter();
        before.raise("day", "k1|prod\\|x", MIDNIGHT, 123);
        before.raise("ever", "k2|", 0, Long.MAX_VALUE / 4);
        new CounterFile(file).save(before, NOW);

        CounterFile.Content content = new CounterFile(file).load();
        Limiter after = limiter();
        content.counters()
                .forEach(kept -> after.raise(kept.ruleId(), kept.subject(), kept.windowStartMillis(), kept.used()));

        assertThat(content.savedMillis()).isEqualTo(NOW);
        assertThat(content.counters()).hasSize(2);
        assertThat(used(after, "day", "k1|prod\\|x")).isEqualTo(123);
        assertThat(used(after, "ever", "k2|")).isEqualTo(used(before, "ever", "k2|")).isPositive();
    }

    @Test
    void isWrittenOnlyWhenSomethingIsDifferent() throws Exception {
        Path path = dir.resolve("limits");
        Limiter limiter = limiter();
        limiter.raise("day", "k|", MIDNIGHT, 1);
        CounterFile file = new CounterFile(path);
        file.save(limiter, NOW);
        Files.delete(path);

        file.save(limiter, NOW + 5_000);
        assertThat(path).doesNotExist();
        limiter.raise("day", "k|", MIDNIGHT, 2);
        file.save(limiter, NOW + 10_000);

        assertThat(file.load().counters()).extracting(Limiter.Kept::used).containsExactly(2L);
    }

    @Test
    void hasNothingToSayWhereThereIsNone() throws Exception {
        assertThat(new CounterFile(dir.resolve("limits")).load()).isEqualTo(CounterFile.Content.NONE);
    }

    /** Every bit that turns over, and every end that is missing. */
    @Test
    void refusesWhatWasDamaged() throws Exception {
        Path path = dir.resolve("limits");
        Limiter limiter = limiter();
        limiter.raise("day", "k|", MIDNIGHT, 1);
        new CounterFile(path).save(limiter, NOW);
        byte[] good = Files.readAllBytes(path);
        for (int i = 0; i < good.length; i++) {
            byte[] bad = good.clone();
            bad[i] ^= 1;
            Files.write(path, bad);
            assertThatIOException().as("byte %d", i).isThrownBy(() -> new CounterFile(path).load());
            Files.write(path, java.util.Arrays.copyOf(good, i));
            assertThatIOException().as("%d bytes", i).isThrownBy(() -> new CounterFile(path).load());
        }
    }
}
