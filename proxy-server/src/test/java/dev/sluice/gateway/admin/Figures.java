package dev.sluice.gateway.admin;

import dev.sluice.gateway.usage.UsageAnswer;
import dev.sluice.gateway.usage.UsageRow;
import dev.sluice.gateway.usage.UsageSums;
import java.util.List;

/** Rows of reports, as the database might have given them. */
final class Figures {
    private Figures() {}

    static UsageRow row(UsageSums sums, String... groups) {
        return new UsageRow(List.of(groups), sums);
    }

    /** Every figure another one. */
    static UsageSums sums() {
        return new UsageSums(
                12,
                1_000,
                250,
                10,
                56,
                7,
                123_456,
                3,
                6,
                1,
                new UsageSums.Compared(800, 808),
                new UsageSums.Compared(40, 39));
    }

    static UsageSums costing(long nano) {
        return new UsageSums(
                1, 1, 0, 0, 1, 0, nano, 0, 0, 0, new UsageSums.Compared(0, 0), new UsageSums.Compared(0, 0));
    }

    /** Used, and nobody knows at what price. */
    static UsageSums unpriced() {
        return new UsageSums(1, 2, 0, 0, 4, 0, 0, 1, 0, 0, new UsageSums.Compared(0, 0), new UsageSums.Compared(0, 0));
    }

    static UsageAnswer answer(UsageRow... rows) {
        return new UsageAnswer(List.of(rows), /* hours= */ true, /* truncated= */ false, null);
    }
}
