package dev.sluice.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DecisionsTest {
    private final Decisions decisions = new Decisions();

    private static LimitRule rule(String id, String name) {
        return new LimitRule(
                id,
                name,
                CallFilter.ALL,
                List.of(),
                Measure.REQUESTS,
                1,
                Window.sliding(Window.Period.DAY),
                0,
                false,
                0,
                List.of());
    }

    private static ActiveRule active(String id, String name) {
        return new ActiveRule(1, rule(id, name), new CalendarWindows(Window.Period.DAY, ZoneOffset.UTC));
    }

    @Test
    void aRuleThatIsRenamedCountsUnderItsNewName() {
        ActiveRule rule = active("r/requests/day", "before");

        decisions.onAdmitted(rule);
        rule.become(rule("r/requests/day", "after"));
        decisions.onAdmitted(rule);
        decisions.onAdmitted(rule);

        assertThat(decisions.counts().get("before")).containsEntry("admitted", 1L);
        assertThat(decisions.counts().get("after")).containsEntry("admitted", 2L);
    }

    @Test
    void rulesCountByNameAndBudgetsAndKeysTogether() {
        decisions.onAdmitted(active("standard/requests/day", "standard"));
        decisions.onRefused(rule("standard/cost/day", "standard"));
        decisions.onStopped(active("budget:1/cost/month", "a customer"));
        decisions.onStopped(active("budget:2/cost/month", "another customer"));
        decisions.onWaiting(rule("key:Ab3dEf9h/requests/minute", "ci"));

        assertThat(decisions.counts())
                .isEqualTo(Map.of(
                        "standard", Map.of("admitted", 1L, "refused", 1L, "waiting", 0L, "stopped", 0L),
                        "(budgets)", Map.of("admitted", 0L, "refused", 0L, "waiting", 0L, "stopped", 2L),
                        "(keys)", Map.of("admitted", 0L, "refused", 0L, "waiting", 1L, "stopped", 0L)));
    }

    @Test
    void namesAreBounded() {
        for (int i = 0; i < 2_000; i++) {
            decisions.onAdmitted(active("r" + i + "/requests/day", "r" + i));
        }

        assertThat(decisions.counts()).hasSize(501);
        assertThat(decisions.counts().get("(others)")).containsEntry("admitted", 1_500L);
    }
}
