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
import dev.sluice.gateway.redis.LeaseFigures;
import dev.sluice.gateway.redis.RedisLeases;
import dev.sluice.gateway.store.BudgetFeed;
import dev.sluice.gateway.store.KeyFeed;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
 *   configuration ──┐                         ┌── LedgerTruth: what PostgreSQL has, each minute
 *                   ├──▶ rules ──▶ Limiter ◀──┤
 *   budgets ────────┘                         └── limits: what is on the disk, each 5 s
 * </pre>
 *
 * <p>Thread: {@code sluice-limits} compares with the ledger and writes the file, {@code sluice-limits-leases} renews leases; {@link #start} and {@link #close} block and
 * belong to the gateway's caller; the rest any.
 */
final class Limits implements LimitFigures, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Limits.class);
    private static final String FILE = "limits";
    private static final long LOOK_MILLIS = 1_000;
    private static final long TEND_MILLIS = 250;
    private static final int LOOKS_FOR_EACH_FILE = 5;
    private static final long CLOSE_PATIENCE_MILLIS = 5_000;

    private final Limiter limiter;
    private final Conduct conduct;
    private final BudgetFeed budgets;
    private final LedgerTruth truth;
    private final @Nullable RedisLeases leases;
    private final Path file;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread thread = new Thread(this::run, "sluice-limits");
    private volatile LimitRules inForce = LimitRules.NONE;
    private @Nullable GatewayConfig config;
    private boolean isFileBroken;

    private Limits(
            Limiter limiter,
            Conduct conduct,
            BudgetFeed budgets,
            LedgerTruth truth,
            @Nullable RedisLeases leases,
            Path file) {
        this.limiter = limiter;
        this.conduct = conduct;
        this.budgets = budgets;
        this.truth = truth;
        this.leases = leases;
        this.file = file;
        thread.setDaemon(true);
    }

    /**
     * With the rules of {@code config} and the budgets that are known, and what their counters had settled in the life before.
     *
     * @param conduct closed with this
     * @throws IllegalArgumentException when the address of Redis cannot be read
     */
    static Limits start(GatewayConfig config, Bookkeeping books, KeyFeed feed, Conduct conduct) {
        LimitClock clock = conduct.clock();
        GatewayConfig.Redis redis = config.redis();
        RedisLeases leases = redis == null ? null : RedisLeases.connect(redis, clock);
        BudgetFeed budgets = BudgetFeed.open(config.dataDir());
        Limiter limiter = new Limiter(clock, conduct.warnings());
        limiter.shareThrough(leases);
        limiter.waitIn(conduct.queue());
        LedgerTruth truth = new LedgerTruth(limiter, books.database()::pooled, books.writer()::queued, clock::nanoTime);
        Limits limits = new Limits(
                limiter, conduct, budgets, truth, leases, config.dataDir().resolve(FILE));
        limits.enforce(config);
        limits.load();
        budgets.onChange(limits::onBudgets);
        feed.follow(budgets);
        limits.thread.start();
        if (leases != null) {
            Thread.ofPlatform().daemon().name("sluice-limits-leases").start(limits::tend);
        }
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

    private void load() {
        String why = limiter.load(file);
        if (!why.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("file", file)
                    .addKeyValue("why", why)
                    .log("what limits had counted cannot be read from the disk; the ledger will tell");
        }
    }

    private void save() {
        try {
            limiter.save(file);
            if (isFileBroken) {
                isFileBroken = false;
                LOG.atInfo().log("what limits have counted is on the disk again");
            }
        } catch (IOException e) {
            if (!isFileBroken) {
                isFileBroken = true;
                LOG.atWarn()
                        .addKeyValue("why", e.getMessage())
                        .log(
                                "what limits have counted is not on the disk; a start without the database would forget it");
            }
        }
    }

    private void run() {
        try {
            for (int look = 1; !closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS); look++) {
                compare();
                if (look % LOOKS_FOR_EACH_FILE == 0) {
                    save();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** By itself: a ledger that is slow to answer must not keep leases from being renewed. */
    private void tend() {
        try {
            while (!closing.await(TEND_MILLIS, TimeUnit.MILLISECONDS)) {
                limiter.tend();
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
        metrics.counter(
                "sluice_limit_decisions_total",
                "What rules decided about calls, and streams that they stopped.",
                "rule",
                "verdict",
                limiter.decisions()::counts);
        if (leases == null) {
            return;
        }
        LeaseFigures figures = leases.figures();
        metrics.gauge(
                "sluice_limits_shared",
                "Whether gateways agree on their limits at present.",
                () -> leases.isUp() ? 1 : 0);
        metrics.gauge("sluice_limits_shared_windows", "Counters that this gateway shares.", leases::windows);
        metrics.counter(
                "sluice_limits_leases_total",
                "Asks for a part of a limit, by what Redis answered; unavailable: nothing, or too late.",
                "outcome",
                Map.of(
                        "granted",
                        figures::granted,
                        "exhausted",
                        figures::exhausted,
                        "unavailable",
                        figures::unavailable));
        metrics.counter("sluice_limits_shared_lost_total", "Times that gateways stopped to agree.", figures::opened);
    }

    Health health() {
        String why = truth.failure();
        String detail = inForce.rules().size() + " rules";
        if (leases != null) {
            detail += ", " + leases.health();
        }
        if (why != null) {
            return Health.degraded(detail + "; not compared with the ledger: " + why);
        }
        return leases == null || leases.isUp() ? Health.ok(detail) : Health.degraded(detail);
    }

    /** After the last call has been settled, and before the database is closed. */
    @Override
    public void close() {
        closing.countDown();
        conduct.close();
        limiter.close();
        if (leases != null) {
            leases.close();
        }
        try {
            thread.join(CLOSE_PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        save();
    }
}
