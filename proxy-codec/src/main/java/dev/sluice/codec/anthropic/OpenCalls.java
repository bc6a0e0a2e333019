package dev.sluice.codec.anthropic;

/**
 * The calls of a stream whose blocks have begun and not ended. In all that has been recorded it is one at a time, but
 * the format numbers blocks, so numbers decide. Of more than {@value #MAX} the oldest is forgotten.
 *
 * <p>Thread: event loop.
 */
final class OpenCalls {
    static final int NONE = -1;
    private static final int MAX = 16;

    private final long[] blocks = new long[MAX];
    private final int[] calls = new int[MAX];
    /** Whether any of its arguments have been told. */
    private final boolean[] argued = new boolean[MAX];

    private int count;

    void begin(long block, int call) {
        if (count == MAX) {
            remove(0);
        }
        blocks[count] = block;
        calls[count] = call;
        argued[count] = false;
        count++;
    }

    /** The call in {@code block}; {@link #NONE} when there is none. */
    int call(long block) {
        int at = at(block);
        return at < 0 ? NONE : calls[at];
    }

    /** The call that began last of those that are open. */
    int last() {
        return count == 0 ? NONE : calls[count - 1];
    }

    /** The number of a block whose call is open; with {@link #last} the block that began last. */
    long lastBlock() {
        return count == 0 ? NONE : blocks[count - 1];
    }

    void setArgued(int call) {
        for (int i = 0; i < count; i++) {
            argued[i] |= calls[i] == call;
        }
    }

    boolean isArgued(long block) {
        int at = at(block);
        return at >= 0 && argued[at];
    }

    void end(long block) {
        int at = at(block);
        if (at >= 0) {
            remove(at);
        }
    }

    private int at(long block) {
        for (int i = count - 1; i >= 0; i--) {
            if (blocks[i] == block) {
                return i;
            }
        }
        return NONE;
    }

    private void remove(int at) {
        int behind = count - at - 1;
        System.arraycopy(blocks, at + 1, blocks, at, behind);
        System.arraycopy(calls, at + 1, calls, at, behind);
        System.arraycopy(argued, at + 1, argued, at, behind);
        count--;
    }
}
