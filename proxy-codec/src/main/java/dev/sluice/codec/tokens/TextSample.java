package dev.sluice.codec.tokens;

/**
 * Estimates the tokens of a long text by counting some of it: up to {@value #MOST_WINDOWS} windows of {@value #WINDOW}
 * bytes, spread evenly over the text, whose length is not known while it streams.
 *
 * <p>The text is divided into strides, and from each one window is kept, at a place in it that looks random, so that no
 * period of the text can hide. Whenever all windows are full, one of each two neighbours is dropped and the stride
 * doubles. So what is kept is always spread evenly, takes 16 KiB, and costs no more to count than that. A text that fits
 * is counted whole.
 *
 * <p>A window is counted from its first safe cut to its last, so that no token is counted for having been cut, and what
 * lies between stands for all bytes of the text. What is long before the first or behind the last is part of a run that
 * would never be counted if it were left out. Thread: event loop.
 */
final class TextSample {
    static final int WINDOW = 256;
    static final int MOST_WINDOWS = 64;

    /** A word or less at the edge of a window is left out. */
    private static final int WORD_BYTES = 16;

    private static final int BYTES_PER_TOKEN = 4;
    private static final int MIX = 0x9E3779B9;

    private final byte[] windows = new byte[MOST_WINDOWS * WINDOW];
    private int full;
    /** Bytes of the window that is being filled. */
    private int filled;

    private int stride = WINDOW;
    private long strideStart;
    private long windowStart;
    private long length;

    void add(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to) {
            if (length < windowStart) {
                int skipped = (int) Math.min(to - at, windowStart - length);
                at += skipped;
                length += skipped;
                continue;
            }
            int kept = Math.min(to - at, WINDOW - filled);
            System.arraycopy(utf8, at, windows, full * WINDOW + filled, kept);
            at += kept;
            length += kept;
            filled += kept;
            if (filled == WINDOW) {
                nextWindow();
            }
        }
    }

    /** The estimate of all that was added. */
    long tokens(TokenCounter counter) {
        int stored = full * WINDOW + filled;
        if (stored == length) {
            return counter.count(windows, 0, stored);
        }
        long tokens = 0;
        long bytes = 0;
        for (int window = 0; window < full; window++) {
            int end = (window + 1) * WINDOW;
            int start = firstCodePoint(window * WINDOW, end);
            int firstCut = firstCut(start, end);
            int lastCut = lastCut(firstCut, end);
            int from = firstCut - start < WORD_BYTES ? firstCut : start;
            int to = end - lastCut < WORD_BYTES ? lastCut : end;
            tokens += counter.count(windows, from, to);
            bytes += to - from;
        }
        return (tokens * length + bytes / 2) / bytes;
    }

    /** Without a vocabulary. */
    long roughTokens() {
        return (length + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }

    private void nextWindow() {
        filled = 0;
        full++;
        strideStart += stride;
        if (full == MOST_WINDOWS) {
            thin();
        }
        int room = stride - WINDOW;
        windowStart = strideStart + (room == 0 ? 0 : Integer.remainderUnsigned(scatter((int) strideStart), room + 1));
    }

    private void thin() {
        full = MOST_WINDOWS / 2;
        for (int kept = 0; kept < full; kept++) {
            int chosen = 2 * kept + (scatter(kept + stride) >>> (Integer.SIZE - 1));
            System.arraycopy(windows, chosen * WINDOW, windows, kept * WINDOW, WINDOW);
        }
        // Texts of more than a terabyte would need a wider stride.
        stride = Math.min(stride * 2, 1 << 30);
    }

    private static int scatter(int number) {
        int product = (number ^ number >>> 15) * MIX;
        return (product ^ product >>> 13) * MIX;
    }

    private int firstCodePoint(int from, int to) {
        int start = from;
        while (start < to - 1 && (windows[start] & 0xC0) == 0x80) {
            start++;
        }
        return start;
    }

    /** The first safe cut behind {@code from}, or {@code from} if there is none. */
    private int firstCut(int from, int to) {
        int previous = SafeCuts.NOTHING;
        for (int at = from; at < to; ) {
            int read = CharClass.read(windows, at, to);
            int kind = CharClass.classOf(read);
            if (SafeCuts.EXACT.between(previous, kind)) {
                return at;
            }
            previous = kind;
            at += CharClass.lengthOf(read);
        }
        return from;
    }

    /** The last safe cut behind {@code from}, or {@code to} if there is none. */
    private int lastCut(int from, int to) {
        int previous = SafeCuts.NOTHING;
        int cut = to;
        for (int at = from; at < to; ) {
            int read = CharClass.read(windows, at, to);
            int kind = CharClass.classOf(read);
            if (SafeCuts.EXACT.between(previous, kind)) {
                cut = at;
            }
            previous = kind;
            at += CharClass.lengthOf(read);
        }
        return cut;
    }
}
