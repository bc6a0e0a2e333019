package dev.sluice.gateway.exchange;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Calls everything that has a deadline ten times a second, instead of a timer for each: a stream's chunk then costs no
 * clock reading and no timer, only a flag that the next tick looks at. Deadlines are met within one tick. Thread: event
 * loop.
 */
public final class LoopTicker {

    /** How late a deadline may be noticed. */
    public static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Has deadlines. */
    public interface Ticking {
        void onTick(long nowNanos);
    }

    /** A place in the list; made once by its owner. */
    public static final class Node {
        private final Ticking owner;
        private @Nullable Node previous;
        private @Nullable Node next;
        private boolean linked;

        public Node(Ticking owner) {
            this.owner = owner;
        }
    }

    private final EventLoop eventLoop;
    private @Nullable Node first;
    /** The node to be called next, so that owners may remove any node while they are called. */
    private @Nullable Node cursor;

    private boolean scheduled;

    public LoopTicker(EventLoop eventLoop) {
        this.eventLoop = eventLoop;
    }

    public void add(Node node) {
        if (node.linked) {
            return;
        }
        node.linked = true;
        node.next = first;
        if (first != null) {
            first.previous = node;
        }
        first = node;
        schedule();
    }

    public void remove(Node node) {
        if (!node.linked) {
            return;
        }
        node.linked = false;
        if (cursor == node) {
            cursor = node.next;
        }
        if (node.previous == null) {
            first = node.next;
        } else {
            node.previous.next = node.next;
        }
        if (node.next != null) {
            node.next.previous = node.previous;
        }
        node.previous = null;
        node.next = null;
    }

    public long nanoTime() {
        return eventLoop.ticker().nanoTime();
    }

    private void schedule() {
        if (!scheduled && !eventLoop.isShuttingDown()) {
            scheduled = true;
            eventLoop.schedule(this::tick, TICK_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    private void tick() {
        scheduled = false;
        tickNow();
        // An idle loop is left alone.
        if (first != null) {
            schedule();
        }
    }

    /** Calls everybody out of turn. */
    void tickNow() {
        long now = nanoTime();
        cursor = first;
        while (cursor != null) {
            Node node = cursor;
            cursor = node.next;
            node.owner.onTick(now);
        }
    }
}
