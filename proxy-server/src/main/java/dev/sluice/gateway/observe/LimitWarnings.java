package dev.sluice.gateway.observe;

import dev.sluice.gateway.config.LimitSettings;
import dev.sluice.gateway.limit.LimitClock;
import dev.sluice.gateway.limit.LimitListener;
import dev.sluice.gateway.limit.LimitRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of limits that come near: a line in the log, and the webhook. Event loops put what they have to say into a bounded
 * queue; what does not fit is dropped and counted.
 *
 * <pre>
 *   onUsed ──▶ queue ──▶ logged ──▶ pending ──┬── 2xx ───────────▶ delivered
 *                                      ▲      ├── anything else ─┐
 *                                      └──────┴── second, third ◀┴─ after a while; then ▶ failed
 * </pre>
 *
 * The log is not kept waiting by a webhook that hangs for more than one attempt. Thread: {@link #onUsed} on event loops, one
 * virtual thread for the rest.
 */
public final class LimitWarnings implements LimitListener, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LimitWarnings.class);

    static final int CAPACITY = 1_024;
    static final int TRIES = 3;
    /** Before the second attempt; before the third one four times as long. */
    static final long BACKOFF_NANOS = TimeUnit.SECONDS.toNanos(1);

    static final String SIGNATURE = "x-sluice-signature";

    private static final int BACKOFF_GROWTH = 4;
    private static final long NOTHING_TO_DO = Long.MAX_VALUE;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
    private static final String ALGORITHM = "HmacSHA256";

    private final LimitClock clock;
    private final WebhookTransport transport;
    private final MpscAtomicArrayQueue<LimitWarning> queue = new MpscAtomicArrayQueue<>(CAPACITY);
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final LongAdder warnings = new LongAdder();
    private final LongAdder delivered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final @Nullable Thread thread;
    private volatile LimitSettings.@Nullable Webhook hook;
    private volatile int waiting;
    private volatile boolean closing;

    private long droppedBefore;
    private boolean dropping;
    private boolean failing;

    /** What the webhook has not taken yet. */
    private static final class Pending {
        private final LimitWarning warning;
        private final byte[] json;
        private int tries;
        private long dueNanos;

        Pending(LimitWarning warning, long dueNanos) {
            this.warning = warning;
            this.json = warning.json();
            this.dueNanos = dueNanos;
        }
    }

    private LimitWarnings(LimitClock clock, WebhookTransport transport, boolean ownThread) {
        this.clock = clock;
        this.transport = transport;
        this.thread =
                ownThread ? Thread.ofVirtual().name("sluice-limit-warnings").unstarted(this::run) : null;
    }

    /** With a thread of its own. */
    public static LimitWarnings start(LimitClock clock, WebhookTransport transport) {
        LimitWarnings started = new LimitWarnings(clock, transport, true);
        if (started.thread != null) {
            started.thread.start();
        }
        return started;
    }

    /** To be carried on by hand, with {@link #carryOn}. */
    static LimitWarnings still(LimitClock clock, WebhookTransport transport) {
        return new LimitWarnings(clock, transport, false);
    }

    /** From now on this webhook is told; null: none. */
    public void publish(LimitSettings.@Nullable Webhook next) {
        hook = next;
    }

    @Override
    public void onUsed(LimitRule rule, String subject, int percent, long used, long resetMillis) {
        warnings.increment();
        UUID id = UUID.randomUUID();
        if (queue.offer(new LimitWarning(id, rule, subject, percent, used, resetMillis, clock.wallMillis()))) {
            LockSupport.unpark(thread);
        } else {
            dropped.increment();
        }
    }

    private void run() {
        while (!closing) {
            long nanos = carryOn();
            if (nanos == NOTHING_TO_DO) {
                LockSupport.park(this);
            } else if (nanos > 0) {
                LockSupport.parkNanos(this, nanos);
            }
        }
        takeNew();
        long end = clock.nanoTime() + CLOSE_TIMEOUT.toNanos();
        while (!pending.isEmpty() && clock.nanoTime() - end < 0) {
            attempt(pending.peek(), clock.nanoTime());
        }
    }

    /**
     * Logs what is new and, if it is time for it, makes one attempt at the webhook.
     *
     * @return after how many nanoseconds there is more to do, unless something new comes
     */
    long carryOn() {
        takeNew();
        reportDrops();
        Pending first = pending.peek();
        if (first != null && clock.nanoTime() - first.dueNanos >= 0) {
            attempt(first, clock.nanoTime());
            first = pending.peek();
        }
        waiting = pending.size();
        return first == null ? NOTHING_TO_DO : Math.max(0, first.dueNanos - clock.nanoTime());
    }

    private void takeNew() {
        for (LimitWarning next = queue.poll(); next != null; next = queue.poll()) {
            log(next);
            if (hook == null) {
                continue;
            }
            if (pending.size() < CAPACITY) {
                pending.add(new Pending(next, clock.nanoTime()));
            } else {
                dropped.increment();
            }
        }
    }

    private static void log(LimitWarning warning) {
        LOG.atInfo()
                .addKeyValue("rule", warning.rule().name())
                .addKeyValue("measure", warning.rule().measure().label())
                .addKeyValue("subject", warning.subject())
                .addKeyValue("percent", warning.percent())
                .addKeyValue("used", warning.used())
                .addKeyValue("limit", warning.rule().limit())
                .addKeyValue(
                        "resetsAt", warning.resetMillis() == 0 ? "never" : Instant.ofEpochMilli(warning.resetMillis()))
                .log("a limit comes near");
    }

    private void attempt(Pending first, long nowNanos) {
        LimitSettings.Webhook to = hook;
        if (to == null) {
            pending.remove();
            return;
        }
        String failure = failure(to, first);
        first.tries++;
        if (failure == null) {
            pending.remove();
            delivered.increment();
            onSuccess();
        } else if (first.tries == TRIES) {
            pending.remove();
            failed.increment();
            onFailure(first.warning, failure);
        } else {
            first.dueNanos = nowNanos + BACKOFF_NANOS * (first.tries == 1 ? 1 : BACKOFF_GROWTH);
        }
    }

    /** Why it was not taken; null when it was. */
    private @Nullable String failure(LimitSettings.Webhook to, Pending what) {
        try {
            int status = transport.post(to, what.json, headers(to, what.json));
            return status / 100 == 2 ? null : "it answers with the status " + status;
        } catch (IOException | RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static Map<String, String> headers(LimitSettings.Webhook to, byte[] json) {
        return to.secret() == null
                ? Map.of()
                : Map.of(SIGNATURE, "sha256=" + signature(to.secret().reveal(), json));
    }

    private static String signature(String secret, byte[] json) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            return HexFormat.of().formatHex(mac.doFinal(json));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every platform has " + ALGORITHM, e);
        }
    }

    private void onSuccess() {
        if (failing) {
            failing = false;
            LOG.atInfo().log("the webhook of limits takes warnings again");
        }
    }

    private void onFailure(LimitWarning given, String why) {
        if (!failing) {
            failing = true;
            LOG.atWarn()
                    .addKeyValue("rule", given.rule().name())
                    .addKeyValue("tries", TRIES)
                    .addKeyValue("reason", why)
                    .log("the webhook of limits does not take a warning; it is given up");
        }
    }

    /** Says when dropping begins and when it is over, not each time. */
    private void reportDrops() {
        long now = dropped.sum();
        boolean more = now != droppedBefore;
        droppedBefore = now;
        if (more && !dropping) {
            dropping = true;
            LOG.atWarn()
                    .addKeyValue("dropped", now)
                    .addKeyValue("capacity", CAPACITY)
                    .log("warnings of limits come faster than they can be told, and are dropped");
        } else if (dropping && !more && pending.size() < CAPACITY / 2) {
            dropping = false;
            LOG.atInfo().addKeyValue("dropped", now).log("warnings of limits are complete again");
        }
    }

    public void addTo(Metrics metrics) {
        metrics.counter("sluice_limit_warnings_total", "Limits that came near, as their rules say.", warnings::sum);
        metrics.counter(
                "sluice_webhook_deliveries_total",
                "Warnings that the webhook took, or after three attempts did not.",
                "outcome",
                "delivered",
                delivered::sum,
                "failed",
                failed::sum);
        metrics.counter(
                "sluice_webhook_dropped_total",
                "Warnings that nobody was told of, because there were too many.",
                dropped::sum);
        metrics.gauge("sluice_webhook_waiting", "Warnings that the webhook has not taken yet.", () -> waiting);
    }

    /** Tries once more what is pending, for two seconds at most, and ends the thread. */
    @Override
    public void close() {
        closing = true;
        if (thread == null) {
            return;
        }
        LockSupport.unpark(thread);
        try {
            if (!thread.join(CLOSE_TIMEOUT)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
