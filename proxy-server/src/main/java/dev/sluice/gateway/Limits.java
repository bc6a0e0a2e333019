package dev.sluice.gateway;

import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.admin.LimitFigures;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.limit.Budget;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitRule;
import dev.sluice.gateway.limit.LimitRules;
import dev.sluice.gateway.limit.Limiter;
import dev.sluice.gateway.limit.RuleTranslation;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.store.BudgetFeed;
import dev.sluice.gateway.store.KeyFeed;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much callers may, joined: the {@link Limiter}, where its rules come from, and what keeps its counters true. They outlive
 * configurations.
 *
 * <pre>
 *   configuration ──┐
 *                   ├──▶ rules ──▶ Limiter ◀── LedgerTruth: what PostgreSQL has, each minute
 *   budgets ────────┘
 * </pre>
 *
 * <p>Thread: {@code sluice-limits} compares with the ledger; {@link #start} and {@link #close} block and
 * belong to the gateway's caller; the rest any.
 */
final class Limits implements LimitFigures, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Limits.class);
    private static final long LOOK_MILLIS = 1_000;
    private static final long CLOSE_PATIENCE_MILLIS = 5_000;

    private final Limiter limiter;
    private final Conduct conduct;
    private final BudgetFeed budgets;
    private final LedgerTruth truth;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "sluice-limits");
    private volatile LimitRules inForce = LimitRules.NONE;
    private @Nullable GatewayConfig config;

    private Limits(Limiter limiter, Conduct conduct, BudgetFeed budgets, LedgerTruth truth) {
        this.limiter = limiter;
        this.conduct = conduct;
        this.budgets = budgets;
        this.truth = truth;
        thread.setDaemon(true);
    }

    /**
     * With the rules of {@code config} and the budgets that are known.
     *
     * @param conduct closed with this
     */
    static Limits start(GatewayConfig config, Bookkeeping books, KeyFeed feed, Conduct conduct) {
        LimitClock clock = conduct.clock();
        BudgetFeed budgets = BudgetFeed.open(config.dataDir());
        Limiter limiter = new Limiter(clock, conduct.warnings());
        limiter.waitIn(conduct.queue());
        LedgerTruth truth = new LedgerTruth(limiter, books.database()::pooled, books.writer()::queued, clock::nanoTime);
        Limits limits = new Limits(limiter, conduct, budgets, truth);
        limits.enforce(config);
        budgets.onChange(limits::onBudgets);
        feed.follow(budgets);
        limits.thread.start();
        return limits;
    }

    Conduct conduct() {
        return conduct;
    }

    Limiter limiter() {
        return limiter;
    }

    /** Puts the rules of {@code next} in force. What has been counted for those that stay stays counted. */
    synchronized void enforce(GatewayConfig next) {
        config = next;
        conduct.enforce(next.limits());
        LimitRules rules = RuleTranslation.of(next, budgets.budgets());
        if (rules.equals(inForce)) {
            return;
        }
        limiter.publish(rules);
        inForce = rules;
        for (LimitRule rule : rules.rules()) {
            if (rule.per().isEmpty() && rule.measure().isKnownLate()) {
                // Its one counter is made at once, and so the ledger asked about it: operators want to know, callers or
                // none.
                limiter.raise(rule.id(), "", 0, 0);
            }
        }
    }

    private synchronized void onBudgets() {
        if (config != null) {
            enforce(config);
        }
    }

    private void run() {
        try {
            while (!closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                compare();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void compare() {
        try {
            truth.look();
        } catch (RuntimeException e) {
            // Whatever it is, the next look may find the world as it should be.
            LOG.atError().setCause(e).log("limits could not be compared with the ledger");
        }
    }

    @Override
    public LimitRules inForce() {
        return inForce;
    }

    @Override
    public List<Standing> nearest(int count) {
        return limiter.nearest(count).stream().map(Limits::shown).toList();
    }

    @Override
    public @Nullable Standing of(Budget budget) {
        if (budget.subject() != null && budget.value() == null) {
            return null;
        }
        Limiter.Standing standing = limiter.standing(budget.ruleId(), "");
        return standing == null ? null : shown(standing);
    }

    private static Standing shown(Limiter.Standing standing) {
        return new Standing(
                standing.rule(),
                standing.subject(),
                standing.used(),
                standing.held(),
                standing.resetMillis() == 0 ? null : Instant.ofEpochMilli(standing.resetMillis()));
    }

    void addTo(Metrics metrics) {
        conduct.addTo(metrics);
    }

    Health health() {
        String why = truth.failure();
        String detail = inForce.rules().size() + " rules";
        return why == null ? Health.ok(detail) : Health.degraded(detail + "; not compared with the ledger: " + why);
    }

    /** After the last call has been settled, and before the database is closed. */
    @Override
    public void close() {
        closing.countDown();
        conduct.close();
        try {
            thread.join(CLOSE_PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
