package dev.sluice.gateway.limit;

import static dev.sluice.gateway.limit.LimitCalls.NEVER;
import static dev.sluice.gateway.limit.LimitCalls.call;
import static dev.sluice.gateway.limit.LimitCalls.rule;
import static dev.sluice.gateway.limit.LimitCalls.strict;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Window.Period;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Limiters that share their counters through a broker in memory, which can be slow, and away. */
final class LeasePoolTest {
    private static final Window DAY = new Window(Period.DAY, true, ZoneId.of("UTC"));
    private static final int NODES = 3;

    private final ManualClock clock = new ManualClock("2026-11-22T10:00:00Z");
    private final Broker broker = new Broker();
    private final List<Limiter> nodes = new ArrayList<>();

    /** Counts one bucket for each window. Answers when told to, or at once. */
    private final class Broker {
        final Map<String, long[]> spentAndHeld = new HashMap<>();
        final Deque<Runnable> answers = new ArrayDeque<>();
        boolean isUp = true;
        boolean isSlow;
        int asks;

        LeaseBroker ofNode(int node) {
            return new LeaseBroker() {
                @Override
                public void lease(
                        SharedWindow window, long spent, long returned, long needed, long wanted, Receiver receiver) {
                    asks++;
                    String key = window.id() + window.subject() + window.windowStartMillis();
                    long[] of = spentAndHeld.computeIfAbsent(key, id -> new long[1 + NODES]);
                    of[0] += spent;
                    of[1 + node] = Math.max(0, of[1 + node] - spent - returned);
                    Runnable answer = () -> decide(of, node, window.limit(), needed, wanted, receiver);
                    if (isSlow) {
                        answers.add(answer);
                    } else {
                        answer.run();
                    }
                }

                @Override
                public boolean isUp() {
                    return isUp;
                }
            };
        }

        private void decide(long[] of, int node, long limit, long needed, long wanted, LeaseBroker.Receiver receiver) {
            long left = limit - of[0] - of[1] - of[2] - of[3];
            if (!isUp) {
                receiver.onUnavailable();
            } else if (needed > left) {
                receiver.onExhausted(limit - left, 500);
            } else {
                long units = Math.max(needed, Math.max(0, Math.min(wanted, left / (2 * NODES))));
                of[1 + node] += units;
                receiver.onLease(units, limit - left + units);
            }
        }

        long spent() {
            return spentAndHeld.values().stream().mapToLong(of -> of[0]).sum();
        }

        long held() {
            return spentAndHeld.values().stream()
                    .mapToLong(of -> of[1] + of[2] + of[3])
                    .sum();
        }
    }

    private void start(LimitRule... rules) {
        for (int i = 0; i < NODES; i++) {
            Limiter node = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
            node.publish(new LimitRules(List.of(rules), NODES));
            node.shareThrough(broker.ofNode(i));
            nodes.add(node);
        }
    }

    @Test
    void allNodesTogetherAdmitTheLimitAndNotOneMore() {
        start(rule("rpd", Measure.REQUESTS, 600, DAY));

        int admitted = 0;
        for (int i = 0; i < 6_000; i++) {
            clock.advance(Duration.ofMillis(10));
            Grant grant = new Grant();
            Limiter node = nodes.get(i % NODES);
            if (node.admit(call("a"), grant, NEVER) == Verdict.ADMITTED) {
                admitted++;
                node.settle(grant, 1, 1, -1);
            }
            tend(i);
        }

        assertThat(admitted).isEqualTo(600);
        settleDown();
        assertThat(broker.spent()).isEqualTo(600);
        assertThat(broker.held()).isZero();
        assertThat(broker.asks).as("asks for %d calls", 6_000).isLessThan(1_200);
    }

    @Test
    void aCallWaitsOnlyWhereNothingIsLeasedAndIsCalledOnce() {
        start(rule("rpd", Measure.REQUESTS, 600, DAY));
        broker.isSlow = true;
        Limiter node = nodes.getFirst();
        int[] called = new int[2];
        Grant first = new Grant();

        assertThat(node.admit(call("a"), first, () -> called[0]++)).isEqualTo(Verdict.LATER);
        assertThat(node.admit(call("a"), new Grant(), () -> called[1]++)).isEqualTo(Verdict.LATER);
        assertThat(first.isHeld()).isFalse();
        assertThat(broker.answers).hasSize(1);
        broker.answers.poll().run();
        assertThat(called).containsExactly(1, 1);

        for (int i = 0; i < 9; i++) {
            assertThat(node.admit(call("a"), new Grant(), NEVER)).isEqualTo(Verdict.ADMITTED);
        }
        assertThat(broker.answers).as("asked ahead").hasSize(1);
    }

    @Test
    void callsAtOnceAreSharedAndGivenBack() {
        start(rule("open", Measure.CONCURRENT, 6, Window.NONE));
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Grant grant = new Grant();
            if (nodes.get(i % NODES).admit(call("a"), grant, NEVER) == Verdict.ADMITTED) {
                grants.add(grant);
            }
        }

        assertThat(grants).hasSize(6);
        grants.forEach(grant -> nodes.forEach(node -> node.settle(grant, 1, 1, -1)));
        settleDown();
        assertThat(broker.held()).isZero();
        assertThat(broker.spent()).isZero();
    }

    @Test
    void whileNobodyCanTellEachNodeHasItsPartAndStrictRulesRefuse() {
        start(rule("rpd", Measure.REQUESTS, 30, DAY));
        broker.isUp = false;
        int admitted = 0;
        for (int i = 0; i < 90; i++) {
            admitted += nodes.get(i % NODES).admit(call("a"), new Grant(), NEVER) == Verdict.ADMITTED ? 1 : 0;
        }
        assertThat(admitted).isEqualTo(30);

        broker.isUp = true;
        clock.advance(Duration.ofSeconds(1));
        settleDown();
        assertThat(broker.spent()).as("told of when the broker is back").isEqualTo(30);
        Grant late = new Grant();
        assertThat(nodes.getFirst().admit(call("a"), late, NEVER)).isEqualTo(Verdict.REFUSED);

        broker.isUp = false;
        nodes.getFirst().publish(new LimitRules(List.of(strict(rule("strict", Measure.REQUESTS, 30, DAY))), NODES));
        Grant refused = new Grant();
        assertThat(nodes.getFirst().admit(call("a"), refused, NEVER)).isEqualTo(Verdict.REFUSED);
        assertThat(refused.refusal().reason()).isEqualTo(Refusal.Reason.UNAVAILABLE);
    }

    @Test
    void whatIsLeasedIsSpentAlsoWhileNobodyCanTell() {
        start(strict(rule("rpd", Measure.REQUESTS, 600, DAY)));
        Limiter node = nodes.getFirst();
        node.admit(call("a"), new Grant(), NEVER);
        broker.isUp = false;

        assertThat(node.admit(call("a"), new Grant(), NEVER)).isEqualTo(Verdict.ADMITTED);
        clock.advance(Duration.ofSeconds(61));
        assertThat(node.admit(call("a"), new Grant(), NEVER)).as("not renewed").isEqualTo(Verdict.REFUSED);
    }

    @Test
    void whatIsLeftIsGivenBackWhenTheLimiterIsClosed() {
        start(rule("rpd", Measure.REQUESTS, 600, DAY));
        nodes.getFirst().admit(call("a"), new Grant(), NEVER);
        assertThat(broker.held()).isPositive();

        nodes.getFirst().close();

        assertThat(broker.held()).isZero();
        assertThat(broker.spent()).isEqualTo(1);
    }

    /** 200 streams on three nodes, and answers that take 25 ms: 2 % is the bound. */
    @Test
    void streamsOnThreeNodesShareABudget() {
        long budget = 100_000_000;
        start(rule("cost", Measure.COST, budget, DAY));
        broker.isSlow = true;
        SplittableRandom random = new SplittableRandom(5);
        Grant[] grants = new Grant[200];
        int[] tokens = new int[200];
        boolean[] isWaiting = new boolean[200];
        long spent = 0;
        long firstRefused = -1;
        int quiet = 0;
        for (int step = 0; quiet < 6_000; step++) {
            if (step % 20 == 0) {
                clock.advance(Duration.ofMillis(5));
                for (int answers = broker.answers.size(); step % 100 == 0 && answers > 0; answers--) {
                    broker.answers.poll().run();
                }
                tend(step / 20);
            }
            int i = random.nextInt(200);
            Limiter node = nodes.get(i % NODES);
            quiet++;
            Grant open = grants[i];
            boolean isRefused = false;
            if (open == null) {
                Grant grant = new Grant();
                Verdict verdict =
                        isWaiting[i] ? Verdict.LATER : node.admit(call("a"), grant, () -> isWaiting[i] = false);
                isRefused = verdict == Verdict.REFUSED;
                if (verdict == Verdict.ADMITTED) {
                    grants[i] = grant;
                    tokens[i] = 0;
                    quiet = 0;
                } else if (verdict == Verdict.LATER) {
                    isWaiting[i] = true;
                }
            } else {
                quiet = 0;
                tokens[i] += 1 + random.nextInt(4);
                isRefused = tokens[i] >= open.coveredTokens() && !node.extend(open, 100, tokens[i]);
                if (isRefused || tokens[i] > 3_000) {
                    long cost = 100 * 150 + tokens[i] * 600L;
                    node.settle(open, 100, tokens[i], cost);
                    spent += cost;
                    grants[i] = null;
                }
            }
            if (isRefused && firstRefused < 0) {
                firstRefused = spent;
                for (int j = 0; j < 200; j++) {
                    firstRefused += grants[j] == null ? 0 : 100 * 150 + tokens[j] * 600L;
                }
            }
        }

        broker.isSlow = false;
        while (!broker.answers.isEmpty()) {
            broker.answers.poll().run();
        }
        settleDown();
        double over = 100.0 * (spent - budget) / budget;
        System.out.printf(
                "three nodes: first refused at %.2f %%, in the end %+.3f %%, %d asks%n",
                100.0 * firstRefused / budget, over, broker.asks);
        assertThat(over).isBetween(-2.0, 2.0);
        assertThat(firstRefused).isGreaterThan(budget / 100 * 95);
        assertThat(broker.spent()).isEqualTo(spent);
        assertThat(broker.held()).isZero();
    }

    private void tend(int step) {
        if (step % 25 == 0) {
            nodes.forEach(Limiter::tend);
        }
    }

    private void settleDown() {
        for (int i = 0; i < 10; i++) {
            clock.advance(Duration.ofSeconds(1));
            nodes.forEach(Limiter::tend);
        }
    }
}
