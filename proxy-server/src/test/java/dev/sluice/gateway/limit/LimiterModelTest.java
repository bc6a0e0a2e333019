package dev.sluice.gateway.limit;

import static dev.sluice.gateway.limit.LimitCalls.NEVER;
import static dev.sluice.gateway.limit.LimitCalls.address;
import static dev.sluice.gateway.limit.LimitCalls.principal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.gateway.limit.Window.Period;
import java.net.InetAddress;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The {@link Limiter} beside a {@link ReferenceLimiter}: random calls under random rules of every kind, over hours of a day
 * and months of a year, over changes of daylight saving and a wall clock that jumps. After each of a million steps both have
 * said the same.
 */
final class LimiterModelTest {
    private static final int STEPS_OF_A_SCHEDULE = 2_000;
    private static final String[] ZONES = {"Asia/Jerusalem", "UTC", "America/New_York"};

    /** Shortly before a change to or from daylight saving in one of the zones, a new year, a leap day. */
    private static final String[] STARTS = {
        "2026-10-24T20:00:00Z",
        "2027-03-25T20:00:00Z",
        "2027-03-14T04:00:00Z",
        "2026-11-01T03:00:00Z",
        "2026-12-31T20:30:00Z",
        "2028-02-28T21:00:00Z"
    };

    private static final String TOUCH = "touch";

    private final SplittableRandom[] randoms = {new SplittableRandom()};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void decidesAsTheReferenceDoes(long seed) {
        run(seed, 112);
    }

    @Test
    void decidesAsTheReferenceDoesAlsoByChance() {
        run(ThreadLocalRandom.current().nextLong(), 60);
    }

    private void run(long seed, int schedules) {
        randoms[0] = new SplittableRandom(seed);
        for (int i = 0; i < schedules; i++) {
            new Schedule(randoms[0].split(), "seed " + seed + ", schedule " + i).run();
        }
    }

    /** One set of rules, and two thousand steps under it. */
    private static final class Schedule {
        private final SplittableRandom random;
        private final String name;
        private final ManualClock clock;
        private final List<LimitRule> rules = new ArrayList<>();
        private final Limiter limiter;
        private final ReferenceLimiter reference;
        private final long origin;
        private final List<Open> open = new ArrayList<>();
        private long aheadMillis;
        private int step;

        /** A call that both have let in. */
        private record Open(LimitCall call, Grant grant, ReferenceLimiter.Call mirrored, int[] tokens) {}

        Schedule(SplittableRandom random, String name) {
            this.random = random;
            this.name = name;
            this.clock = new ManualClock(STARTS[random.nextInt(STARTS.length)]);
            this.origin = clock.nanoTime();
            this.limiter = new Limiter(clock, (rule, subject, percent, used, reset) -> {});
            int count = 1 + random.nextInt(7);
            for (int i = 0; i < count; i++) {
                rules.add(randomRule("r" + i));
            }
            addTouched();
            this.reference = new ReferenceLimiter(rules);
            limiter.publish(new LimitRules(rules, 1));
        }

        void run() {
            for (step = 0; step < STEPS_OF_A_SCHEDULE; step++) {
                passTime();
                reference.nanos = clock.nanoTime() - origin;
                reference.wall = clock.wallMillis();
                int dice = random.nextInt(100);
                if (dice < 45 || open.isEmpty()) {
                    admit(randomCall());
                } else if (dice < 75) {
                    extend(open.get(random.nextInt(open.size())));
                } else {
                    settle(open.remove(random.nextInt(open.size())));
                }
            }
            while (!open.isEmpty()) {
                settle(open.removeLast());
            }
            compareStandings();
        }

        private void admit(LimitCall call) {
            Grant grant = new Grant();
            Verdict verdict = limiter.admit(call, grant, NEVER);
            ReferenceLimiter.Call mirrored = reference.admit(call);
            Refusal refusal = grant.refusal();
            expect(refusal == null ? null : refusal.rule().id(), mirrored.refusedBy, "refused by");
            if (verdict == Verdict.ADMITTED) {
                expect(grant.coveredTokens(), mirrored.covered, "covered");
                open.add(new Open(call, grant, mirrored, new int[1]));
            }
        }

        private void extend(Open call) {
            call.tokens()[0] += 1 + random.nextInt(60);
            int tokens = call.tokens()[0];
            if (tokens < call.grant().coveredTokens()) {
                return;
            }
            boolean goesOn = limiter.extend(call.grant(), call.call().inputTokens(), tokens);
            expect(goesOn, reference.extend(call.mirrored(), call.call().inputTokens(), tokens), "goes on");
            if (goesOn) {
                expect(call.grant().coveredTokens(), call.mirrored().covered, "covered");
            } else {
                open.remove(call);
                settle(call);
            }
        }

        private void settle(Open call) {
            long input = call.call().inputTokens() * random.nextInt(90, 111) / 100;
            long cost = random.nextInt(200_000);
            limiter.settle(call.grant(), input, call.tokens()[0], cost);
            reference.settle(call.mirrored(), input, call.tokens()[0], cost);
        }

        private void compareStandings() {
            for (int i = 0; i < 4; i++) {
                LimitCall call = randomCall();
                for (Limiter.Standing standing : limiter.standings(call)) {
                    long taken = reference.taken(standing.rule(), call);
                    if (taken >= 0 && !ReferenceLimiter.isRate(standing.rule()) && isFor(standing.rule(), call)) {
                        expect(standing.used(), taken, "used of " + standing.rule());
                        expect(standing.held(), 0L, "held of " + standing.rule());
                    }
                }
            }
        }

        private static boolean isFor(LimitRule rule, LimitCall call) {
            return new CallMatcher(rule.appliesTo()).matches(call);
        }

        private void passTime() {
            int dice = random.nextInt(1_000);
            if (dice < 600) {
                clock.advance(Duration.ofMillis(random.nextInt(300)));
            } else if (dice < 800) {
                clock.advance(Duration.ofMillis(random.nextInt(5_000)));
            } else if (dice < 950) {
                clock.advance(Duration.ofSeconds(random.nextInt(60)));
            } else if (dice < 980) {
                clock.advance(Duration.ofMinutes(random.nextInt(90)));
            } else if (dice < 982) {
                clock.advance(Duration.ofHours(random.nextInt(60)));
            } else if (dice < 990) {
                jump();
            }
        }

        /** The wall clock is set back; or forward, by mistake, and later back by as much. */
        private void jump() {
            touchAll();
            if (aheadMillis > 0) {
                clock.setWall(Duration.ofMillis(-aheadMillis));
                aheadMillis = 0;
            } else if (random.nextBoolean()) {
                aheadMillis = random.nextInt(1, 12 * 3_600_000);
                clock.setWall(Duration.ofMillis(aheadMillis));
            } else {
                clock.setWall(Duration.ofMillis(-random.nextInt(2 * 3_600_000)));
            }
            touchAll();
        }

        /** So that both have seen the time it was: they look at a calendar only when they are asked. */
        private void touchAll() {
            reference.nanos = clock.nanoTime() - origin;
            reference.wall = clock.wallMillis();
            LimitCall call = randomCall(TOUCH, "o3");
            Grant grant = new Grant();
            assertThat(limiter.admit(call, grant, NEVER)).isEqualTo(Verdict.ADMITTED);
            limiter.settle(grant, 0, 0, 0);
            ReferenceLimiter.Call mirrored = reference.admit(call);
            reference.settle(mirrored, 0, 0, 0);
        }

        private void addTouched() {
            for (Period period : Period.values()) {
                if (period.seconds() >= 3_600) {
                    for (String zone : ZONES) {
                        rules.add(LimitCalls.rule(
                                "touch " + period + zone,
                                keys(List.of(TOUCH)),
                                List.of(),
                                Measure.TOKENS,
                                1_000_000_000,
                                new Window(period, true, ZoneId.of(zone)),
                                0));
                    }
                }
            }
        }

        private LimitRule randomRule(String id) {
            Measure[] measures = {
                Measure.REQUESTS,
                Measure.REQUESTS,
                Measure.TOKENS,
                Measure.INPUT_TOKENS,
                Measure.OUTPUT_TOKENS,
                Measure.COST,
                Measure.COST,
                Measure.CONCURRENT
            };
            Measure measure = measures[random.nextInt(measures.length)];
            Period period = Period.values()[random.nextInt(Period.values().length)];
            boolean isCalendar = period.seconds() >= 3_600 && random.nextInt(3) > 0;
            Window window = isCalendar
                    ? new Window(period, true, ZoneId.of(ZONES[random.nextInt(ZONES.length)]))
                    : Window.sliding(period);
            long limit = switch (measure) {
                case REQUESTS -> random.nextInt(60);
                case CONCURRENT -> 1 + random.nextInt(20);
                case COST -> 1 + random.nextInt(3_000_000);
                default -> 500 + random.nextInt(20_000);
            };
            long burst = measure == Measure.REQUESTS && random.nextInt(3) == 0 ? 1 + random.nextInt(10) : 0;
            return LimitCalls.rule(id, randomFilter(), randomDimensions(), measure, limit, window, burst);
        }

        private CallFilter randomFilter() {
            return switch (random.nextInt(4)) {
                case 0 -> keys(List.of("k0", "k1"));
                case 1 ->
                    new CallFilter(
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of(),
                            List.of("gpt-*"),
                            List.of(),
                            List.of(),
                            Map.of());
                default -> keys(List.of("k0", "k1", "k2"));
            };
        }

        private static CallFilter keys(List<String> keys) {
            return new CallFilter(
                    keys, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Map.of());
        }

        private List<Dimension> randomDimensions() {
            List<Dimension> all = new ArrayList<>();
            for (Dimension.Kind kind :
                    List.of(Dimension.Kind.KEY, Dimension.Kind.END_USER, Dimension.Kind.IP, Dimension.Kind.MODEL)) {
                if (random.nextInt(3) == 0) {
                    all.add(Dimension.of(kind));
                }
            }
            return all;
        }

        private LimitCall randomCall() {
            return randomCall("k" + random.nextInt(3), random.nextBoolean() ? "gpt-4o" : "o3");
        }

        private LimitCall randomCall(String key, String model) {
            int expected = random.nextInt(4) == 0 ? random.nextInt(300) : 0;
            int share = random.nextInt(10) == 0 ? 1 + random.nextInt(99) : 100;
            String user = "e" + random.nextInt(2);
            InetAddress from = address(10, 0, 0, random.nextInt(2));
            return new LimitCall()
                    .of(principal(key), from, user, null, Map.of(), share)
                    .at("openai", model, "chat.completions", LimitCalls.RATES)
                    .sized(random.nextInt(400), expected, -1, 10);
        }

        private void expect(Object actual, Object expected, String what) {
            if (actual == null ? expected != null : !actual.equals(expected)) {
                assertThat(actual)
                        .as("%s, step %d: %s, rules %s", name, step, what, rules)
                        .isEqualTo(expected);
            }
        }
    }
}
