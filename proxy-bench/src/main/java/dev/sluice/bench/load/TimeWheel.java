package dev.sluice.bench.load;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * When which stream says its next delta. A slot for each tick of 250 us and a list in each: thousands of streams cost one
 * timer. Never early, late by a tick at most. Thread: event loop.
 */
final class TimeWheel {
    static final long TICK_NANOS = 250_000;

    private static final int SLOTS = 1 << 13;

    /** What waits in it: at most once at a time. */
    abstract static class Entry {
        private @Nullable Entry next;
        private long dueTick;

        abstract void onDue();
    }

    private final EventExecutor loop;
    private final @Nullable Entry[] slots = new @Nullable Entry[SLOTS];
    private final Runnable turn = this::turn;
    private long tick;
    private int waiting;
    private boolean turning;

    TimeWheel(EventExecutor loop) {
        this.loop = loop;
    }

    void add(Entry entry, long dueNanos) {
        if (waiting == 0) {
            tick = System.nanoTime() / TICK_NANOS;
        }
        put(entry, Math.max(tick + 1, Math.ceilDiv(dueNanos, TICK_NANOS)));
        if (!turning) {
            turning = true;
            schedule();
        }
    }

    private void put(Entry entry, long dueTick) {
        int slot = (int) dueTick & (SLOTS - 1);
        entry.dueTick = dueTick;
        entry.next = slots[slot];
        slots[slot] = entry;
        waiting++;
    }

    private void turn() {
        long now = System.nanoTime() / TICK_NANOS;
        while (tick < now && waiting > 0) {
            tick++;
            int slot = (int) tick & (SLOTS - 1);
            Entry entry = slots[slot];
            slots[slot] = null;
            while (entry != null) {
                Entry next = entry.next;
                entry.next = null;
                waiting--;
                if (entry.dueTick <= tick) {
                    entry.onDue();
                } else {
                    put(entry, entry.dueTick);
                }
                entry = next;
            }
        }
        turning = waiting > 0;
        if (turning) {
            schedule();
        }
    }

    private void schedule() {
        long wait = (tick + 1) * TICK_NANOS - System.nanoTime();
        loop.schedule(turn, Math.max(wait, 0), TimeUnit.NANOSECONDS);
    }
}
