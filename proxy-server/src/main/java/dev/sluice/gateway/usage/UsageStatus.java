package dev.sluice.gateway.usage;

import dev.sluice.gateway.exchange.AttemptStatus;
import java.util.Arrays;
import java.util.List;

/** How calls may have ended, for those who ask for usage and know no exchanges. Thread: any. */
public final class UsageStatus {
    /** What the column {@code status} may hold. */
    public static final List<String> LABELS =
            Arrays.stream(AttemptStatus.values()).map(AttemptStatus::label).toList();

    private UsageStatus() {}
}
