package dev.sluice.gateway.admin;

import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the admin plane asks about limits. Thread: any that may block. */
public interface LimitFigures {

    /**
     * How a counter stands.
     *
     * @param subject values of the rule's dimensions
     * @param held by calls that are open
     * @param resetsAt null when its window does not end at a moment that is known
     */
    record Standing(
            LimitRule rule,
            String subject,
            long used,
            long held,
            @Nullable Instant resetsAt) {

        /** Of the limit that is used or held; 100 where it forbids. */
        public long percent() {
            long taken = Math.max(0, used) + Math.max(0, held);
            if (rule.limit() <= 0) {
                return 100;
            }
            // Limits are far below what a long holds; what a budget that was made smaller has used need not be.
            return taken > Long.MAX_VALUE / 100 ? taken / Math.max(1, rule.limit() / 100) : taken * 100 / rule.limit();
        }
    }

    LimitRules inForce();

    /** The counters of this gateway of which most is gone, those first. */
    List<Standing> nearest(int count);

    /**
     * How much of a budget with one counter is used, by all gateways, as far as is known.
     *
     * @return null for one that gives each value an amount of its own
     */
    @Nullable
    Standing of(Budget budget);
}
