package dev.sluice.gateway.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.it.RedisServer;
import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import dev.sluice.gateway.limit.Measure;
import dev.sluice.gateway.limit.Window.Period;
import dev.sluice.gateway.redis.LeaseScript.Answer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the script decides, in a real Redis, at times that the test says. */
class LeaseScriptIT {
    private static final long START_MICROS = 1_790_000_000_000_000L;
    private static final long SECOND = 1_000_000;
    private static final long DAY_MILLIS = 86_400_000;
    private static final int STEPS = 6_000;

    private static RedisServer server;
    private static RedisClient client;
    private static RedisCommands<String, String> redis;

    private long nowMicros = START_MICROS;
    private int lives;
    private long numbers;

    @BeforeAll
    static void start() throws IOException {
        server = new RedisServer();
        client = RedisClient.create(server.url());
        redis = client.connect().sync();
    }

    @AfterAll
    static void stop() throws Exception {
        client.shutdown();
        server.close();
    }

    @BeforeEach
    void empty() {
        redis.flushall();
    }

    /** A node, as far as one window is concerned: it is told what it may, and loses it when it asks too late. */
    private final class Node {
        private final SharedWindow window;
        private final Shape shape;
        private final Life life;

        Node(SharedWindow window) {
            this.window = window;
            shape = Shape.of(window);
            life = new Life("n" + ++lives, LeaseScript.key(window), shape, nanos());
        }

        Answer ask(long needed, long wanted) {
            return ask(needed, wanted, /* heard= */ true);
        }

        /** @param heard false: the answer is lost on its way */
        Answer ask(long needed, long wanted, boolean heard) {
            Life.Told told = life.told(nanos());
            Answer answer = run(arguments(told, needed, wanted));
            if (heard && answer.units() >= 0) {
                life.answered(told, answer.units(), nanos());
            }
            return answer;
        }

        String[] arguments(Life.Told told, long needed, long wanted) {
            return LeaseScript.ask(shape, 60_000, nowMicros, life.name(), ++numbers, told, needed, wanted);
        }

        Answer run(String[] arguments) {
            List<Object> reply =
                    redis.eval(LeaseScript.TEXT, ScriptOutputType.MULTI, new String[] {life.key()}, arguments);
            return LeaseScript.answer(reply);
        }

        void spend(long units) {
            life.report(units, 0, nanos());
        }

        void giveBack(long units) {
            life.report(0, units, nanos());
        }

        long held() {
            return life.told(nanos()).held();
        }

        Answer report() {
            return ask(0, 0);
        }

        void raise(long used) {
            redis.eval(
                    LeaseScript.TEXT,
                    ScriptOutputType.MULTI,
                    new String[] {life.key()},
                    LeaseScript.raise(shape, 60_000, nowMicros, used));
        }
    }

    private long nanos() {
        return nowMicros * 1_000;
    }

    private void pass(long micros) {
        nowMicros += micros;
    }

    private static SharedWindow day(Measure measure, long limit) {
        return Rules.day(measure, limit, START_MICROS / 1_000);
    }

    @Test
    void slicesShrinkTowardsTheEndAndTheLastUnitIsLeasedToo() {
        SharedWindow window = day(Measure.COST, 1_000);
        Node one = new Node(window);
        Node two = new Node(window);
        Node three = new Node(window);

        assertThat(one.ask(1, 400)).isEqualTo(new Answer(400, 400, 0, true));
        assertThat(two.ask(1, 400)).isEqualTo(new Answer(150, 550, 0, true));
        assertThat(three.ask(1, 400)).isEqualTo(new Answer(75, 625, 0, true));
        assertThat(three.ask(370, 400)).isEqualTo(new Answer(370, 995, 0, true));
        assertThat(two.ask(1, 400)).isEqualTo(new Answer(1, 996, 0, true));
        assertThat(two.ask(5, 400)).isEqualTo(new Answer(0, 996, 1_000, false));
        assertThat(two.ask(4, 4)).isEqualTo(new Answer(4, 1_000, 0, true));
    }

    @Test
    void whatIsLeasedAheadIsNothingWhenLittleIsLeft() {
        Node node = new Node(day(Measure.COST, 2));

        assertThat(node.ask(1, 1).units()).isEqualTo(1);
        assertThat(node.ask(0, 10)).isEqualTo(new Answer(0, 1, 0, true));
    }

    @Test
    void whatWasSpentStaysAndWhatIsGivenBackIsLeasedToOthers() {
        SharedWindow window = day(Measure.COST, 100);
        Node one = new Node(window);
        Node two = new Node(window);
        one.ask(90, 90);
        one.spend(30);
        one.giveBack(60);
        assertThat(two.ask(50, 50).enough()).isFalse();

        assertThat(one.report().used()).isEqualTo(30);

        assertThat(two.ask(70, 70).units()).isEqualTo(70);
    }

    @Test
    void aReportThatComesTwiceOrLateChangesNothing() {
        Node node = new Node(day(Measure.COST, 100));
        node.ask(50, 50);
        node.spend(20);
        String[] late = node.arguments(node.life.told(nanos()), 10, 10);
        node.spend(5);
        Answer after = node.report();

        assertThat(after.used()).isEqualTo(50);
        assertThat(node.run(late).units()).isEqualTo(-1);
        node.giveBack(25);
        assertThat(node.report().used()).isEqualTo(25);
    }

    @Test
    void aLeaseWhoseAnswerWasLostIsFreeAgainWithTheNextAsk() {
        Node node = new Node(day(Measure.COST, 100));
        node.ask(60, 60, /* heard= */ false);

        assertThat(node.ask(80, 80).units()).isEqualTo(80);
    }

    @Test
    void aDeadNodesMoneyIsFreeAfterAMinuteAndItsRequestsAreNot() {
        Node dead = new Node(day(Measure.COST, 100));
        Node alive = new Node(dead.window);
        dead.ask(90, 90);
        assertThat(alive.ask(50, 50).enough()).isFalse();
        Node deadToo = new Node(day(Measure.REQUESTS, 100));
        Node aliveToo = new Node(deadToo.window);
        deadToo.ask(60, 60);

        pass(60 * SECOND);

        assertThat(alive.ask(95, 95).enough()).isTrue();
        assertThat(aliveToo.ask(50, 50).enough()).isFalse();
        assertThat(aliveToo.ask(40, 40).enough()).isTrue();
        // It was not dead: what it really spent counts, and no more.
        deadToo.spend(10);
        assertThat(deadToo.report().used()).isEqualTo(50);
    }

    @Test
    void theLedgerRaisesWhatIsSpentAndCountsNothingTwice() {
        Node one = new Node(day(Measure.COST, 1_000));
        Node two = new Node(one.window);
        one.ask(100, 100);
        one.spend(80);

        one.raise(80);
        assertThat(one.report().used()).isEqualTo(100);
        two.raise(700);
        assertThat(two.report().used()).isEqualTo(700);
        two.raise(300);
        assertThat(two.report().used()).isEqualTo(700);
    }

    @Test
    void aRedisThatHasLostAllIsToldAgain() {
        Node one = new Node(day(Measure.COST, 1_000));
        Node two = new Node(one.window);
        Node minute = new Node(Rules.sliding(Measure.REQUESTS, 600, Period.MINUTE));
        one.ask(300, 300);
        one.spend(200);
        one.report();
        two.ask(100, 100);
        two.spend(50);
        two.report();
        minute.ask(500, 500);
        minute.spend(400);
        minute.report();

        redis.flushall();

        assertThat(one.report().used()).isEqualTo(300);
        assertThat(two.report().used()).isEqualTo(400);
        assertThat(minute.report().used()).isEqualTo(500);
    }

    @Test
    void keysAreForgottenWhenNobodyCanNeedThemAnyMore() {
        Node node = new Node(Rules.sliding(Measure.REQUESTS, 600, Period.MINUTE));
        node.ask(1, 1);
        Node day = new Node(day(Measure.COST, 100));
        day.ask(1, 1);

        assertThat(redis.pttl(node.life.key())).isBetween(170_000L, 182_000L);
        assertThat(redis.pttl(day.life.key())).isBetween(DAY_MILLIS, DAY_MILLIS + 120_000);
    }

    @Test
    void aClockThatGoesBackOpensNothingAndLocksNobodyOut() {
        Node node = new Node(Rules.sliding(Measure.REQUESTS, 100, Period.MINUTE));
        node.ask(100, 100);
        node.spend(100);
        node.report();

        pass(-30 * SECOND);
        assertThat(node.ask(1, 1).enough()).isFalse();
        pass(-3_600 * SECOND);
        assertThat(node.ask(1, 1).enough()).isFalse();
        pass(62 * SECOND);
        assertThat(node.ask(100, 100).enough()).isTrue();
    }

    @Test
    void sumsAreExactUpToTheLargestLimit() {
        Node node = new Node(day(Measure.COST, Long.MAX_VALUE));

        assertThat(node.ask(Shape.LARGEST - 1, 0).units()).isEqualTo(Shape.LARGEST - 1);
        assertThat(node.ask(1, 0)).isEqualTo(new Answer(1, Shape.LARGEST, 0, true));
        assertThat(node.ask(1, 0).enough()).isFalse();
    }

    @Test
    void aSlidingWindowsAnswerSaysWhenThereIsMore() {
        Node node = new Node(Rules.sliding(Measure.REQUESTS, 10, Period.MINUTE));
        node.ask(10, 10);
        node.spend(10);
        node.report();

        long retryAfterMillis = node.ask(1, 1).retryAfterMillis();

        assertThat(retryAfterMillis).isBetween(60_000L, 61_000L);
        pass((retryAfterMillis - 1) * 1_000);
        assertThat(node.ask(1, 1).enough()).isFalse();
        pass(1_000);
        assertThat(node.ask(1, 1).enough()).isTrue();
    }

    /** All that happened, and the rules in their simplest words: sums over lists. */
    private static final class Model {
        private final Shape shape;
        private final List<long[]> spends = new ArrayList<>();
        private final Map<String, long[]> leases = new HashMap<>();
        private final Map<String, Long> told = new HashMap<>();

        Model(Shape shape) {
            this.shape = shape;
        }

        void check(Node node, Life.Told said, long needed, long wanted, Answer answer, long now) {
            long before = told.getOrDefault(node.life.name(), 0L);
            told.put(node.life.name(), said.spent());
            spends.add(new long[] {now, said.spent() - before});
            leases.remove(node.life.name());
            leases.values().removeIf(lease -> lease[1] <= now);
            long held = said.held()
                    + leases.values().stream().mapToLong(lease -> lease[0]).sum();
            int nodes = leases.size() + 1;
            long most = shape.limit() - held - spentSince(now - shape.lookBackMillis() * 1_000);
            long least = shape.limit() - held - spentSince(now - shape.lookBackMillis() * 1_000 * 61 / 60 - 60);
            if (answer.enough()) {
                assertThat(answer.units()).isBetween(needed, Math.max(needed, Math.min(wanted, most / (2 * nodes))));
                assertThat(needed).isLessThanOrEqualTo(Math.max(0, most));
            } else {
                assertThat(needed).isGreaterThan(least);
                assertThat(answer.units()).isZero();
            }
            leases.put(node.life.name(), new long[] {said.held() + answer.units(), now + 60 * SECOND});
        }

        private long spentSince(long sinceMicros) {
            return spends.stream()
                    .filter(spend -> shape.kind() != Shape.Kind.SLIDING || spend[0] > sinceMicros)
                    .mapToLong(spend -> spend[1])
                    .sum();
        }
    }

    @Test
    void slidingWindowsNeverAdmitMoreAndNeverMuchLess() {
        random(Rules.sliding(Measure.COST, 5_000, Period.HOUR), 2 * SECOND, 7);
        random(Rules.sliding(Measure.OUTPUT_TOKENS, 700, Period.HOUR), 40 * SECOND, 8);
    }

    @Test
    void windowsOfTheCalendarAreExact() {
        random(day(Measure.COST, 200_000), 2 * SECOND, 9);
    }

    @Test
    void callsAtOnceAreExact() {
        random(Rules.concurrent(200), 2 * SECOND, 10);
    }

    private void random(SharedWindow window, long pauseMicros, long seed) {
        Random random = new Random(seed);
        Model model = new Model(Shape.of(window));
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            nodes.add(new Node(window));
        }
        for (int step = 0; step < STEPS; step++) {
            pass(random.nextLong(pauseMicros));
            int which = random.nextInt(nodes.size());
            if (random.nextInt(500) == 0) {
                nodes.set(which, new Node(window));
            }
            Node node = nodes.get(which);
            if (model.shape.kind() != Shape.Kind.HELD) {
                node.spend(random.nextLong(node.held() + 1));
            }
            node.giveBack(random.nextInt(4) == 0 ? random.nextLong(node.held() + 1) : 0);
            long needed = random.nextInt(30);
            long wanted = needed + random.nextInt(60);
            Life.Told told = node.life.told(nanos());
            Answer answer = node.ask(needed, wanted, random.nextInt(20) != 0);
            model.check(node, told, needed, wanted, answer, nowMicros);
        }
    }

    @Test
    void ratesAreExactWhereNothingIsGivenBack() {
        rates(Rules.burst(600, Period.MINUTE, 50), 50, 21);
        rates(Rules.sliding(Measure.REQUESTS, 7, Period.SECOND), 7, 22);
        rates(Rules.sliding(Measure.TOKENS, 200_000, Period.MINUTE), 200_000, 23);
    }

    private void rates(SharedWindow window, long capacity, long seed) {
        Random random = new Random(seed);
        List<Node> nodes = List.of(new Node(window), new Node(window), new Node(window));
        Shape shape = Shape.of(window);
        assertThat(shape.capacity()).isEqualTo(capacity);
        // In units times ticks: what is in the bucket, to the last remainder.
        long level = 0;
        long mostNeeded = Math.max(2, capacity / 5);
        long pause = 2 * mostNeeded * shape.lengthTicks() / shape.limit();
        for (int step = 0; step < STEPS; step++) {
            long passed = random.nextLong(pause);
            pass(passed);
            level = Math.max(0, level - passed * shape.limit());
            Node node = nodes.get(random.nextInt(3));
            long needed = random.nextLong(mostNeeded);
            Answer answer = node.ask(needed, needed + random.nextInt(5));
            node.spend(answer.units());
            long inBucket = Math.ceilDiv(level, shape.lengthTicks());
            assertThat(answer.enough()).isEqualTo(needed <= capacity - inBucket);
            level += answer.units() * shape.lengthTicks();
            assertThat(answer.used()).isEqualTo(Math.ceilDiv(level, shape.lengthTicks()));
        }
    }

    @Test
    void ratesHoldAlsoWhenMuchIsGivenBack() {
        SharedWindow window = Rules.burst(600, Period.MINUTE, 50);
        Random random = new Random(31);
        List<Node> nodes = List.of(new Node(window), new Node(window), new Node(window));
        long spent = 0;
        for (int step = 0; step < STEPS; step++) {
            pass(random.nextLong(200_000));
            Node node = nodes.get(random.nextInt(3));
            long spending = random.nextLong(node.held() + 1);
            node.spend(spending);
            spent += spending;
            node.giveBack(random.nextLong(node.held() + 1));
            node.ask(random.nextInt(3), random.nextInt(30));
            assertThat(spent).isLessThanOrEqualTo(50 + (nowMicros - START_MICROS) * 10 / SECOND);
        }
        // And it is no waste: most of what the rate allows has been leased.
        assertThat(spent).isGreaterThan((nowMicros - START_MICROS) * 10 / SECOND / 2);
    }
}
