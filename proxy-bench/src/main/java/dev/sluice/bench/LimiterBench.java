package dev.sluice.bench;

import dev.sluice.gateway.auth.Principal;
import dev.sluice.gateway.limit.CallFilter;
import dev.sluice.gateway.limit.Dimension;
import dev.sluice.gateway.limit.Grant;
import dev.sluice.gateway.limit.LimitCall;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Verdict;
import dev.sluice.gateway.limit.Window;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.price.TokenRates;
import java.net.InetAddress;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What five rules on a key cost a call: requests a minute and a day, tokens a minute, money a month, calls at once. Another
 * one of {@value #KEYS} keys with each call, so that counters are looked up as they are under many callers; and one key that
 * two threads share. Clocks are the system's, as in the gateway.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LimiterBench {
    private static final int KEYS = 1 << 12;

    private final LimitCall[] calls = new LimitCall[KEYS];
    private final Limiter limiter = new Limiter(new SystemClock(), (rule, subject, percent, used, resetMillis) -> {});

    /** Each thread's own, used again for each call. */
    @State(Scope.Thread)
    public static class Caller {
        private final Grant grant = new Grant();
        private int next;
    }

    /** Both clocks of the machine. */
    private static final class SystemClock implements LimitClock {
        private final InstantSource wall = InstantSource.system();

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long wallMillis() {
            return wall.millis();
        }
    }

    @Setup
    public void setUp() {
        for (int i = 0; i < KEYS; i++) {
            calls[i] = new LimitCall()
                    .of(
                            new Principal("key-" + i, "service " + i, "team", List.of()),
                            InetAddress.getLoopbackAddress(),
                            null,
                            null,
                            Map.of(),
                            100)
                    .at("openai", "gpt-4o-mini", "chat.completions", new TokenRates(150_000_000, 600_000_000))
                    .sized(8, 0, -1, 4_000);
        }
        Window day = new Window(Period.DAY, /* calendar= */ true, ZoneId.of("Asia/Jerusalem"));
        Window month = new Window(Period.MONTH, /* calendar= */ true, ZoneId.of("Asia/Jerusalem"));
        limiter.publish(new LimitRules(
                List.of(
                        rule("rpm", Measure.REQUESTS, 1L << 40, Window.sliding(Period.MINUTE)),
                        rule("rpd", Measure.REQUESTS, 1L << 40, day),
                        rule("tpm", Measure.TOKENS, 1_000_000_000, Window.sliding(Period.MINUTE)),
                        rule("cost", Measure.COST, 1L << 50, month),
                        rule("open", Measure.CONCURRENT, 1_000, Window.NONE)),
                1));
    }

    /** Admission and settlement, nothing in between. */
    @Benchmark
    public long admitAndSettle(Caller caller) {
        return call(caller, calls[++caller.next & (KEYS - 1)]);
    }

    /** The same, two threads on the counters of one key. */
    @Benchmark
    @Threads(2)
    public long admitAndSettleOneKey(Caller caller) {
        return call(caller, calls[0]);
    }

    /** With three slices of an answer. */
    @Benchmark
    public long admitExtendAndSettle(Caller caller) {
        LimitCall call = calls[++caller.next & (KEYS - 1)];
        admit(caller, call);
        limiter.extend(caller.grant, 8, 24);
        limiter.extend(caller.grant, 8, 48);
        limiter.extend(caller.grant, 8, 72);
        limiter.settle(caller.grant, 8, 1, 0);
        return caller.grant.coveredTokens();
    }

    private long call(Caller caller, LimitCall call) {
        admit(caller, call);
        limiter.settle(caller.grant, 8, 1, 0);
        return caller.grant.remaining(Measure.REQUESTS);
    }

    private void admit(Caller caller, LimitCall call) {
        if (limiter.admit(call, caller.grant, LimiterBench::never) != Verdict.ADMITTED) {
            throw new IllegalStateException("refused: " + caller.grant.refusal());
        }
    }

    private static LimitRule rule(String id, Measure measure, long limit, Window window) {
        return new LimitRule(
                id,
                id,
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.KEY)),
                measure,
                limit,
                window,
                /* burst= */ 0,
                /* strict= */ false,
                /* queueMillis= */ 0,
                List.of(80, 100));
    }

    private static void never() {
        throw new IllegalStateException("nothing is shared");
    }
}
