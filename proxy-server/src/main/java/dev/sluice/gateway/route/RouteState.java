package dev.sluice.gateway.route;

/** What a route has seen lately: survives a reload. Thread: any. */
final class RouteState {
    private final RetryBudget retries = new RetryBudget();
    private final FirstTokenTimes firstTokens = new FirstTokenTimes();

    RetryBudget retries() {
        return retries;
    }

    FirstTokenTimes firstTokens() {
        return firstTokens;
    }
}
