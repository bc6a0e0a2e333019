package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A limiter whose calls wait, and time that passes when the test says so. */
final class FairQueueTest {
    private static final long PATIENCE_MILLIS = 5_000;

    private final TestTime time = new TestTime();
    private final VirtualTurns turns = new VirtualTurns();
    private final FairQueue queue = new FairQueue(time, turns);
    private final Limiter limiter = new Limiter(time, (rule, subject, percent, used, resetMillis) -> {});

    /** The one thread: what is posted to it runs when the test lets it. */
    private final class VirtualTurns implements FairQueue.Turns {
        private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
        private final PriorityQueue<Timed> timed =
                new PriorityQueue<>(Comparator.comparingLong(Timed::atMillis).thenComparingLong(Timed::number));
        private long number;
        private long ran;

        private record Timed(long atMillis, long number, Runnable task) {}

        @Override
        public void execute(Runnable task) {
            ready.add(task);
        }

        @Override
        public void schedule(Runnable task, long delayMillis) {
            timed.add(new Timed(nowMillis() + delayMillis, number++, task));
        }

        private long nowMillis() {
            return time.nanoTime() / 1_000_000;
        }

        /** Everything that is due now, and what comes of it. */
        void run() {
            while (true) {
                while (!ready.isEmpty()) {
                    ready.poll().run();
                    ran++;
                }
                if (timed.isEmpty() || timed.peek().atMillis > nowMillis()) {
                    return;
                }
                ready.add(timed.poll().task);
            }
        }
    }

    /** A call as the exchange makes it: asks, and asks again when it is told to. */
    private final class Caller {
        private final LimitCall call;
        private final Grant grant = new Grant();
        private @Nullable Verdict verdict;
        private boolean silent;
        private int asked;

        Caller(String key) {
            call = LimitCalls.call(key);
        }

        Caller ask() {
            asked++;
            verdict = limiter.admit(
                    call,
                    grant,
                    () -> turns.execute(() -> {
                        assertThat(verdict).as("told to ask again").isEqualTo(Verdict.LATER);
                        if (!silent) {
                            ask();
                        }
                    }));
            return this;
        }

        /** It is over, or its client has gone. */
        void settle() {
            limiter.settle(grant, 100, 10, 0);
        }
    }

    private static LimitRule rule(String name, Measure measure, long limit, Window window, long queueMillis) {
        return rule(name, measure, limit, window, measure == Measure.REQUESTS ? 1 : 0, queueMillis);
    }

    private static LimitRule rule(
            String name, Measure measure, long limit, Window window, long burst, long queueMillis) {
        return new LimitRule(
                name, name, CallFilter.ALL, List.of(), measure, limit, window, burst, false, queueMillis, List.of());
    }

    private static LimitRule aSecond(long requests) {
        return rule("rate", Measure.REQUESTS, requests, Window.sliding(Window.Period.SECOND), PATIENCE_MILLIS);
    }

    private static LimitRule atOnce(long calls) {
        return rule("at once", Measure.CONCURRENT, calls, Window.NONE, PATIENCE_MILLIS);
    }

    private void publish(LimitRule... rules) {
        limiter.publish(new LimitRules(List.of(rules), 1));
        limiter.waitIn(queue);
    }

    private void pass(long millis) {
        for (long i = 0; i < millis; i++) {
            time.advanceMillis(1);
            turns.run();
        }
    }

    @Test
    void aCallThatIsTooEarlyIsAdmittedWhenItIsTime() {
        publish(aSecond(10));
        Caller first = new Caller("a").ask();
        Caller second = new Caller("a").ask();
        turns.run();
        assertThat(first.verdict).isEqualTo(Verdict.ADMITTED);
        assertThat(second.verdict).isEqualTo(Verdict.LATER);
        assertThat(queue.waiting()).isEqualTo(1);

        pass(99);
        assertThat(second.verdict).isEqualTo(Verdict.LATER);
        pass(2);
        assertThat(second.verdict).isEqualTo(Verdict.ADMITTED);
        assertThat(second.asked).as("no polling").isEqualTo(3);
        assertThat(queue.waiting()).isZero();
        assertThat(queue.admitted()).isEqualTo(1);
    }

    @Test
    void threeKeysOfWhichOneWantsAHundredTimesAsMuchGetAThirdEach() {
        publish(rule("rate", Measure.REQUESTS, 30, Window.sliding(Window.Period.SECOND), 3, PATIENCE_MILLIS));
        Map<String, Integer> admitted = new HashMap<>();
        Map<String, List<Caller>> open =
                new HashMap<>(Map.of("a", new ArrayList<>(), "b", new ArrayList<>(), "c", new ArrayList<>()));
        long tasksBefore = turns.ran;
        for (int millis = 0; millis < 60_000; millis++) {
            if (millis % 80 == 0) {
                open.get("a").add(new Caller("a").ask());
                open.get("b").add(new Caller("b").ask());
            }
            if (millis % 4 == 0) {
                for (int i = 0; i < 5; i++) {
                    open.get("c").add(new Caller("c").ask());
                }
            }
            pass(1);
            open.forEach((key, calls) -> calls.removeIf(call -> {
                if (call.verdict == Verdict.ADMITTED) {
                    admitted.merge(key, 1, Integer::sum);
                }
                return call.verdict != Verdict.LATER;
            }));
        }

        int all = admitted.values().stream().mapToInt(Integer::intValue).sum();
        assertThat(all).isBetween(1_790, 1_803);
        for (String key : List.of("a", "b", "c")) {
            assertThat(admitted.get(key)).as(key).isBetween(all * 95 / 300, all * 105 / 300);
        }
        // 75,000 calls of c, most of them refused because a hundred of it wait.
        assertThat(queue.rejected()).isGreaterThan(70_000);
        assertThat(turns.ran - tasksBefore).isLessThan(12L * 77_000);
    }

    @Test
    void whoComesNewStandsBehindThoseWhoWait() {
        publish(atOnce(1));
        Caller first = new Caller("a").ask();
        Caller second = new Caller("a").ask();
        turns.run();

        first.settle();
        Caller third = new Caller("b").ask();
        turns.run();

        assertThat(second.verdict).isEqualTo(Verdict.ADMITTED);
        assertThat(third.verdict).isEqualTo(Verdict.LATER);
        second.settle();
        turns.run();
        assertThat(third.verdict).isEqualTo(Verdict.ADMITTED);
    }

    @Test
    void keysTakeTurnsWhateverTheOrderInWhichTheyCame() {
        publish(atOnce(1));
        Caller running = new Caller("a").ask();
        List<Caller> waiting = new ArrayList<>();
        for (String key : List.of("a", "a", "a", "b", "c", "b")) {
            waiting.add(new Caller(key).ask());
        }
        turns.run();

        List<String> order = new ArrayList<>();
        for (Caller last = running; !waiting.isEmpty(); ) {
            last.settle();
            turns.run();
            last = waiting.stream()
                    .filter(call -> call.verdict == Verdict.ADMITTED)
                    .findFirst()
                    .orElseThrow();
            waiting.remove(last);
            order.add(last.call.principal().keyId());
        }

        assertThat(order).containsExactly("a", "b", "c", "a", "b", "a");
    }

    @Test
    void afterAsLongAsTheRuleSaysItIsRefused() {
        publish(atOnce(1));
        new Caller("a").ask();
        Caller second = new Caller("b").ask();
        turns.run();

        pass(PATIENCE_MILLIS - 1);
        assertThat(second.verdict).isEqualTo(Verdict.LATER);
        pass(2);
        assertThat(second.verdict).isEqualTo(Verdict.REFUSED);
        assertThat(second.grant.refusal()).isNotNull();
        assertThat(queue.waiting()).isZero();
        assertThat(queue.expired()).isEqualTo(1);
        assertThat(second.asked).isLessThanOrEqualTo(3);
    }

    @Test
    void whatTimeBringsTooLateIsNotWaitedFor() {
        publish(rule("rate", Measure.REQUESTS, 1, Window.sliding(Window.Period.MINUTE), PATIENCE_MILLIS));
        new Caller("a").ask();

        assertThat(new Caller("a").ask().verdict).isEqualTo(Verdict.REFUSED);
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void aRuleWithoutAQueueRefusesAtOnceAlsoBehindOneWithAQueue() {
        publish(rule("day", Measure.REQUESTS, 2, new Window(Window.Period.DAY, true, ZoneOffset.UTC), 0), atOnce(1));
        new Caller("a").ask();
        Caller second = new Caller("a").ask();
        turns.run();
        assertThat(second.verdict).isEqualTo(Verdict.LATER);

        new Caller("a").ask().settle();
        assertThat(new Caller("a").ask().verdict)
                .as("a refused call takes nothing")
                .isEqualTo(Verdict.LATER);
    }

    @Test
    void whoLeavesMakesRoomAndIsNotCalled() {
        publish(atOnce(1));
        Caller running = new Caller("a").ask();
        Caller leaving = new Caller("b").ask();
        Caller staying = new Caller("b").ask();
        turns.run();

        leaving.settle();
        running.settle();
        turns.run();

        assertThat(leaving.verdict).isEqualTo(Verdict.LATER);
        assertThat(leaving.asked).as("the first of a line asks twice").isEqualTo(2);
        assertThat(staying.verdict).isEqualTo(Verdict.ADMITTED);
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void whoHasTheTurnAndSaysNothingLosesIt() {
        publish(atOnce(1));
        Caller running = new Caller("a").ask();
        Caller silent = new Caller("b").ask();
        Caller next = new Caller("c").ask();
        turns.run();
        silent.silent = true;

        running.settle();
        turns.run();
        assertThat(next.verdict).isEqualTo(Verdict.LATER);
        pass(1_001);

        assertThat(next.verdict).isEqualTo(Verdict.ADMITTED);
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void aCallThatHasToWaitForTwoRulesIsAdmittedWhenBothHaveRoom() {
        publish(aSecond(10), atOnce(1));
        Caller first = new Caller("a").ask();
        List<Caller> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(new Caller(i % 2 == 0 ? "a" : "b").ask());
        }
        long before = turns.ran;
        pass(1_000);
        assertThat(turns.ran - before).as("nobody runs in circles").isLessThan(2_000);
        assertThat(waiting).allMatch(call -> call.verdict == Verdict.LATER);

        first.settle();
        int admitted = 0;
        for (int millis = 0; millis < 3_500; millis++) {
            pass(1);
            for (Caller call : waiting) {
                if (call.verdict == Verdict.ADMITTED && call.grant.isHeld()) {
                    call.settle();
                    admitted++;
                }
            }
        }
        assertThat(admitted).isEqualTo(20);
        assertThat(queue.waiting()).isZero();
    }

    @Test
    void noKeyTakesAllPlacesAndNoMoreThanThoseWait() {
        publish(atOnce(1));
        new Caller("a").ask();
        List<Caller> all = new ArrayList<>();
        Caller newcomer = null;
        for (int key = 0; key < 30; key++) {
            for (int i = 0; i < 150; i++) {
                all.add(new Caller("k" + key).ask());
            }
            turns.run();
            if (key == 7) {
                assertThat(queue.waiting()).isEqualTo(800);
                newcomer = new Caller("one more").ask();
            }
        }
        assertThat(queue.waiting()).isEqualTo(FairQueue.MOST);
        assertThat(newcomer).satisfies(one -> assertThat(one.verdict).isEqualTo(Verdict.LATER));
        assertThat(all.stream().filter(call -> call.verdict == Verdict.REFUSED).count())
                .isEqualTo(30L * 150 - queue.waiting() + 1);
        pass(PATIENCE_MILLIS + 2);
        assertThat(queue.waiting()).isZero();
        assertThat(all).allMatch(call -> call.verdict == Verdict.REFUSED);
    }

    @Test
    void withoutAQueueItIsRefusedAtOnce() {
        publish(atOnce(1));
        limiter.waitIn(null);
        new Caller("a").ask();

        assertThat(new Caller("a").ask().verdict).isEqualTo(Verdict.REFUSED);
    }
}
