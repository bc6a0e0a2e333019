package dev.sluice.gateway;

import dev.sluice.gateway.admin.Health;
import dev.sluice.gateway.auth.Authenticator;
import dev.sluice.gateway.auth.CredentialAuthenticator;
import dev.sluice.gateway.auth.KeyDirectory;
import dev.sluice.gateway.auth.KeyResolver;
import dev.sluice.gateway.auth.KeySnapshotWriter;
import dev.sluice.gateway.auth.Peppers;
import dev.sluice.gateway.auth.ProviderKeys;
import dev.sluice.gateway.auth.Revocations;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.exchange.KeptObjects;
import dev.sluice.gateway.observe.Metrics;
import dev.sluice.gateway.store.Database;
import dev.sluice.gateway.store.KeptTable;
import dev.sluice.gateway.store.KeyFeed;
import dev.sluice.gateway.store.ProviderKeyFeed;
import dev.sluice.gateway.store.StoredKeys;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.ScheduledExecutorService;

/**
 * The parts that know who calls, joined: peppers, the keys and revocations in memory, their snapshot on the disk, and the
 * feed that keeps them as the database has them. They outlive configurations; each makes an {@link Authenticator} of its own
 * from them. With them the keys of providers that the database keeps: the same feed, the same peppers; and whose is
 * what callers keep at providers.
 *
 * <p>Thread: {@link #start} and {@link #close} block and belong to the gateway's caller; the rest any.
 */
record Identity(
        Peppers peppers,
        KeyDirectory directory,
        Revocations revocations,
        KeySnapshotWriter snapshots,
        KeyFeed feed,
        KeyResolver resolver,
        KeptTable objects,
        ProviderKeys providerKeys,
        Tokens tokens) {

    /**
     * Knows the keys of the snapshot when it returns; those of the database follow.
     *
     * @param later tells when something has become old; nothing blocks it
     * @throws IOException when a pepper cannot be used
     */
    static Identity start(GatewayConfig config, Database database, ScheduledExecutorService later) throws IOException {
        InstantSource clock = InstantSource.system();
        Peppers peppers = Peppers.load(config.dataDir(), System.getenv());
        KeyDirectory directory = new KeyDirectory(peppers, clock);
        Revocations revocations = new Revocations();
        KeySnapshotWriter snapshots = KeySnapshotWriter.open(config.dataDir(), peppers, directory, clock);
        StoredKeys stored = new StoredKeys(database, peppers);
        directory.onOldPepper(stored);
        KeyFeed feed = new KeyFeed(database, directory, revocations, stored, clock);
        ProviderKeys providerKeys = ProviderKeys.open(config.dataDir(), peppers);
        feed.follow(new ProviderKeyFeed(providerKeys));
        feed.start();
        KeyResolver resolver = new KeyResolver(peppers, directory, stored, clock);
        Tokens tokens = Tokens.start(peppers, revocations, later);
        KeptTable objects = new KeptTable(database);
        objects.start();
        return new Identity(peppers, directory, revocations, snapshots, feed, resolver, objects, providerKeys, tokens);
    }

    /** Whose is what providers keep. */
    KeptObjects kept() {
        return new StoredObjects(objects);
    }

    /** Who may call under {@code config}. */
    Authenticator authenticator(GatewayConfig config) throws IOException {
        return CredentialAuthenticator.open(config, resolver, revocations, tokens.authenticator());
    }

    void addTo(Metrics metrics) {
        tokens.addTo(metrics);
        metrics.gauge("sluice_keys", "Keys of the database that are known here.", directory::size);
        metrics.gauge(
                "sluice_key_feed_age_seconds",
                "How long ago it was last looked what has changed about keys.",
                feed::ageSeconds);
        metrics.gauge(
                "sluice_key_feed_push",
                "Whether changes of keys are announced; 0: they are looked for every few seconds.",
                () -> feed.isPushed() ? 1 : 0);
        metrics.counter("sluice_key_feed_looks_total", "Times it was looked what has changed.", feed::looks);
        metrics.counter("sluice_key_feed_loads_total", "Times all keys were loaded.", feed::loads);
        metrics.counter(
                "sluice_kept_objects_lost_total",
                "Files, batches and answers of which could not be noted whose they are.",
                objects::lost);
        metrics.gauge("sluice_token_revocations", "Sessions and users whose tokens are refused.", revocations::size);
    }

    Health health() {
        String detail = directory.size() + " keys, " + (feed.isPushed() ? "changes announced" : "changes looked for");
        String failure = feed.failure();
        if (failure != null) {
            return Health.degraded(detail + "; not current: " + failure);
        }
        return feed.isLoaded() ? Health.ok(detail) : Health.degraded(detail + "; not read from the database yet");
    }

    /** Before the database is closed. */
    void close() {
        tokens.close();
        objects.close();
        feed.close();
        snapshots.close();
    }
}
