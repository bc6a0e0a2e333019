package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.codec.dialect.ChatNeeds;
import dev.sluice.codec.dialect.Endpoint;
import dev.sluice.gateway.Allocations;
import dev.sluice.gateway.config.GatewayConfig;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** One plan for all requests plans as a new one for each. */
final class PlanReuseTest {
    private static final GatewayConfig.Hedge AFTER_100_MS = new GatewayConfig.Hedge(0, Duration.ofMillis(100), 100);

    private final Random chance = new Random(7);
    private long now = TimeUnit.HOURS.toNanos(3);

    /** A route, what has happened to it, and who plans for it. */
    private static final class Side {
        final Target[] targets = Targets.targets(4);
        final Route route = Targets.route(targets, new WeightedBalancer(), AFTER_100_MS, 3);
        final SplittableRandom random = new SplittableRandom(5);

        int indexOf(@Nullable Target target) {
            return Arrays.asList(targets).indexOf(target);
        }
    }

    @Test
    void aReusedPlanPlansAsANewOne() {
        Side reused = new Side();
        Side fresh = new Side();
        Plan kept = new Plan();
        for (int request = 0; request < 4_000; request++) {
            Ask ask = Targets.ask(chance.nextInt(300_000), 0);
            kept.begin(reused.route, ask, reused.random);
            play(reused, kept, fresh, fresh.route.plan(ask, fresh.random));
            if (chance.nextBoolean()) {
                kept.reset();
            }
            now += chance.nextInt(400_000_000);
        }
    }

    private void play(Side one, Plan kept, Side other, Plan made) {
        Target first = kept.first(now);
        Target second = made.first(now);
        while (first != null && second != null) {
            assertThat(one.indexOf(first)).isEqualTo(other.indexOf(second));
            assertThat(kept.isAnotherLeft()).isEqualTo(made.isAnotherLeft());
            assertThat(kept.hedgeAfterNanos(now)).isEqualTo(made.hedgeAfterNanos(now));
            long ticket = first.health().begin(10, now);
            long otherTicket = second.health().begin(10, now);
            if (chance.nextInt(4) == 0) {
                assertThat(one.indexOf(kept.hedge(now))).isEqualTo(other.indexOf(made.hedge(now)));
            }
            now += chance.nextInt(90_000_000);
            Outcome outcome = Outcome.values()[chance.nextInt(Outcome.values().length)];
            if (outcome == Outcome.OK) {
                kept.onContent(first, 30_000_000, now);
                made.onContent(second, 30_000_000, now);
            }
            long asked = chance.nextInt(5) == 0 ? 500_000_000 : 0;
            first.health().end(ticket, outcome, asked, now);
            second.health().end(otherTicket, outcome, asked, now);
            first = kept.retry(first, outcome, asked, Long.MAX_VALUE, now);
            second = made.retry(second, outcome, asked, Long.MAX_VALUE, now);
            assertThat(kept.waitNanos()).isEqualTo(made.waitNanos());
        }
        assertThat(first == null).isEqualTo(second == null);
    }

    @Test
    void aPlanThatIsUsedAgainAllocatesNothing() {
        Side side = new Side();
        Plan plan = new Plan();
        Ask ask = new Ask();

        double bytes = Allocations.bytesOf(() -> {
            plan.begin(
                    side.route,
                    ask.of(Endpoint.CHAT_COMPLETIONS, true).sized(800, -1).needing(ChatNeeds.NONE, null, 0),
                    side.random);
            Target target = plan.first(now);
            if (target == null) {
                throw new AssertionError("no target");
            }
            long ticket = target.health().begin(plan.ask().promptTokens(), now);
            plan.onContent(target, 30_000_000, now);
            target.health().end(ticket, Outcome.OK, 0, now);
            now += 1_000_000;
        });

        assertThat(bytes).isZero();
    }
}
