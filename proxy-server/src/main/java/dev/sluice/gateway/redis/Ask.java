package dev.sluice.gateway.redis;

import dev.sluice.gateway.limit.LeaseBroker.Receiver;
import dev.sluice.gateway.limit.LeaseBroker.SharedWindow;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One ask on its way: what ends it first, its answer or its deadline, answers it. Thread: {@code sluice-redis}. */
final class Ask {
    final SharedWindow window;
    final Life life;
    final long needed;
    final long wanted;
    final Receiver receiver;
    final long askedNanos;

    private @Nullable Future<?> deadline;
    private boolean sent;
    private boolean ended;

    Ask(SharedWindow window, Life life, long needed, long wanted, Receiver receiver, long askedNanos) {
        this.window = window;
        this.life = life;
        this.needed = needed;
        this.wanted = wanted;
        this.receiver = receiver;
        this.askedNanos = askedNanos;
    }

    void endsBy(Future<?> deadline) {
        this.deadline = deadline;
    }

    /** @return true once: to whom it is true, answers */
    boolean end() {
        if (ended) {
            return false;
        }
        ended = true;
        if (deadline != null) {
            deadline.cancel(/* mayInterruptIfRunning= */ false);
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
