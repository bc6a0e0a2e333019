package dev.sluice.gateway.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.chat.Usage;
import dev.sluice.gateway.exchange.Counted;
import dev.sluice.gateway.usage.UsageRecordReader.Opened;
import dev.sluice.gateway.usage.UsageRecordReader.Progress;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InterruptedAttemptTest {
    private static final UUID ID = UUID.fromString("01234567-89ab-7def-8123-456789abcdef");
    private static final int UNKNOWN = UsageEvent.UNKNOWN;

    /** A nano-dollar for each token. */
    private static final Pricing PRICES = new Pricing() {
        @Override
        public long costNano(
                String provider,
                String upstreamModel,
                @Nullable String answeredModel,
                @Nullable String serviceTier,
                long startedAtMicros,
                Usage usage) {
            assertThat(startedAtMicros).isEqualTo(Summaries.STARTED_MICROS);
            return provider.equals("openai") && upstreamModel.equals("gpt-4o-mini")
                    ? usage.inputTokens() + usage.outputTokens()
                    : UNKNOWN;
        }

        @Override
        public long version() {
            return 7;
        }
    };

    @Test
    void anAttemptWithoutProgressGeneratedNothingAndIsBilledForItsPrompt() {
        UsageEvent event = event(new Counted(100, true, UNKNOWN, false, true), null);
        assertThat(event)
                .isEqualTo(new UsageEvent(
                        ID,
                        Summaries.STARTED_MICROS,
                        "req-1",
                        2,
                        "key-1",
                        "team-1",
                        "user-1",
                        "{}",
                        "chat.completions",
                        "chat",
                        "openai",
                        "gpt-4o-mini",
                        true,
                        "interrupted",
                        UNKNOWN,
                        Usage.of(100, UNKNOWN, UNKNOWN, 0, UNKNOWN),
                        100,
                        0,
                        "counted",
                        true,
                        null,
                        100,
                        7,
                        UNKNOWN,
                        UNKNOWN,
                        null));
    }

    @Test
    void progressTellsHowFarItHadCome() {
        UsageEvent event = event(
                new Counted(100, true, UNKNOWN, false, false),
                progress(new Counted(100, true, 40, true, true), Usage.NONE));
        assertThat(event.usage()).isEqualTo(Usage.of(100, UNKNOWN, UNKNOWN, 40, UNKNOWN));
        assertThat(event.countedOutput()).isEqualTo(40);
        assertThat(event.lowerBound()).isTrue();
        assertThat(event.costNano()).isEqualTo(140);
        assertThat(event.ttftMillis()).isEqualTo(200);
        assertThat(event.durationMillis()).isEqualTo(5_000);
    }

    static Stream<Arguments> sources() {
        Counted exact = new Counted(100, true, 40, true, false);
        Counted inputEstimated = new Counted(100, false, 40, true, false);
        Counted outputEstimated = new Counted(100, true, 40, false, false);
        return Stream.of(
                // reported in, reported out, counted; billed in, billed out, source
                Arguments.of(-1, -1, exact, 100, 40, "counted"),
                Arguments.of(-1, -1, inputEstimated, 100, 40, "estimated"),
                Arguments.of(-1, -1, outputEstimated, 100, 40, "estimated"),
                Arguments.of(90, -1, exact, 90, 40, "mixed"),
                Arguments.of(90, -1, inputEstimated, 90, 40, "mixed"),
                Arguments.of(90, -1, outputEstimated, 90, 40, "estimated"),
                // Some providers begin with a token and go on from there.
                Arguments.of(90, 1, exact, 90, 40, "mixed"),
                Arguments.of(90, 1, outputEstimated, 90, 40, "estimated"),
                Arguments.of(90, 55, exact, 90, 55, "provider"),
                Arguments.of(90, 55, inputEstimated, 90, 55, "provider"),
                Arguments.of(90, 55, Counted.NOTHING, 90, 55, "provider"),
                Arguments.of(90, -1, Counted.NOTHING, 90, -1, "provider"),
                Arguments.of(-1, -1, Counted.NOTHING, -1, -1, "none"));
    }

    @ParameterizedTest
    @MethodSource("sources")
    void theProvidersFiguresWinAndTheSourceSaysWhoseTheyAre(
            long reportedInput, long reportedOutput, Counted counted, long input, long output, String source) {
        Usage reported = Usage.of(reportedInput, 3, UNKNOWN, reportedOutput, UNKNOWN);
        UsageEvent event = event(new Counted(100, true, UNKNOWN, false, false), progress(counted, reported));
        assertThat(event.usage()).isEqualTo(Usage.of(input, 3, UNKNOWN, output, UNKNOWN));
        assertThat(event.usageSource()).isEqualTo(source);
        assertThat(event.countedInput()).isEqualTo(counted.inputTokens());
        assertThat(event.countedOutput()).isEqualTo(counted.outputTokens());
    }

    @Test
    void whatNobodyCountedHasNoPrice() {
        UsageEvent event = event(Counted.NOTHING, progress(Counted.NOTHING, Usage.NONE));
        assertThat(event.costNano()).isEqualTo(UNKNOWN);
        assertThat(event.priceVersion()).isEqualTo(UNKNOWN);
    }

    private static UsageEvent event(Counted counted, @Nullable Progress progress) {
        Opened open = new Opened(
                ID,
                Summaries.STARTED_MICROS,
                "req-1",
                2,
                "key-1",
                "team-1",
                "user-1",
                "{}",
                "chat.completions",
                "chat",
                "openai",
                "gpt-4o-mini",
                true,
                counted);
        return InterruptedAttempt.event(open, progress, PRICES);
    }

    private static Progress progress(Counted counted, Usage usage) {
        return new Progress(ID, counted, usage, 5_000, 200);
    }
}
