package dev.sluice.gateway.redis;

import dev.sluice.gateway.limit.LeaseBroker.Receiver;
import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** One ask on its way: whoever ends it first, its answer or its deadline, answers it. Thread: any. */
final class Ask {
    final SharedWindow window;
    final Shape shape;
    final Life life;
    final long needed;
    final long wanted;
    final Receiver receiver;
    final long askedNanos;

    private final AtomicBoolean ended = new AtomicBoolean();
    private volatile @Nullable Future<?> deadline;
    private volatile boolean sent;

    Ask(SharedWindow window, Shape shape, Life life, long needed, long wanted, Receiver receiver, long askedNanos) {
        this.window = window;
        this.shape = shape;
        this.life = life;
        this.needed = needed;
        this.wanted = wanted;
        this.receiver = receiver;
        this.askedNanos = askedNanos;
    }

    void endsBy(Future<?> deadline) {
        this.deadline = deadline;
        if (ended.get()) {
            deadline.cancel(/* mayInterruptIfRunning= */ false);
        }
    }

    /** @return true once: to whom it is true, answers */
    boolean end() {
        if (!ended.compareAndSet(false, true)) {
            return false;
        }
        Future<?> due = deadline;
        if (due != null) {
            due.cancel(/* mayInterruptIfRunning= */ false);
        }
        return true;
    }

    void onSend() {
        sent = true;
    }

    /** Whether it had its turn, and so says something of Redis. */
    boolean isSent() {
        return sent;
    }
}
