package dev.sluice.gateway;

import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.config.ConfigChange;
import dev.sluice.gateway.config.ConfigDifference;
import dev.sluice.gateway.config.ConfigException;
import dev.sluice.gateway.config.ConfigSource;
import dev.sluice.gateway.config.FileStates;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.config.Loaded;
import dev.sluice.gateway.config.Problem;
import dev.sluice.gateway.config.ReloadOutcome;
import dev.sluice.gateway.edge.EdgeServer;
import dev.sluice.gateway.edge.ExchangeLoops;
import dev.sluice.gateway.exchange.ExchangeLoop;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.price.InvalidPricesException;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the configuration again and puts it in force while the gateway runs: all of it, or none. Exchanges that have begun
 * go on with what was in force then.
 *
 * <pre>
 *   load ──▶ compare ──▶ make what it needs ──▶ publish
 *     └─────────┴────────────────┴────────▶ refused: nothing has changed
 * </pre>
 *
 * Thread: any, one at a time.
 */
final class Reload {
    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);
    /** More lines than these nobody reads; {@code sluice check} shows all. */
    private static final int MOST_LOGGED = 10;

    /** Whom a configuration is published to. */
    record Subjects(Rulebook rulebook, DemoStandIn demo, ExchangeLoops loops, EdgeServer edge) {}

    private final ConfigSource source;
    private final Subjects subjects;
    private final InstantSource clock;
    private final AtomicLong applied = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    private Loaded loaded;
    private volatile GatewayConfig inForce;
    private volatile FileStates lastRead;
    private volatile State state;

    /** @param refusal of the last try, which changed nothing; null: it is what was last read that is in force */
    private record State(
            String origin, Instant since, @Nullable String refusal) {}

    /**
     * @param first what the gateway was started with
     * @param inForce the same, with what the gateway added to it
     */
    Reload(ConfigSource source, Subjects subjects, Loaded first, GatewayConfig inForce, InstantSource clock) {
        this.source = source;
        this.subjects = subjects;
        this.loaded = first;
        this.inForce = inForce;
        this.clock = clock;
        this.lastRead = first.files();
        this.state = new State(first.origin(), clock.instant(), null);
    }

    GatewayConfig inForce() {
        return inForce;
    }

    /** Where the configuration in force came from: a file, or {@code environment}. */
    String origin() {
        return state.origin();
    }

    /** The files of the configuration as they were when it was last read, in force or not. */
    FileStates lastRead() {
        return lastRead;
    }

    void addTo(Metrics metrics) {
        metrics.counter(
                "sluice_config_reloads_total",
                "Times the configuration was read again.",
                "result",
                "success",
                applied::get,
                "failure",
                refused::get);
        metrics.gauge(
                "sluice_config_last_reload_success",
                "Whether what was last read is in force; 0: it was refused, and an earlier one is.",
                () -> state.refusal() == null ? 1 : 0);
    }

    Health health() {
        State now = state;
        String detail = now.origin() + ", in force since " + now.since();
        return now.refusal() == null ? Health.ok(detail) : Health.degraded(now.refusal() + "; still " + detail);
    }

    /** @param trigger what asked for it, for the log */
    synchronized ReloadOutcome reload(String trigger) {
        ReloadOutcome outcome = tried();
        String refusal = outcome.refusal();
        if (refusal == null) {
            applied.incrementAndGet();
            state = new State(loaded.origin(), clock.instant(), null);
        } else {
            refused.incrementAndGet();
            state = new State(
                    state.origin(), state.since(), "refused at " + clock.instant() + " (" + trigger + "): " + refusal);
        }
        log(trigger, outcome);
        return outcome;
    }

    /** The same configuration anew, when keys that it refers to have changed where they are kept. */
    synchronized void refresh() {
        if (!subjects.rulebook().isStale(inForce)) {
            return;
        }
        try {
            enforce(inForce);
            LOG.atInfo().log("keys of providers are in force as the database has them");
        } catch (IOException | RuntimeException e) {
            LOG.atError().setCause(e).log("keys of providers could not be put in force; those before are");
        }
    }

    private ReloadOutcome tried() {
        Loaded next;
        try {
            next = source.load();
        } catch (ConfigException e) {
            lastRead = e.files();
            return new ReloadOutcome.Invalid(e.origin(), e.problems());
        }
        lastRead = next.files();
        try {
            return applied(next);
        } catch (IOException | UncheckedIOException | InvalidPricesException | IllegalArgumentException e) {
            return unusable(next, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("a configuration could not be put in force");
            return unusable(next, "cannot be put in force: " + e.getClass().getSimpleName());
        }
    }

    private static ReloadOutcome unusable(Loaded next, String why) {
        return new ReloadOutcome.Invalid(next.origin(), List.of(new Problem(0, 0, "", why)));
    }

    private ReloadOutcome applied(Loaded next) throws IOException {
        GatewayConfig config = subjects.demo().complete(next.config());
        ConfigDifference difference = ConfigDifference.between(inForce, config);
        if (!difference.needRestart().isEmpty()) {
            return new ReloadOutcome.NeedsRestart(difference.needRestart());
        }
        List<ConfigChange> changes = new ArrayList<>(difference.changes());
        List<Problem> notices = new ArrayList<>(next.notices());
        compareFiles(next, config, changes, notices);
        GatewayConfig.Tls tls = config.server().tls();
        SslContext certificate = tls == null || !isChanged(changes, "server.tls") ? null : ServerTls.context(tls);
        enforce(config);
        subjects.edge().allow(config.server().corsOrigins());
        if (certificate != null) {
            subjects.edge().renew(certificate);
        }
        loaded = next;
        inForce = config;
        return new ReloadOutcome.Applied(changes, notices);
    }

    /** Fails before anything has changed, or not at all. */
    private void enforce(GatewayConfig config) throws IOException {
        Rulebook.Draft draft =
                subjects.rulebook().draft(config, subjects.rulebook().book(config));
        draft.enforce(() -> {
            for (ExchangeLoop loop : subjects.loops().all()) {
                loop.readUnwanted(config.usage().drain());
                loop.publish(draft.rules());
            }
        });
    }

    /** Files that are named as before and say something else. */
    private void compareFiles(Loaded next, GatewayConfig config, List<ConfigChange> changes, List<Problem> notices) {
        GatewayConfig.Tls tls = config.server().tls();
        if (tls != null) {
            compareFile("server.tls.cert", tls.cert(), next, changes);
            compareFile("server.tls.key", tls.key(), next, changes);
        }
        compareFile("usage.prices", config.usage().prices(), next, changes);
        for (GatewayConfig.Provider provider : config.providers().values()) {
            String path = "providers." + provider.name();
            compareFile(path, provider.serviceAccount(), next, changes);
            if (says(provider.ca(), next)) {
                notices.add(new Problem(
                        0,
                        0,
                        path + ".ca",
                        "the content of " + provider.ca() + " has changed and is read at the next start;"
                                + " a file of another name is read at once"));
            }
        }
    }

    private void compareFile(String path, @Nullable Path file, Loaded next, List<ConfigChange> changes) {
        if (says(file, next) && !isChanged(changes, path)) {
            changes.add(new ConfigChange(path, ConfigChange.Kind.CHANGED));
        }
    }

    /** Whether {@code file} was part of the configuration before and says something else now. */
    private boolean says(@Nullable Path file, Loaded next) {
        return file != null
                && loaded.files().digests().containsKey(file)
                && !loaded.files().agreesWith(next.files(), file);
    }

    private static boolean isChanged(List<ConfigChange> changes, String path) {
        return changes.stream()
                .anyMatch(change -> change.path().equals(path) || change.path().startsWith(path + "."));
    }

    private void log(String trigger, ReloadOutcome outcome) {
        switch (outcome) {
            case ReloadOutcome.Applied done -> {
                LOG.atInfo()
                        .addKeyValue("trigger", trigger)
                        .addKeyValue("origin", loaded.origin())
                        .addKeyValue(
                                "changed",
                                done.changes().stream().map(ConfigChange::path).toList())
                        .log("configuration reloaded");
                for (Problem notice : done.notices()) {
                    LOG.atWarn()
                            .addKeyValue("place", notice.text(loaded.origin()))
                            .log("configuration: take note");
                }
            }
            case ReloadOutcome.Invalid invalid -> {
                for (Problem problem :
                        invalid.problems().stream().limit(MOST_LOGGED).toList()) {
                    LOG.atError()
                            .addKeyValue("trigger", trigger)
                            .addKeyValue("origin", invalid.origin())
                            .addKeyValue("line", problem.line())
                            .addKeyValue("column", problem.column())
                            .addKeyValue("problem", problem.text())
                            .addKeyValue("problems", invalid.problems().size())
                            .log("configuration refused; the one in force stays");
                }
            }
            case ReloadOutcome.NeedsRestart restart ->
                LOG.atError()
                        .addKeyValue("trigger", trigger)
                        .addKeyValue("settings", restart.settings())
                        .log("configuration refused; these settings change with a restart only");
        }
    }
}
