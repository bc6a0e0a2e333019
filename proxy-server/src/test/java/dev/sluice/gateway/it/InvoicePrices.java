package dev.sluice.gateway.it;

import dev.sluice.gateway.it.Plan.Reported;

/** What the provider of the tests charges, and its own arithmetic: nano-dollars, rounded half up once a request. */
final class InvoicePrices {
    private static final long INPUT = 150_300_001;
    private static final long CACHED = 75_100_003;
    private static final long OUTPUT = 600_700_007;

    /** The same as a file for the gateway: dollars for a million tokens. */
    static final String FILE = """
            date: 2026-11-21
            providers:
              books:
                models:
                  gpt-4o-mini: { input: "0.150300001", cached_input: "0.075100003", output: "0.600700007" }
            """;

    private InvoicePrices() {}

    static long costNano(Reported usage) {
        return costNano(usage.prompt(), usage.cached(), usage.completion());
    }

    static long costNano(long prompt, long cached, long completion) {
        long millionths = (prompt - cached) * INPUT + cached * CACHED + completion * OUTPUT;
        return (millionths + 500_000) / 1_000_000;
    }
}
