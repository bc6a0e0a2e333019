package dev.sluice.gateway.limit;

import static dev.sluice.gateway.limit.LimitCalls.NEVER;
import static dev.sluice.gateway.limit.LimitCalls.call;
import static dev.sluice.gateway.limit.LimitCalls.input;
import static dev.sluice.gateway.limit.LimitCalls.rule;
import static dev.sluice.gateway.limit.LimitCalls.rules;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.limit.Window.Period;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is used again for the next call does not cost anything, and remembers nothing of the one before. */
final class GrantReuseTest {
    private final ManualClock clock = new ManualClock("2026-03-04T12:00:00Z");
    private final Limiter limiter = limiter();
    private final Grant grant = new Grant();

    private Limiter limiter() {
        Limiter made = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
        made.publish(five(1L << 40));
        return made;
    }

    private static LimitRules five(long limit) {
        Window day = new Window(Period.DAY, /* calendar= */ true, ZoneOffset.UTC);
        Window month = new Window(Period.MONTH, /* calendar= */ true, ZoneOffset.UTC);
        return rules(
                rule("rpm", Measure.REQUESTS, limit, Window.sliding(Period.MINUTE)),
                rule("rpd", Measure.REQUESTS, limit, day),
                rule("tpm", Measure.TOKENS, Math.min(limit * 20, 1_000_000_000), Window.sliding(Period.MINUTE)),
                rule("cost", Measure.COST, limit * 1_000_000, month),
                rule("open", Measure.CONCURRENT, limit, Window.NONE));
    }

    @Test
    void aCallUnderFiveRulesAllocatesNothing() {
        LimitCall[] calls = {call("a"), call("b"), input(call("c"), 700)};
        int[] next = {0};

        double bytes = Allocations.bytesOf(() -> {
            LimitCall call = calls[next[0]++ % calls.length];
            if (limiter.admit(call, grant, NEVER) != Verdict.ADMITTED || grant.count() != 5) {
                throw new AssertionError("not admitted by five rules");
            }
            limiter.settle(grant, call.inputTokens(), 20, 3_000);
            if (grant.remaining(Measure.REQUESTS) < 0 || grant.resetMillis(Measure.TOKENS) < 0) {
                throw new AssertionError("not told how the rules stand");
            }
            grant.reset();
        });

        assertThat(bytes).isZero();
    }

    @Test
    void aCallIsFilledAnewWithoutAllocating() {
        LimitCall call = new LimitCall();
        LimitCall like = call("a");

        double bytes = Allocations.bytesOf(() -> {
            call.of(like.principal(), like.from(), like.endUser(), like.session(), like.tags(), like.sharePercent())
                    .at(like.provider(), like.model(), like.endpoint(), like.rates())
                    .sized(like.inputTokens(), 0, -1, 1_000);
            if (limiter.admit(call, grant, NEVER) != Verdict.ADMITTED) {
                throw new AssertionError("not admitted");
            }
            limiter.settle(grant, call.inputTokens(), 20, 3_000);
            call.clear();
        });

        assertThat(bytes).isZero();
    }

    /** Two limiters see the same calls: one with a grant for all of them, the other with a new one for each. */
    @Test
    void aReusedGrantDecidesAsANewOne() {
        Random random = new Random(42);
        Limiter other = limiter();
        limiter.publish(five(7));
        other.publish(five(7));
        int refused = 0;
        for (int step = 0; step < 3_000; step++) {
            LimitCall call = input(call("k" + random.nextInt(3)), random.nextInt(200));
            Grant fresh = new Grant();

            Verdict verdict = limiter.admit(call, grant, NEVER);

            assertThat(verdict).isEqualTo(other.admit(call, fresh, NEVER));
            assertThat(told(grant)).isEqualTo(told(fresh));
            refused += verdict == Verdict.REFUSED ? 1 : 0;
            if (verdict == Verdict.ADMITTED && random.nextBoolean()) {
                int tokens = random.nextInt(200);
                assertThat(limiter.extend(grant, call.inputTokens(), tokens))
                        .isEqualTo(other.extend(fresh, call.inputTokens(), tokens));
                assertThat(told(grant)).isEqualTo(told(fresh));
            }
            int cost = random.nextInt(900_000);
            limiter.settle(grant, call.inputTokens(), 12, cost);
            other.settle(fresh, call.inputTokens(), 12, cost);
            if (random.nextBoolean()) {
                grant.reset();
            }
            clock.advance(Duration.ofMinutes(random.nextInt(100)));
        }
        assertThat(refused).isBetween(100, 2_900);
    }

    private static List<Object> told(Grant grant) {
        return List.of(
                String.valueOf(grant.refusal()),
                grant.isHeld(),
                grant.coveredTokens(),
                grant.count(),
                grant.warnPercent(),
                String.valueOf(grant.warnRule()),
                grant.limit(Measure.REQUESTS),
                grant.remaining(Measure.REQUESTS),
                grant.resetMillis(Measure.REQUESTS),
                grant.limit(Measure.TOKENS),
                grant.remaining(Measure.TOKENS),
                grant.limit(Measure.COST),
                grant.remaining(Measure.COST),
                grant.resetMillis(Measure.COST));
    }

    @Test
    void whatIsHeldIsNotForgotten() {
        limiter.admit(call("a"), grant, NEVER);

        assertThatThrownBy(grant::reset).isInstanceOf(IllegalStateException.class);

        limiter.settle(grant, 1, 1, 1);
        grant.reset();
        assertThat(grant.count()).isZero();
        assertThat(grant.limit(Measure.REQUESTS)).isEqualTo(-1);
    }
}
