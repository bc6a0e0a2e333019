package dev.sluice.gateway.route;

/**
 * A number and when it was written, in the 64 bits that one compare-and-set can exchange: the number as a float, the time
 * in units of 2^20 ns (about a millisecond), which come round again after seven weeks. Thread: any.
 */
final class TimedFloat {
    private static final int UNIT_SHIFT = 20;
    private static final long LOW = 0xffff_ffffL;

    private TimedFloat() {}

    static long pack(double value, long nowNanos) {
        return ((long) Float.floatToRawIntBits((float) value) << 32) | ((nowNanos >>> UNIT_SHIFT) & LOW);
    }

    static double value(long packed) {
        return Float.intBitsToFloat((int) (packed >>> 32));
    }

    /** Since it was written; never negative. */
    static double ageNanos(long packed, long nowNanos) {
        int units = (int) (nowNanos >>> UNIT_SHIFT) - (int) packed;
        return Math.max(0, units) * (double) (1 << UNIT_SHIFT);
    }

    /** What is left of the number when it fades by a factor of e in {@code fadingNanos}. */
    static double faded(long packed, double fadingNanos, long nowNanos) {
        double ageNanos = ageNanos(packed, nowNanos);
        // A busy target is told of several times within one unit of time.
        return ageNanos == 0 ? value(packed) : value(packed) * Math.exp(-ageNanos / fadingNanos);
    }
}
