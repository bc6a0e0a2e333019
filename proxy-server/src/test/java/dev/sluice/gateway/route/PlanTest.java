package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.gateway.config.GatewayConfig;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanTest {
    private static final long FAR = Long.MAX_VALUE;
    private static final GatewayConfig.Hedge AFTER_100_MS = new GatewayConfig.Hedge(0, Duration.ofMillis(100), 100);

    private final SplittableRandom random = new SplittableRandom(1);
    /** The counter of nanoseconds comes round while some of the tests run. */
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(61);

    private static Outcome outcome(char c) {
        return switch (c) {
            case 'U' -> Outcome.UNAVAILABLE;
            case 'S' -> Outcome.SLOW;
            case 'O' -> Outcome.OK;
            case 'C' -> Outcome.CALLER_ERROR;
            case 'L' -> Outcome.LIMITED;
            case 'D' -> Outcome.DENIED;
            case 'A' -> Outcome.ABANDONED;
            default -> throw new IllegalArgumentException("no outcome is '" + c + "'");
        };
    }

    private static long seconds(double seconds) {
        return (long) (seconds * 1e9);
    }

    private void end(Target target, Outcome outcome, long retryAfterNanos) {
        target.health().end(target.health().begin(10, now), outcome, retryAfterNanos, now);
    }

    private void open(Target target) {
        for (int i = 0; i < GatewayConfig.Breaker.DEFAULT.failures(); i++) {
            end(target, Outcome.UNAVAILABLE, 0);
        }
    }

    /** @param health R: ready, O: open, H: half open, L and a number: limited for so many seconds */
    private Target[] targets(String health) {
        String[] states = health.split(" ");
        Target[] targets = Targets.targets(states.length);
        for (int i = 0; i < states.length; i++) {
            if (states[i].equals("H")) {
                open(targets[i]);
            }
        }
        now += health.contains("H") ? seconds(60) : 0;
        for (int i = 0; i < states.length; i++) {
            switch (states[i].charAt(0)) {
                case 'R', 'H' -> {}
                case 'O' -> open(targets[i]);
                case 'L' -> end(targets[i], Outcome.LIMITED, seconds(Double.parseDouble(states[i].substring(1))));
                default -> throw new IllegalArgumentException("no health is '" + states[i] + "'");
            }
        }
        return targets;
    }

    private static String name(@Nullable Target target) {
        return target == null ? "-" : target.provider().name();
    }

    /**
     * What is tried: the first target, then for each end what comes next. {@code U>b} is: unavailable, then b at once;
     * {@code U>b~} after a pause of less than 100 ms, 200 ms ...; {@code L>b~2} after two seconds and such a pause;
     * {@code L30>-} is: limited for 30 s, and nobody is tried any more.
     */
    @ParameterizedTest
    @CsvSource({
        // One after the other, each once, when nothing else is said,
        "R R R, 0, a U>b U>c U>-",
        "R R R, 0, a L>b D>c S>-",
        "R R R, 2, a U>b U>-",
        "R, 0, a U>-",
        // and not after an answer, or what is the caller's fault, or nobody waits for.
        "R R, 0, a O>-",
        "R R, 0, a C>-",
        "R R, 0, a A>-",
        "R R, 0, a U>b C>-",
        // When all have been tried, again where it may go better a moment later.
        "R, 3, a U>a~ S>a~ U>-",
        "R, 3, a D>-",
        "R, 3, a L>a~1 L>a~2 L>-",
        "R, 3, a L3>a~3 L>a~2 L>-",
        "R, 3, a L30>-",
        "R R, 4, a U>b U>b~ U>b~ U>-",
        "R R, 4, a U>b D>a~ U>a~ U>-",
        "R R, 4, a D>b D>-",
        "R R, 4, a D>b U>b~ D>-",
        "R R, 4, a L2>b L5>a~2 U>a~1",
        // Who has failed too often is passed over,
        "O R, 0, b U>b~ U>-",
        "O R R, 0, b U>c U>c~ U>-",
        // unless nobody else is left.
        "O R, 0, b D>a U>-",
        "O O, 0, a U>b U>-",
        "O O, 3, a U>b U>b~ U>-",
        "O, 3, a U>a~ U>a~ U>-",
        // Who is limited is passed over, and waited for when nobody else is left,
        "L2 R, 0, b U>b~ U>-",
        "L2 R, 0, b D>a~2 U>-",
        "L2 L5, 3, a L>a~2",
        "L2 L5, 3, a D>b~5",
        "L2 O, 0, a L2>b U>-",
        // if that is not too long.
        "L30 R, 0, b D>-",
        // A probe is as good as any other.
        "H R, 0, a U>b U>-",
        "R H, 0, a U>b U>-"
    })
    void whatIsTried(String health, int attempts, String script) {
        Target[] targets = targets(health);
        Plan plan =
                Targets.route(targets, new FallbackBalancer(), null, attempts).plan(Targets.ASK, random);
        String[] steps = script.split(" ");
        Target target = plan.first(now);
        assertThat(name(target)).isEqualTo(steps[0]);
        double mostPause = 0.1;
        for (int i = 1; i < steps.length; i++) {
            String ended = steps[i].substring(0, steps[i].indexOf('>'));
            String[] next = steps[i].substring(steps[i].indexOf('>') + 1).split("~", -1);
            Outcome outcome = outcome(ended.charAt(0));
            long retryAfter = ended.length() == 1 ? 0 : seconds(Double.parseDouble(ended.substring(1)));
            long ticket = target.health().begin(10, now);
            now += TimeUnit.MILLISECONDS.toNanos(1);
            target.health().end(ticket, outcome, retryAfter, now);
            target = plan.retry(target, outcome, retryAfter, FAR, now);

            assertThat(name(target)).as("after step %d of %s", i, script).isEqualTo(next[0]);
            if (target == null) {
                assertThat(i).isEqualTo(steps.length - 1);
                return;
            }
            double waits = plan.waitNanos() / 1e9;
            if (next.length == 1) {
                assertThat(waits).as("step %d of %s", i, script).isZero();
            } else {
                double atLeast = next[1].isEmpty() ? 0 : Double.parseDouble(next[1]) - 0.01;
                assertThat(waits).as("step %d of %s", i, script).isBetween(atLeast, atLeast + 0.01 + mostPause);
                assertThat(waits).isGreaterThan(0);
                mostPause *= 2;
            }
            now += plan.waitNanos();
        }
    }

    @Test
    void whileAProbeIsUnderWayOthersGoElsewhere() {
        Target[] targets = targets("H R");
        Route route = Targets.route(targets, new FallbackBalancer(), null, 0);
        Target probed = route.plan(Targets.ASK, random).first(now);
        assertThat(name(probed)).isEqualTo("a");
        targets[0].health().begin(10, now);
        assertThat(name(route.plan(Targets.ASK, random).first(now))).isEqualTo("b");
    }

    @Test
    void nobodyWaitsLongerThanTheCallerDoes() {
        Target[] targets = targets("R");
        Plan plan = Targets.route(targets, new FallbackBalancer(), null, 3).plan(Targets.ASK, random);
        plan.first(now);
        end(targets[0], Outcome.LIMITED, seconds(2));
        assertThat(plan.retry(targets[0], Outcome.LIMITED, seconds(2), seconds(2), now))
                .isNull();
        assertThat(plan.retry(targets[0], Outcome.LIMITED, seconds(2), seconds(3), now))
                .isNotNull();
    }

    @Test
    void retriesInVainAreBoundedAndOthersAreGivenBack() {
        Target[] targets = targets("R R");
        Route route = Targets.route(targets, new FallbackBalancer(), null, 0);
        for (int i = 0; i < 1000; i++) {
            Plan plan = route.plan(Targets.ASK, random);
            plan.first(now);
            Target second = plan.retry(targets[0], Outcome.UNAVAILABLE, 0, FAR, now);
            assertThat(second).isNotNull();
            plan.onContent(second, 1, now);
        }
        int retries = 0;
        for (int i = 0; i < 1000; i++) {
            Plan plan = route.plan(Targets.ASK, random);
            plan.first(now);
            retries += plan.retry(targets[0], Outcome.UNAVAILABLE, 0, FAR, now) == null ? 0 : 1;
        }
        assertThat(retries).isBetween(199, 200);
    }

    // ---- what a target can do -------------------------------------------------------------------------------------

    private static GatewayConfig.Abilities abilities(String text) {
        return switch (text) {
            case "-" -> GatewayConfig.Abilities.UNKNOWN;
            case "all" -> new GatewayConfig.Abilities(true, true, true, true, 1_000_000, "eu");
            case "tools" -> new GatewayConfig.Abilities(true, null, null, null, null, null);
            case "no-tools" -> new GatewayConfig.Abilities(false, null, null, null, null, null);
            case "blind" -> new GatewayConfig.Abilities(null, false, null, null, null, null);
            case "no-schema" -> new GatewayConfig.Abilities(null, null, false, null, null, null);
            case "quick" -> new GatewayConfig.Abilities(null, null, null, false, null, null);
            case "short" -> new GatewayConfig.Abilities(null, null, null, null, 1999, null);
            case "us" -> new GatewayConfig.Abilities(null, null, null, null, null, "us");
            default -> throw new IllegalArgumentException("no abilities are '" + text + "'");
        };
    }

    /** Prompts are of 1,000 tokens, answers of 1,000 at most. */
    @ParameterizedTest
    @CsvSource({
        "FALLBACK, -, -, tools vision schema reasoning, ''",
        "FALLBACK, all, -, tools vision schema reasoning eu, ''",
        "FALLBACK, no-tools, -, '', ''",
        "FALLBACK, no-tools, -, tools, a/m has no tools",
        "FALLBACK, blind, -, vision, a/m reads no images",
        "FALLBACK, no-schema, -, schema, a/m does not answer by a JSON schema",
        "FALLBACK, quick, -, reasoning, a/m does not reason",
        "FALLBACK, short, -, '', 'a/m takes 1999 tokens, and this request may need 2000'",
        "FALLBACK, us, -, eu, a/m is in region us",
        "FALLBACK, -, -, eu, a/m is in no stated region",
        "FALLBACK, us, -, us, ''",
        // What is known counts where a route chooses by it, and only where the operator says nothing.
        "FALLBACK, -, no-tools, tools, ''",
        "AUTO, -, no-tools, tools, a/m has no tools",
        "AUTO, tools, no-tools, tools, ''",
        "AUTO, no-tools, tools, tools, a/m has no tools",
        "AUTO, -, short, '', 'a/m takes 1999 tokens, and this request may need 2000'",
        "AUTO, all, short, '', ''",
        "AUTO, -, blind, tools, ''"
    })
    void whoCannotServeARequestIsNeverTried(
            GatewayConfig.Strategy strategy, String declared, String known, String needs, String refusal) {
        Target[] targets = {Targets.target("a", 0, 1, abilities(declared))};
        RouteMemory fresh = RouteMemory.fresh();
        RouteMemory memory =
                new RouteMemory(fresh.health(), fresh.hedges(), fresh.prices(), (provider, model) -> abilities(known));
        Ask ask = Targets.ask(
                new ChatNeeds(
                        needs.contains("tools"),
                        needs.contains("vision"),
                        needs.contains("schema"),
                        needs.contains("reasoning")),
                1000,
                needs.contains("eu") ? "eu" : needs.contains("us") ? "us" : null);
        Plan plan = Targets.route(targets, new FallbackBalancer(), strategy, null, 0, memory)
                .plan(ask, random);

        assertThat(plan.refusal()).isEqualTo(refusal);
        assertThat(plan.first(now) == null).isEqualTo(!refusal.isEmpty());
    }

    @Test
    void theRefusalSaysWhyForEachTarget() {
        Target[] targets = {
            Targets.target("a", 0, 1, abilities("no-tools")), Targets.target("b", 1, 1, abilities("blind"))
        };
        Plan plan = Targets.route(targets, new FallbackBalancer(), null, 0)
                .plan(Targets.ask(new ChatNeeds(true, true, false, false), -1, null), random);

        assertThat(plan.first(now)).isNull();
        assertThat(plan.refusal()).isEqualTo("a/m has no tools; b/m reads no images");
    }

    @Test
    void retriesGoOnlyWhereTheRequestCanBeServed() {
        Target[] targets = {
            Targets.target("a", 0), Targets.target("b", 1, 1, abilities("no-tools")), Targets.target("c", 2)
        };
        Plan plan = Targets.route(targets, new FallbackBalancer(), null, 0)
                .plan(Targets.ask(new ChatNeeds(true, false, false, false), -1, null), random);

        assertThat(name(plan.first(now))).isEqualTo("a");
        assertThat(name(plan.retry(targets[0], Outcome.UNAVAILABLE, 0, FAR, now)))
                .isEqualTo("c");
        assertThat(name(plan.retry(targets[2], Outcome.UNAVAILABLE, 0, FAR, now)))
                .isEqualTo("-");
    }

    // ---- hedges ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({
        "R R, a, b",
        "R R R, a, b",
        // The same once more, when there is no other,
        "R, a, a",
        // and not where it would add to somebody's trouble.
        "R O, a, a",
        "R L2, a, a",
        "R H, a, a",
        "O L2, b, -"
    })
    void hedgesGoToAnotherThatIsAtEase(String health, String first, String hedge) {
        Target[] targets = targets(health);
        Plan plan =
                Targets.route(targets, new FallbackBalancer(), AFTER_100_MS, 0).plan(Targets.ASK, random);

        assertThat(name(plan.first(now))).isEqualTo(first);
        assertThat(plan.hedgeAfterNanos(now)).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
        assertThat(name(plan.hedge(now))).isEqualTo(hedge);
        if (!hedge.equals("-")) {
            assertThat(plan.hedge(now)).as("once").isNull();
            assertThat(plan.hedgeAfterNanos(now)).isEqualTo(-1);
        }
    }

    @Test
    void withoutAPolicyNobodyHedges() {
        Plan plan =
                Targets.route(targets("R R"), new FallbackBalancer(), null, 0).plan(Targets.ASK, random);
        plan.first(now);
        assertThat(plan.hedgeAfterNanos(now)).isEqualTo(-1);
        assertThat(plan.hedge(now)).isNull();
    }

    @Test
    void theLiveP95SaysWhenOnceEnoughHasBeenSeen() {
        Route route = Targets.route(targets("R R"), new FallbackBalancer(), new GatewayConfig.Hedge(95, null, 100), 0);
        for (int i = 1; i <= 100; i++) {
            Plan plan = route.plan(Targets.ASK, random);
            Target target = plan.first(now);
            assertThat(plan.hedgeAfterNanos(now) >= 0).isEqualTo(i > 20);
            plan.onContent(target, TimeUnit.MILLISECONDS.toNanos(10L * i), now);
        }
        now += TimeUnit.MILLISECONDS.toNanos(100);
        assertThat(route.plan(Targets.ASK, random).hedgeAfterNanos(now) / 1e6).isBetween(900.0, 1000.0);
        assertThat(route.plan(Targets.ask(1 << 20, 0), random).hedgeAfterNanos(now))
                .as("of another size")
                .isEqualTo(-1);
    }

    @Test
    void whatAHedgeOvertakesIsRememberedAsLate() {
        Route route = Targets.route(targets("R R"), new FallbackBalancer(), new GatewayConfig.Hedge(95, null, 100), 0);
        FirstTokenTimes times = route.state().firstTokens();
        for (int i = 0; i < 100; i++) {
            Plan plan = route.plan(Targets.ASK, random);
            Target first = plan.first(now);
            now += TimeUnit.MILLISECONDS.toNanos(100);
            Target hedge = plan.hedge(now);
            assertThat(hedge).isNotNull();
            now += TimeUnit.MILLISECONDS.toNanos(50);
            if (i % 2 == 0) {
                plan.onContent(hedge, TimeUnit.MILLISECONDS.toNanos(50), now);
            } else {
                plan.onContent(first, TimeUnit.MILLISECONDS.toNanos(150), now);
            }
        }
        assertThat(times.percentileNanos(20, 0, now) / 1e6).isBetween(45.0, 55.0);
        // Without the overtaken ones half of them would have come within 50 ms.
        assertThat(times.percentileNanos(40, 0, now) / 1e6).isBetween(135.0, 165.0);
    }
}
