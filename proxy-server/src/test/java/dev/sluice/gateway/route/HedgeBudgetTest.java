package dev.sluice.gateway.route;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What hedges may cost, in requests and in money. */
class HedgeBudgetTest {
    private static final long NOW = 1_000_000_000L;
    private static final double SHARE_PERCENT = 5;

    private final HedgeBudget budget = new HedgeBudget();

    private void requests(int number) {
        for (int i = 0; i < number; i++) {
            budget.onRequest(SHARE_PERCENT, NOW);
        }
    }

    private int hedgesUntilRefused() {
        int hedges = 0;
        while (hedges < 1_000 && budget.tryHedge(SHARE_PERCENT, NOW)) {
            hedges++;
        }
        return hedges;
    }

    @Test
    void hedgesAreAShareOfTheRequestsAndAFewToBeginWith() {
        requests(1_000);

        assertThat(hedgesUntilRefused()).isBetween(50, 53);
    }

    @Test
    void losersThatCostMoreThanTheirShareStopFurtherHedges() {
        requests(1_000);
        budget.onCost(94_000, /* lost= */ false, NOW);
        budget.onCost(6_000, /* lost= */ true, NOW);

        assertThat(budget.tryHedge(SHARE_PERCENT, NOW)).isFalse();
    }
}
