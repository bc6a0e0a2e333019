package dev.sluice.gateway.auth;

import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys by which one issuer signs. Read at once and again each hour; when a token names one that is not among them, at
 * most once a minute, however many tokens do. While the issuer does not answer, the last ones go on for a day.
 *
 * <p>Thread: any; {@link #find} may block.
 */
final class IssuerKeys {
    static final long FRESH_NANOS = TimeUnit.HOURS.toNanos(1);
    static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(24);
    static final long BETWEEN_FETCHES_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** As long as there is nothing to go by. */
    static final long BETWEEN_FIRST_FETCHES_NANOS = TimeUnit.SECONDS.toNanos(5);

    static final int MAX_WAITING = 128;

    private static final Logger LOG = LoggerFactory.getLogger(IssuerKeys.class);
    private static final int MAX_KEYS = 100;
    private static final int OK = 200;
    private static final long PATIENCE_MILLIS = 2 * PinnedHttp.DEADLINE.toMillis() + 1_000;

    private final Source source;
    private final IssuerHttp http;
    private final Ticker ticker;
    private final Executor fetches;
    private final Semaphore waiting = new Semaphore(MAX_WAITING);
    private final TokenWork work;
    private volatile @Nullable Snapshot last;
    private volatile @Nullable IssuerMetadata metadata;
    private volatile long generation;
    // Guarded by this.
    private @Nullable CompletableFuture<Boolean> running;
    private CompletableFuture<Boolean> lastOutcome = CompletableFuture.completedFuture(false);
    private long lastStartNanos;
    private boolean started;
    private boolean troubled;

    /** Of whom. Issuers that are alike in this share their keys. */
    record Source(String name, String issuer, @Nullable URI jwks, boolean allowPrivate) {}

    /** A key, or why there is none. */
    sealed interface Found permits Usable, Missing {}

    record Usable(IssuerKey key) implements Found {}

    enum Missing implements Found {
        /** The issuer has no such key. */
        UNKNOWN,
        /** The issuer does not tell. */
        UNAVAILABLE
    }

    private record Snapshot(List<IssuerKey> keys, long fetchedNanos) {}

    /** @param fetches runs what talks to the issuer */
    IssuerKeys(Source source, IssuerHttp http, Ticker ticker, Executor fetches, TokenWork work) {
        this.source = source;
        this.http = http;
        this.ticker = ticker;
        this.fetches = fetches;
        this.work = work;
    }

    /**
     * The key called {@code kid}; without a name, the only one there is.
     *
     * @param algorithm that it has to fit
     */
    Found find(@Nullable String kid, String algorithm) {
        List<IssuerKey> keys = keys();
        if (keys != null && (kid == null || isAmong(keys, kid))) {
            return choose(keys, kid, algorithm);
        }
        boolean told = await(refresh(keys == null ? BETWEEN_FIRST_FETCHES_NANOS : BETWEEN_FETCHES_NANOS));
        keys = keys();
        if (keys == null) {
            return Missing.UNAVAILABLE;
        }
        Found found = choose(keys, kid, algorithm);
        return found instanceof Missing && !told ? Missing.UNAVAILABLE : found;
    }

    private static boolean isAmong(List<IssuerKey> keys, String kid) {
        return keys.stream().anyMatch(key -> kid.equals(key.kid()));
    }

    private static Found choose(List<IssuerKey> keys, @Nullable String kid, String algorithm) {
        List<IssuerKey> fitting = keys.stream()
                .filter(key -> key.fits(algorithm) && (kid == null || kid.equals(key.kid())))
                .toList();
        return fitting.size() == 1 ? new Usable(fitting.get(0)) : Missing.UNKNOWN;
    }

    private @Nullable List<IssuerKey> keys() {
        Snapshot now = last;
        return now == null || ticker.nanoTime() - now.fetchedNanos >= KEPT_NANOS ? null : now.keys;
    }

    /** Whether the issuer has told; false when it could not be asked, or it takes too long. */
    private boolean await(CompletableFuture<Boolean> outcome) {
        if (outcome.isDone()) {
            return outcome.getNow(false);
        }
        if (!waiting.tryAcquire()) {
            return false;
        }
        try {
            return outcome.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } finally {
            waiting.release();
        }
    }

    /** Starts what is due, and forgets what is too old. Does not block. */
    void tick() {
        Snapshot now = last;
        if (now != null && ticker.nanoTime() - now.fetchedNanos >= KEPT_NANOS) {
            forget(now);
        } else if (now != null && ticker.nanoTime() - now.fetchedNanos < FRESH_NANOS) {
            return;
        }
        refresh(BETWEEN_FETCHES_NANOS);
    }

    @SuppressWarnings("ReferenceEquality")
    private synchronized void forget(Snapshot old) {
        if (last == old) {
            last = null;
            generation++;
            LOG.atError()
                    .addKeyValue("issuer", source.name())
                    .log("the issuer has not answered for a day; its keys are forgotten");
        }
    }

    /** @return what comes of the fetch that runs, of a new one, or of the last one if that began less than so long ago */
    synchronized CompletableFuture<Boolean> refresh(long leastNanos) {
        if (running != null) {
            return running;
        }
        long now = ticker.nanoTime();
        if (started && now - lastStartNanos < leastNanos) {
            return lastOutcome;
        }
        started = true;
        lastStartNanos = now;
        work.keyFetches().increment();
        CompletableFuture<Boolean> outcome = new CompletableFuture<>();
        running = outcome;
        fetches.execute(() -> run(outcome));
        return outcome;
    }

    private void run(CompletableFuture<Boolean> outcome) {
        String trouble = null;
        try {
            publish(fetch());
        } catch (IOException | RuntimeException e) {
            trouble = String.valueOf(e.getMessage());
        }
        synchronized (this) {
            running = null;
            lastOutcome = CompletableFuture.completedFuture(trouble == null);
            report(trouble);
        }
        outcome.complete(trouble == null);
    }

    private List<IssuerKey> fetch() throws IOException {
        IssuerHttp.Answer answer = http.get(jwks());
        JsonObject document = answer.status() == OK ? JsonObject.parse(answer.body()) : null;
        if (document == null || !(document.get("keys") instanceof List<?> listed)) {
            throw new IOException("the key set has status " + answer.status() + "; allowed: 200 with JSON and `keys`");
        }
        List<IssuerKey> keys = new ArrayList<>();
        for (Object entry : listed) {
            IssuerKey key = entry instanceof Map<?, ?> members ? IssuerKey.of(members(members)) : null;
            if (key != null && keys.size() < MAX_KEYS) {
                keys.add(key);
            }
        }
        if (keys.isEmpty()) {
            throw new IOException(
                    "none of the " + listed.size() + " keys can be used; allowed: RSA of 2048 bits or more,"
                            + " P-256, P-384, P-521, Ed25519, for signatures");
        }
        return keys;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> members(Map<?, ?> object) {
        return (Map<String, @Nullable Object>) object;
    }

    private URI jwks() throws IOException {
        URI configured = source.jwks();
        if (configured != null) {
            return configured;
        }
        IssuerMetadata known = metadata;
        // It may have moved: asked each hour, and not for each name of a key that is made up.
        return known == null || keys() == null || isStale() ? newMetadata().jwks() : known.jwks();
    }

    private boolean isStale() {
        Snapshot now = last;
        return now == null || ticker.nanoTime() - now.fetchedNanos >= FRESH_NANOS;
    }

    /**
     * What the issuer says about itself.
     *
     * @throws IOException when it has never answered
     */
    IssuerMetadata metadata() throws IOException {
        IssuerMetadata known = metadata;
        return known == null ? newMetadata() : known;
    }

    private IssuerMetadata newMetadata() throws IOException {
        IssuerMetadata fresh = IssuerMetadata.fetch(http, source.issuer());
        metadata = fresh;
        return fresh;
    }

    private synchronized void publish(List<IssuerKey> keys) {
        Snapshot before = last;
        last = new Snapshot(List.copyOf(keys), ticker.nanoTime());
        Set<String> gone = before == null ? new HashSet<>() : prints(before.keys);
        gone.removeAll(prints(keys));
        if (!gone.isEmpty()) {
            generation++;
        }
        if (before == null || !prints(before.keys).equals(prints(keys))) {
            LOG.atInfo()
                    .addKeyValue("issuer", source.name())
                    .addKeyValue("keys", keys.size())
                    .addKeyValue("gone", gone.size())
                    .log("the issuer has new keys");
        }
    }

    private static Set<String> prints(List<IssuerKey> keys) {
        Set<String> prints = new HashSet<>();
        keys.forEach(key -> prints.add(key.print()));
        return prints;
    }

    /** Each change once. */
    private void report(@Nullable String trouble) {
        if (trouble == null && troubled) {
            LOG.atInfo().addKeyValue("issuer", source.name()).log("the issuer answers again");
        } else if (trouble != null && !troubled) {
            LOG.atWarn()
                    .addKeyValue("issuer", source.name())
                    .addKeyValue("reason", trouble)
                    .log("the keys of the issuer cannot be read; the last ones go on for a day");
        }
        troubled = trouble != null;
    }

    /** Changes when a key is gone. */
    long generation() {
        return generation;
    }

    /** How many threads wait for the issuer. */
    int waiting() {
        return MAX_WAITING - waiting.availablePermits();
    }

    IssuerHttp http() {
        return http;
    }
}
