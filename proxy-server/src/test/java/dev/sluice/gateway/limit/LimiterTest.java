package dev.sluice.gateway.limit;

import static dev.sluice.gateway.limit.LimitCalls.NEVER;
import static dev.sluice.gateway.limit.LimitCalls.address;
import static dev.sluice.gateway.limit.LimitCalls.call;
import static dev.sluice.gateway.limit.LimitCalls.from;
import static dev.sluice.gateway.limit.LimitCalls.input;
import static dev.sluice.gateway.limit.LimitCalls.largest;
import static dev.sluice.gateway.limit.LimitCalls.principal;
import static dev.sluice.gateway.limit.LimitCalls.rule;
import static dev.sluice.gateway.limit.LimitCalls.rules;
import static dev.sluice.gateway.limit.LimitCalls.share;
import static dev.sluice.gateway.limit.LimitCalls.strict;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.gateway.limit.Window.Period;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What one rule, or two, make of a few calls. Whether they do so always is what {@link LimiterModelTest} asks. */
final class LimiterTest {
    private static final long DOLLAR = 1_000_000_000;
    private static final Window DAY_IN_JERUSALEM = new Window(Period.DAY, true, ZoneId.of("Asia/Jerusalem"));

    private final ManualClock clock = new ManualClock("2026-11-22T10:00:00Z");
    private final List<String> told = new ArrayList<>();
    private final Limiter limiter = new Limiter(
            clock, (rule, subject, percent, used, reset) -> told.add(rule.id() + " " + subject + " " + percent));

    @Test
    void withoutRulesEverythingMayGoOn() {
        Grant grant = new Grant();

        assertThat(limiter.admit(call("a"), grant, NEVER)).isEqualTo(Verdict.ADMITTED);

        assertThat(grant.isHeld()).isTrue();
        assertThat(grant.coveredTokens()).isEqualTo(Long.MAX_VALUE);
        assertThat(grant.limit(Measure.REQUESTS)).isEqualTo(-1);
        assertThat(grant.remaining(Measure.REQUESTS)).isEqualTo(-1);
        assertThat(grant.resetMillis(Measure.REQUESTS)).isEqualTo(-1);
        assertThat(grant.warnPercent()).isZero();
        assertThat(grant.warnRule()).isNull();
    }

    @Test
    void aSlidingMinuteAdmitsItsLimitAndMoreWhenTheFirstHaveSlidOut() {
        limiter.publish(rules(rule("rpm", Measure.REQUESTS, 10, Window.sliding(Period.MINUTE))));

        assertThat(admitted(call("a"), 20)).isEqualTo(10);
        assertThat(admitted(call("b"), 1)).isEqualTo(1);
        Refusal refusal = refused(call("a"));
        assertThat(refusal.reason()).isEqualTo(Refusal.Reason.RATE);
        assertThat(refusal.limit()).isEqualTo(10);
        assertThat(refusal.used()).isEqualTo(10);
        assertThat(refusal.retryAfterMillis()).isBetween(60_000L, 61_000L);

        clock.advance(Duration.ofMillis(refusal.retryAfterMillis() - 2));
        assertThat(admitted(call("a"), 1)).isZero();
        clock.advance(Duration.ofMillis(2));
        assertThat(admitted(call("a"), 20)).isEqualTo(10);
    }

    @Test
    void requestsASecondComeOneByOneAfterTheBurst() {
        limiter.publish(
                rules(rule("rps", CallFilter.ALL, List.of(), Measure.REQUESTS, 600, Window.sliding(Period.MINUTE), 5)));

        assertThat(admitted(call("a"), 20)).isEqualTo(5);
        assertThat(refused(call("a")).retryAfterMillis()).isEqualTo(100);
        clock.advance(Duration.ofMillis(99));
        assertThat(admitted(call("a"), 20)).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(admitted(call("a"), 20)).isEqualTo(1);
        clock.advance(Duration.ofHours(1));
        assertThat(admitted(call("a"), 20)).isEqualTo(5);
    }

    @Test
    void aDayOfTheCalendarBeginsAtItsMidnight() {
        limiter.publish(rules(rule("rpd", Measure.REQUESTS, 10, DAY_IN_JERUSALEM)));
        clock.setWall("2026-11-22T21:59:00Z");

        assertThat(admitted(call("a"), 20)).isEqualTo(10);
        assertThat(refused(call("a")).retryAfterMillis()).isEqualTo(60_000);
        clock.advance(Duration.ofMillis(59_999));
        assertThat(admitted(call("a"), 1)).isZero();
        clock.advance(Duration.ofMillis(1));
        assertThat(admitted(call("a"), 20)).isEqualTo(10);
    }

    @Test
    void whoIsRefusedIsToldHowTheRulesStandThatWereAsked() {
        limiter.publish(rules(
                rule("rpm", Measure.REQUESTS, 10, Window.sliding(Period.MINUTE)),
                rule("tpm", Measure.TOKENS, 1_000_000, Window.sliding(Period.MINUTE)),
                rule("open", Measure.CONCURRENT, 0, Window.NONE)));
        Grant grant = new Grant();

        assertThat(limiter.admit(call("a"), grant, NEVER)).isEqualTo(Verdict.REFUSED);

        assertThat(grant.limit(Measure.REQUESTS)).isEqualTo(10);
        assertThat(grant.remaining(Measure.REQUESTS)).as("nothing is taken").isEqualTo(10);
        assertThat(grant.limit(Measure.TOKENS)).isEqualTo(1_000_000);
        assertThat(grant.remaining(Measure.TOKENS)).isEqualTo(1_000_000);
        assertThat(grant.resetMillis(Measure.TOKENS)).isZero();
        assertThat(grant.remaining(Measure.CONCURRENT)).isZero();
        limiter.settle(grant, 0, 0, 0);
        assertThat(limiter.standings(call("a"))).allSatisfy(standing -> {
            assertThat(standing.used()).isZero();
            assertThat(standing.held()).isZero();
        });
    }

    @Test
    void allRulesAgreeOrNothingIsTaken() {
        limiter.publish(rules(
                rule("rpm", Measure.REQUESTS, 10, Window.sliding(Period.MINUTE)),
                rule("rps", Measure.REQUESTS, 10, Window.sliding(Period.SECOND)),
                rule("tpm", Measure.TOKENS, 1_000_000, Window.sliding(Period.MINUTE)),
                rule("open", Measure.CONCURRENT, 10, Window.NONE),
                rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM),
                rule("rpd", Measure.REQUESTS, 2, DAY_IN_JERUSALEM)));

        assertThat(admitted(call("a"), 2)).isEqualTo(2);
        for (int i = 0; i < 50; i++) {
            assertThat(refused(call("a")).rule().id()).isEqualTo("rpd");
        }

        assertThat(standing("rpm").used()).isEqualTo(2);
        assertThat(standing("rps").used()).isEqualTo(2);
        assertThat(standing("open").held()).isEqualTo(2);
        assertThat(standing("tpm").used()).isLessThan(2 * 140);
        assertThat(standing("cost").held()).isEqualTo(2 * (15_750 + 32 * 600 + 600));
    }

    @Test
    void callsAtOnceAreFreeAgainWhenTheyAreOver() {
        limiter.publish(rules(rule("open", Measure.CONCURRENT, 2, Window.NONE)));
        Grant first = new Grant();
        limiter.admit(call("a"), first, NEVER);
        assertThat(admitted(call("a"), 5)).isEqualTo(1);
        assertThat(refused(call("a")).retryAfterMillis()).isZero();

        limiter.settle(first, 10, 10, -1);
        limiter.settle(first, 10, 10, -1);

        assertThat(admitted(call("a"), 5)).isEqualTo(1);
    }

    @Test
    void aBudgetIsChargedWhatACallReallyCost() {
        limiter.publish(rules(rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM)));
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);

        limiter.settle(grant, 100, 7, 123_456_789);
        limiter.settle(grant, 100, 7, 123_456_789);

        assertThat(standing("cost").used()).isEqualTo(123_456_789);
        assertThat(standing("cost").held()).isZero();
        assertThat(grant.isHeld()).isFalse();
    }

    @Test
    void aCallWhoseCostNobodyKnowsIsChargedByItsTokens() {
        limiter.publish(rules(rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM)));
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);

        limiter.settle(grant, 1_000, 100, -1);

        assertThat(standing("cost").used()).isEqualTo(1_000 * 150 + 100 * 600);
    }

    @Test
    void whatHasNoPriceIsRefusedByStrictRulesAlone() {
        LimitRule cost = rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM);
        LimitCall unpriced = call(principal("a"), 100, null);
        limiter.publish(rules(cost));
        Grant grant = new Grant();
        assertThat(limiter.admit(unpriced, grant, NEVER)).isEqualTo(Verdict.ADMITTED);
        limiter.settle(grant, 100, 100, 500);
        assertThat(standing("cost").used()).isEqualTo(500);

        limiter.publish(rules(strict(cost)));
        assertThat(refused(unpriced).reason()).isEqualTo(Refusal.Reason.UNAVAILABLE);
    }

    @Test
    void aSpentBudgetRefusesAndSaysWhenItBeginsAnew() {
        limiter.publish(rules(rule("cost", Measure.COST, 100_000, DAY_IN_JERUSALEM)));
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);
        limiter.settle(grant, 100, 0, 99_000);

        Refusal refusal = refused(call("a"));
        assertThat(refusal.reason()).isEqualTo(Refusal.Reason.BUDGET);
        assertThat(refusal.used()).isEqualTo(99_000);
        assertThat(refusal.retryAfterMillis()).isEqualTo(Duration.ofHours(12).toMillis());
    }

    @Test
    void tokensOfAMinuteMayGoIntoDebtAndComeBack() {
        limiter.publish(rules(rule("tpm", Measure.TOKENS, 6_000, Window.sliding(Period.MINUTE))));
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);
        assertThat(limiter.extend(grant, 100, 20_000)).isTrue();
        limiter.settle(grant, 100, 11_900, -1);

        assertThat(refused(call("a")).retryAfterMillis()).isBetween(61_000L, 61_020L);
        clock.advance(Duration.ofSeconds(62));
        assertThat(admitted(call("a"), 1)).isEqualTo(1);
    }

    @Test
    void aCallThatIsLargerThanTheWholeLimitIsTooLargeForEver() {
        limiter.publish(rules(rule("tpm", Measure.TOKENS, 1_000, Window.sliding(Period.MINUTE))));

        Refusal refusal = refused(input(call("a"), 5_000));

        assertThat(refusal.reason()).isEqualTo(Refusal.Reason.TOO_LARGE);
        assertThat(refusal.retryAfterMillis()).isZero();
    }

    @Test
    void oneCallIsMeasuredByItself() {
        limiter.publish(rules(
                rule("out", Measure.MAX_TOKENS, 4_096, Window.NONE),
                rule("size", Measure.REQUEST_BYTES, 1_024, Window.NONE)));

        assertThat(admitted(largest(call("a"), -1, 1_024), 1)).isEqualTo(1);
        assertThat(admitted(largest(call("a"), 4_096, 1_024), 1)).isEqualTo(1);
        assertThat(refused(largest(call("a"), 4_097, 1_024)).rule().id()).isEqualTo("out");
        assertThat(refused(largest(call("a"), -1, 1_025)).reason()).isEqualTo(Refusal.Reason.TOO_LARGE);
    }

    @Test
    void nothingMeansNothing() {
        limiter.publish(rules(rule("rps", Measure.REQUESTS, 0, Window.sliding(Period.SECOND))));

        Refusal refusal = refused(share(call("a"), 50));

        assertThat(refusal.limit()).isZero();
        assertThat(refusal.retryAfterMillis()).isZero();
    }

    @Test
    void aCallerWithASmallerShareHasLessOfEachLimitButNeverNothing() {
        limiter.publish(rules(
                rule("rpm", Measure.REQUESTS, 10, Window.sliding(Period.MINUTE)),
                rule("rpd", Measure.REQUESTS, 1_000, DAY_IN_JERUSALEM)));

        assertThat(admitted(share(call("a"), 25), 20)).isEqualTo(2);
        assertThat(admitted(share(call("b"), 1), 20)).isEqualTo(1);
        assertThat(admitted(call("a"), 20)).isEqualTo(8);
    }

    @Test
    void aRuleIsForThoseItNames() {
        CallFilter filter = new CallFilter(
                List.of("a", "name of b"),
                List.of("u1"),
                List.of("end-1"),
                List.of("search"),
                List.of("free"),
                List.of("gpt-*"),
                List.of("open*"),
                List.of("chat.completions"),
                Map.of("env", "prod"));
        limiter.publish(rules(
                rule("x", filter, List.of(), Measure.REQUESTS, 1, Window.sliding(Period.MINUTE), 0),
                rule("y", Measure.REQUESTS, 50, Window.sliding(Period.MINUTE))));

        assertThat(admitted(call("a"), 1)).isEqualTo(1);
        assertThat(refused(call("b")).rule().id()).isEqualTo("x");
        assertThat(admitted(call("c"), 3)).isEqualTo(3);
        assertThat(limiter.standings(call("c"))).hasSize(1);
    }

    @Test
    void eachCombinationOfValuesHasACounter() {
        limiter.publish(rules(rule(
                "x",
                CallFilter.ALL,
                List.of(
                        Dimension.of(Dimension.Kind.IP),
                        Dimension.of(Dimension.Kind.SESSION),
                        new Dimension(Dimension.Kind.TAG, "env")),
                Measure.REQUESTS,
                1,
                Window.sliding(Period.MINUTE),
                0)));

        assertThat(admitted(call("a"), 2)).isEqualTo(1);
        assertThat(admitted(from(call("a"), address(10, 0, 0, 2), "session-1"), 2))
                .isEqualTo(1);
        assertThat(admitted(from(call("a"), address(10, 0, 0, 1), null), 2)).isEqualTo(1);
        assertThat(limiter.standings(call("b")).getFirst().subject()).isEqualTo("10.0.0.1|session-1|prod");
    }

    @Test
    void theSubscriberOfANetworkOfVersionSixIsOneCaller() {
        limiter.publish(rules(rule(
                "x",
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.IP)),
                Measure.REQUESTS,
                1,
                Window.sliding(Period.MINUTE),
                0)));

        assertThat(admitted(from(call("a"), address(32, 1, 13, 184, 0, 0, 0, 7, 1, 1, 1, 1, 1, 1, 1, 1), null), 1))
                .isEqualTo(1);
        assertThat(admitted(from(call("a"), address(32, 1, 13, 184, 0, 0, 0, 7, 2, 2, 2, 2, 2, 2, 2, 2), null), 1))
                .isZero();
        assertThat(admitted(from(call("a"), address(32, 1, 13, 184, 0, 0, 0, 8, 1, 1, 1, 1, 1, 1, 1, 1), null), 1))
                .isEqualTo(1);
    }

    @Test
    void countersOfARuleThatStaysAreKept() {
        LimitRule rule = rule("rpd", Measure.REQUESTS, 10, DAY_IN_JERUSALEM);
        limiter.publish(rules(rule));
        assertThat(admitted(call("a"), 8)).isEqualTo(8);

        limiter.publish(rules(
                rule("other", Measure.REQUESTS, 5, Window.sliding(Period.SECOND)),
                rule("rpd", Measure.REQUESTS, 12, DAY_IN_JERUSALEM)));
        assertThat(admitted(call("a"), 8)).isEqualTo(4);
        limiter.publish(rules(rule("rpd", Measure.REQUESTS, 12, new Window(Period.DAY, true, ZoneId.of("UTC")))));
        assertThat(admitted(call("a"), 20)).isEqualTo(12);
        limiter.publish(LimitRules.NONE);
        limiter.publish(rules(rule));
        assertThat(admitted(call("a"), 20)).isEqualTo(10);
    }

    @Test
    void twoRulesWithOneIdAreRefused() {
        LimitRule rule = rule("rpd", Measure.REQUESTS, 10, DAY_IN_JERUSALEM);

        assertThatThrownBy(() -> limiter.publish(rules(rule, rule))).hasMessageContaining("rpd");
    }

    @Test
    void aGrantThatHoldsSomethingIsNotForAnotherCall() {
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);

        assertThatThrownBy(() -> limiter.admit(call("a"), grant, NEVER)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aGrantTellsOfTheRuleThatIsNearestToItsEnd() {
        limiter.publish(rules(
                rule("rpm", Measure.REQUESTS, 100, Window.sliding(Period.MINUTE)),
                rule("rpd", Measure.REQUESTS, 4, DAY_IN_JERUSALEM)));
        assertThat(admitted(call("a"), 2)).isEqualTo(2);
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);

        assertThat(grant.limit(Measure.REQUESTS)).isEqualTo(4);
        assertThat(grant.remaining(Measure.REQUESTS)).isEqualTo(1);
        assertThat(grant.resetMillis(Measure.REQUESTS))
                .isEqualTo(Duration.ofHours(12).toMillis());
        assertThat(grant.warnPercent()).isEqualTo(50);
        assertThat(grant.warnRule()).isEqualTo("rule rpd");
    }

    @Test
    void eachPercentageIsToldOfOnceInAWindow() {
        limiter.publish(rules(rule("rpd", Measure.REQUESTS, 10, DAY_IN_JERUSALEM)));

        assertThat(admitted(call("a"), 4)).isEqualTo(4);
        assertThat(told).isEmpty();
        assertThat(admitted(call("a"), 20)).isEqualTo(6);
        assertThat(told).containsExactly("rpd a 50", "rpd a 80", "rpd a 100");
        clock.advance(Duration.ofDays(1));
        assertThat(admitted(call("a"), 5)).isEqualTo(5);
        assertThat(told).hasSize(4).endsWith("rpd a 50");
    }

    @Test
    void aStreamHoldsSliceBySliceAndIsStoppedWhereNothingIsLeft() {
        limiter.publish(rules(rule("cost", Measure.COST, 100 * 150 + 100 * 600, DAY_IN_JERUSALEM)));
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);
        int tokens = 0;
        while (tokens < grant.coveredTokens() || limiter.extend(grant, 100, tokens)) {
            tokens++;
        }

        assertThat(tokens).isEqualTo(101);
        Refusal refusal = grant.refusal();
        assertThat(refusal).isNotNull();
        assertThat(refusal.reason()).isEqualTo(Refusal.Reason.BUDGET);
        limiter.settle(grant, 100, tokens, -1);
        assertThat(standing("cost").held()).isZero();
        assertThat(standing("cost").used()).isEqualTo(100 * 150 + 101 * 600);
    }

    @Test
    void whatACallTookIsChargedToTheWindowItWasAdmittedIn() {
        limiter.publish(rules(rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM)));
        Grant grant = new Grant();
        limiter.admit(call("a"), grant, NEVER);
        clock.advance(Duration.ofDays(1));
        assertThat(limiter.extend(grant, 100, 500)).isTrue();
        limiter.settle(grant, 100, 500, -1);

        assertThat(standing("cost").used()).isZero();
        assertThat(standing("cost").held()).isZero();
    }

    @Test
    void theLedgerRaisesAndNeverLowers() {
        limiter.publish(rules(
                rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM),
                rule("hour", Measure.COST, DOLLAR, Window.sliding(Period.HOUR))));
        admitted(call("a"), 1);
        for (Limiter.Counted counted : limiter.counted()) {
            assertThat(counted.values()).containsExactly("a");
            limiter.raise(counted.rule().id(), counted.subject(), counted.windowStartMillis(), 5_000);
            limiter.raise(counted.rule().id(), counted.subject(), counted.windowStartMillis(), 4_000);
        }
        limiter.raise("cost", "a", 17, DOLLAR);
        limiter.raise("unknown", "a", 17, DOLLAR);

        assertThat(limiter.counted()).hasSize(2);
        assertThat(standing("cost").used()).isEqualTo(5_000);
        assertThat(standing("hour").used()).isEqualTo(5_000);
        clock.advance(Duration.ofMinutes(2));
        assertThat(standing("hour").used()).isEqualTo(5_000);
    }

    @Test
    void theLedgerIsAskedOnceAboutEachWindowOfACounter() {
        limiter.publish(rules(
                rule("cost", Measure.COST, DOLLAR, DAY_IN_JERUSALEM),
                rule("hour", Measure.COST, DOLLAR, Window.sliding(Period.HOUR))));
        admitted(call("a"), 1);
        assertThat(limiter.notCompared()).hasSize(2).isEqualTo(limiter.counted());

        limiter.notCompared().forEach(limiter::onCompared);
        assertThat(limiter.notCompared()).isEmpty();
        assertThat(limiter.counted()).hasSize(2);

        admitted(call("b"), 1);
        assertThat(limiter.notCompared())
                .hasSize(2)
                .allMatch(counted -> counted.values().equals(List.of("b")));
        limiter.notCompared().forEach(limiter::onCompared);

        clock.advance(Duration.ofDays(1));
        assertThat(limiter.notCompared())
                .as("a new day; windows that slide are the same")
                .hasSize(2)
                .allMatch(counted -> counted.rule().id().equals("cost"));
    }

    @Test
    void theLedgerMayKnowACallerThatNobodyHasSeenYet() {
        limiter.publish(rules(rule(
                "cost",
                CallFilter.ALL,
                List.of(Dimension.of(Dimension.Kind.KEY), Dimension.of(Dimension.Kind.END_USER)),
                Measure.COST,
                DOLLAR,
                new Window(Period.TOTAL, true, ZoneId.of("UTC")),
                0)));

        limiter.raise("cost", "a\\|b\\\\|end-1", 0, DOLLAR);

        assertThat(refused(call("a|b\\")).used()).isEqualTo(DOLLAR);
        assertThat(limiter.counted().getFirst().values()).containsExactly("a|b\\", "end-1");
    }

    private Limiter.Standing standing(String id) {
        return limiter.standings(call("a")).stream()
                .filter(standing -> standing.rule().id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private int admitted(LimitCall call, int times) {
        int admitted = 0;
        for (int i = 0; i < times; i++) {
            admitted += limiter.admit(call, new Grant(), NEVER) == Verdict.ADMITTED ? 1 : 0;
        }
        return admitted;
    }

    private Refusal refused(LimitCall call) {
        Grant grant = new Grant();
        assertThat(limiter.admit(call, grant, NEVER)).isEqualTo(Verdict.REFUSED);
        Refusal refusal = grant.refusal();
        assertThat(refusal).isNotNull();
        return refusal;
    }
}
