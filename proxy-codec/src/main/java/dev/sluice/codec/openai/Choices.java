package dev.sluice.codec.openai;

/**
 * Which choices of an answer have been seen and which have finished. Two words of bits each: the dialect allows 128
 * choices; any index beyond shares the last place. Once finished stays finished: hosts send filter results, with a
 * finish reason of null, after the finish.
 *
 * <p>Thread: event loop.
 */
final class Choices {
    private static final int LAST = 127;

    private long seenLow;
    private long seenHigh;
    private long finishedLow;
    private long finishedHigh;

    /** Where the choice of this index is kept. */
    static int place(long index) {
        return index < 0 || index > LAST ? LAST : (int) index;
    }

    void onChoice(long index, boolean finished) {
        int place = place(index);
        long bit = 1L << place;
        if (place < Long.SIZE) {
            seenLow |= bit;
            finishedLow |= finished ? bit : 0;
        } else {
            seenHigh |= bit;
            finishedHigh |= finished ? bit : 0;
        }
    }

    boolean isFinished(int place) {
        return ((place < Long.SIZE ? finishedLow : finishedHigh) & 1L << place) != 0;
    }

    /** Whether there has been a choice, and each one that has been seen has finished. */
    boolean allFinished() {
        return (seenLow | seenHigh) != 0 && seenLow == finishedLow && seenHigh == finishedHigh;
    }
}
