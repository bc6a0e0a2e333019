package dev.sluice.gateway.redis;

/** How much was spent of late: over a window of a given length, or up to an eighth more. Confined to its {@link Life}. */
final class Recent {
    private static final int PARTS = 8;

    private final long partNanos;
    private final long[] spent = new long[PARTS + 1];
    private long newest = Long.MIN_VALUE;

    Recent(long lengthNanos) {
        partNanos = Math.max(1, lengthNanos / PARTS);
    }

    void add(long units, long nowNanos) {
        moveTo(nowNanos);
        spent[slot(newest)] += units;
    }

    long sum(long nowNanos) {
        moveTo(nowNanos);
        long sum = 0;
        for (long part : spent) {
            sum += part;
        }
        return sum;
    }

    private void moveTo(long nowNanos) {
        long part = Math.floorDiv(nowNanos, partNanos);
        if (newest == Long.MIN_VALUE) {
            newest = part;
        }
        for (long steps = Math.min(part - newest, spent.length); steps > 0; steps--) {
            spent[slot(part - steps + 1)] = 0;
        }
        newest = Math.max(newest, part);
    }

    private int slot(long part) {
        return (int) Math.floorMod(part, (long) spent.length);
    }
}
