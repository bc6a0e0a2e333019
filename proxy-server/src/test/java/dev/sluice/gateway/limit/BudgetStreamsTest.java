package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.price.TokenRates;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * 200 streams at once on one budget of $0.10: nobody is refused before 95 % of it is really spent, and what is overspent is
 * at most a hundredth. Streams come and go until nobody is admitted any more; each chunk is asked for as the exchange does,
 * and a stream that is stopped has received the chunk it was stopped at.
 */
final class BudgetStreamsTest {
    private static final long BUDGET = 100_000_000;
    private static final int STREAMS = 200;

    private final ManualClock clock = new ManualClock("2026-11-22T10:00:00Z");
    private final Limiter limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
    private long spent;
    private long spentAtFirstRefusal = -1;

    /** A client with one call after the other. */
    private static final class Stream {
        final Grant grant = new Grant();
        LimitCall call = LimitCalls.call("a");
        int tokens;
        int length;
        boolean isOpen;
    }

    /** All that a call has taken so far, at its price, input and output. */
    private static long cost(LimitCall call, int tokens) {
        return Amounts.of(Measure.COST, call.inputTokens(), tokens, call.rates());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 150, 600, 20, 4000",
        "2, 150, 600, 200, 4000",
        "3, 150, 600, 1500, 400",
        "4, 150, 600, 100, 200",
        "5, 150, 600, 3000, 20",
        "6, 75, 300, 500, 2000",
        "7, 0, 600, 0, 100000"
    })
    void nobodyIsRefusedEarlyAndNothingIsOverspent(
            long seed, long inputRate, long outputRate, int mostInput, int longest) {
        limiter.publish(LimitCalls.rules(
                LimitCalls.rule("cost", Measure.COST, BUDGET, new Window(Period.MONTH, true, ZoneId.of("UTC")))));
        SplittableRandom random = new SplittableRandom(seed);
        TokenRates rates = new TokenRates(inputRate * 1_000_000, outputRate * 1_000_000);
        List<Stream> streams = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            streams.add(new Stream());
        }
        int stopped = 0;
        int quiet = 0;
        while (quiet < 20 * STREAMS) {
            Stream stream = streams.get(random.nextInt(STREAMS));
            quiet++;
            if (!stream.isOpen) {
                stream.call = LimitCalls.call(LimitCalls.principal("a"), random.nextInt(mostInput + 1), rates);
                stream.isOpen = limiter.admit(stream.call, stream.grant, LimitCalls.NEVER) == Verdict.ADMITTED;
                stream.tokens = 0;
                stream.length = 1 + random.nextInt(longest);
                if (!stream.isOpen) {
                    noteRefusal(streams);
                    continue;
                }
            }
            quiet = 0;
            clock.advance(Duration.ofMillis(1));
            stream.tokens += 1 + random.nextInt(8);
            boolean goesOn = stream.tokens < stream.grant.coveredTokens()
                    || limiter.extend(stream.grant, stream.call.inputTokens(), stream.tokens);
            if (!goesOn) {
                stopped++;
                noteRefusal(streams);
            }
            if (!goesOn || stream.tokens >= stream.length) {
                long cost = cost(stream.call, stream.tokens);
                spent += cost;
                limiter.settle(stream.grant, stream.call.inputTokens(), stream.tokens, cost);
                stream.isOpen = false;
            }
        }

        double early = 100.0 * spentAtFirstRefusal / BUDGET;
        double over = 100.0 * (spent - BUDGET) / BUDGET;
        System.out.printf(
                "budget: input <= %d at %d, output <= %d at %d nano-dollars: first refused at %.2f %%, %d stopped,"
                        + " in the end %+.3f %%%n",
                mostInput, inputRate, longest, outputRate, early, stopped, over);
        assertThat(early).isGreaterThanOrEqualTo(95);
        assertThat(over).isBetween(-1.0, 1.0);
        Limiter.Standing standing = limiter.standings(LimitCalls.call("a")).getFirst();
        assertThat(standing.used()).isEqualTo(spent);
        assertThat(standing.held()).isZero();
    }

    private void noteRefusal(List<Stream> streams) {
        if (spentAtFirstRefusal >= 0) {
            return;
        }
        long running = 0;
        for (Stream stream : streams) {
            running += stream.isOpen ? cost(stream.call, stream.tokens) : 0;
        }
        spentAtFirstRefusal = spent + running;
    }
}
