package dev.sluice.gateway.limit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Counts in a window that slides. Time is cut into ticks, {@value #TICKS} to a window, and what is settled lies in the cell
 * of the tick in which its call was admitted. Any window of that length touches one tick more than it is long, so that many
 * cells count: never is more than the limit admitted in any window, and the price of it is that a cell counts for
 * {@value #TICKS} + 1 ticks instead of {@value #TICKS}, which under a constant crowd admits 1.5 % less than the limit.
 *
 * <p>The sum of all cells and of what open calls hold is one number, on which a call is decided; cells only say what is to
 * be subtracted from it, and when. A cell is closed by taking out its content for good: whoever comes to add to it later
 * sees that its time has passed. Cells are there only where something was settled. Thread: any.
 */
final class RingCounter extends Counter {
    private static final int TICKS = 64;

    /** Ticks that count. */
    private static final int CELLS = TICKS + 1;

    private static final VarHandle LAST;

    static {
        try {
            LAST = MethodHandles.lookup().findVarHandle(RingCounter.class, "lastTick", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long periodNanos;
    private final long tickNanos;
    private final Tally tally = new Tally(0);
    private final AtomicReferenceArray<@Nullable Cell> cells = new AtomicReferenceArray<>(CELLS);
    private volatile long lastTick;

    RingCounter(CounterKey key, long periodNanos, long nanos) {
        super(key);
        this.periodNanos = periodNanos;
        this.tickNanos = periodNanos / TICKS;
        this.lastTick = nanos / tickNanos;
    }

    @Override
    long take(Hold hold, long nanos, long wall, long need, long extra) {
        long tick = advance(nanos);
        long amount = tally.take(need, extra, hold.limit);
        if (amount >= 0) {
            hold.amount = amount;
            hold.mark = tick;
            hold.isOpen = true;
        }
        return amount;
    }

    @Override
    long extend(Hold hold, long nanos, long need, long extra) {
        advance(nanos);
        long amount = tally.extend(hold.amount, need, extra, hold.limit);
        if (amount >= 0) {
            hold.amount = amount;
        }
        return amount;
    }

    @Override
    void settle(Hold hold, long nanos, long actual) {
        advance(nanos);
        // First the cell: nobody is to see the sum without what the cell is about to say.
        boolean counts = actual > 0 && add(hold.mark, actual);
        tally.settle(hold.amount, counts ? actual : 0);
        hold.amount = actual;
        hold.isOpen = false;
    }

    @Override
    long taken(long limit, long nanos, long wall) {
        advance(nanos);
        return tally.taken();
    }

    @Override
    long held(long limit, long nanos, long wall) {
        return tally.held();
    }

    @Override
    long retryMillis(long limit, long nanos, long wall, long need) {
        long last = advance(nanos);
        long missing = tally.taken() + need - limit;
        for (long tick = last - TICKS; tick <= last && missing > 0; tick++) {
            missing -= in(tick);
            if (missing <= 0) {
                return millisUntilOut(tick, nanos);
            }
        }
        // What is missing is held by open calls.
        return missing <= 0 ? 1 : 0;
    }

    @Override
    long resetMillis(long limit, long nanos, long wall) {
        long last = advance(nanos);
        for (long tick = last - TICKS; tick <= last; tick++) {
            if (in(tick) > 0) {
                return millisUntilOut(tick, nanos);
            }
        }
        return 0;
    }

    @Override
    long startMillis(long wall, long nanos) {
        return wall - TimeUnit.NANOSECONDS.toMillis(periodNanos);
    }

    /**
     * Nobody knows when it was spent. It is put where it counts until the ledger has been asked again twice, and the ledger
     * will say so as long as it is true.
     */
    @Override
    void raise(long startMillis, long used, long nanos, long wall) {
        long last = advance(nanos);
        long more = tally.raise(used);
        long asked = LEDGER_NANOS / tickNanos + 1;
        if (more > 0 && !add(last - Math.max(0, TICKS - asked), more)) {
            tally.forget(more);
        }
    }

    /** Each tick by itself, at its end: they are to slide out when they would have, and not before. */
    @Override
    void save(Pieces pieces, long nanos, long wall) {
        long last = advance(nanos);
        for (long tick = last - TICKS; tick <= last; tick++) {
            long content = in(tick);
            if (content > 0) {
                pieces.add(wall - TimeUnit.NANOSECONDS.toMillis(nanos - (tick + 1) * tickNanos), content);
            }
        }
    }

    @Override
    void restore(long startMillis, long used, long nanos, long wall) {
        long last = advance(nanos);
        long age = Math.max(0, TimeUnit.MILLISECONDS.toNanos(wall - startMillis));
        long tick = Math.min(last, Math.floorDiv(nanos - age, tickNanos));
        if (add(tick, used)) {
            tally.add(used);
        }
    }

    private static final long LEDGER_NANOS = TimeUnit.SECONDS.toNanos(150);

    @Override
    boolean putAway(long nanos, long wall, boolean evenIfUsed) {
        advance(nanos);
        long taken = tally.taken();
        return (taken == 0 || evenIfUsed) && tally.putAway(taken);
    }

    @Override
    boolean isGone() {
        return tally.isGone();
    }

    @Override
    long windowNumber(long nanos, long wall) {
        return 1 + nanos / Math.max(periodNanos, TimeUnit.MINUTES.toNanos(1));
    }

    /** @return the tick it is, for this counter: never one before that of another call */
    private long advance(long nanos) {
        long tick = nanos / tickNanos;
        while (true) {
            long last = lastTick;
            if (tick <= last) {
                return last;
            }
            // First the tick: whoever adds to a cell that is about to be emptied looks at it once more afterwards.
            if (LAST.compareAndSet(this, last, tick)) {
                for (long passed = Math.max(last + 1, tick - TICKS); passed <= tick; passed++) {
                    empty(cells.get(place(passed)), passed - CELLS);
                }
                return tick;
            }
        }
    }

    /** Empties {@code cell} if it is of {@code tick} or older. */
    private void empty(@Nullable Cell cell, long tick) {
        if (cell != null && cell.tick <= tick) {
            long content = cell.close();
            if (content > 0) {
                tally.forget(content);
            }
            cells.compareAndSet(place(cell.tick), cell, null);
        }
    }

    /** @return false when that tick does not count any more */
    private boolean add(long tick, long amount) {
        int place = place(tick);
        while (tick > lastTick - CELLS) {
            Cell cell = cells.get(place);
            if (cell == null) {
                // Whoever is first: the next time round it is there.
                cells.compareAndSet(place, null, new Cell(tick));
            } else if (cell.tick < tick) {
                empty(cell, tick - CELLS);
            } else if (cell.tick > tick) {
                return false;
            } else if (cell.add(amount)) {
                if (tick <= lastTick - CELLS) {
                    // It slid out in between, perhaps unseen. Who closes it subtracts all of it: then it must be in the
                    // sum.
                    empty(cell, tick);
                }
                return true;
            }
        }
        return false;
    }

    private long in(long tick) {
        Cell cell = cells.get(place(tick));
        return cell == null || cell.tick != tick ? 0 : cell.content();
    }

    private long millisUntilOut(long tick, long nanos) {
        return Math.max(1, ((tick + CELLS) * tickNanos - nanos + 999_999) / 1_000_000);
    }

    private static int place(long tick) {
        return Math.floorMod(tick, CELLS);
    }

    /** What was settled of the calls admitted in one tick. */
    private static final class Cell {
        private static final long CLOSED = -1;
        private static final VarHandle CONTENT;

        static {
            try {
                CONTENT = MethodHandles.lookup().findVarHandle(Cell.class, "content", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final long tick;
        private volatile long content;

        Cell(long tick) {
            this.tick = tick;
        }

        boolean add(long amount) {
            while (true) {
                long before = content;
                if (before == CLOSED) {
                    return false;
                }
                if (CONTENT.compareAndSet(this, before, before + amount)) {
                    return true;
                }
            }
        }

        /** @return what it held; 0 or less when it was closed before */
        long close() {
            return (long) CONTENT.getAndSet(this, CLOSED);
        }

        long content() {
            return Math.max(0, content);
        }
    }
}
