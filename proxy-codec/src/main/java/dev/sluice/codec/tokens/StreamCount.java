package dev.sluice.codec.tokens;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The exact number of tokens of a text that is still growing: one channel of one choice of one answer.
 *
 * <p>Adding up the counts of pieces as they arrive would be wrong by a third to a double, because tokens are cut with
 * them. So the text is held back from its last safe cut on (see {@link SafeCuts}); what stands before a safe cut is
 * counted once and forgotten. In real text the tail is some ten characters, and some {@value #COMMIT_BYTES} more wait
 * there to be counted at one go. A text without a safe cut in 4,096 characters, such as a run of base64, is cut anyway
 * and is approximate from then on, by less than one token for each such cut.
 *
 * <pre>
 *   tail   | the quick brown| fox jumps ov E2 82
 *          0                ^ lastCut     ^     ^ length + pending (a sequence that is not complete)
 *                                         length
 * </pre>
 *
 * <p>A long piece of ASCII, as a whole answer is, is counted where it stands, between its first safe cut and its last.
 *
 * <p>While the vocabulary is not there, up to 16 KiB of text wait for it, and what does not fit is taken for a quarter
 * of its bytes. May be used for one text after another: {@link #begin}. Thread: event loop.
 */
public final class StreamCount {
    /** Counting in larger steps is no faster, and smaller ones pay for each call. */
    static final int COMMIT_BYTES = 64;
    /** The tail is cut anyway beyond this many code points. */
    static final int TAIL_LIMIT_CHARS = 4096;

    /** How much of such a run is counted. */
    private static final int SAMPLE_CHARS = 512;
    /** What waits for a vocabulary. */
    static final int WAIT_LIMIT_BYTES = 16 * 1024;

    private static final int BYTES_PER_TOKEN = 4;
    /** Long texts are taken in such steps, so that the buffer stays small. */
    private static final int STEP_BYTES = 512;

    /** What is counted where it stands: at least and at most so much at a time. */
    private static final int LONG_BYTES = 64;

    private static final int LONGEST_BYTES = 2048;

    private static final int FIRST_CAPACITY = 128;
    /** A buffer that had to grow above this is given up when it is no longer needed. */
    private static final int KEEP_CAPACITY = 1024;
    /** A replacement character for an unfinished sequence, and the longest sequence. */
    private static final int SPARE_BYTES = 8;

    private static final long HIGH_BITS = 0x8080808080808080L;
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};
    private static final int SURROGATE_BYTES = 3;

    private CounterSource source;
    private final SafeCuts cuts;
    private final int commitBytes;
    private @Nullable TokenCounter counter;

    private byte[] tail = new byte[FIRST_CAPACITY];
    private int length;
    private int pending;
    /** Bytes of the sequence that is pending, when it is complete. */
    private int wanted;
    /** The last three bytes are a high surrogate, which waits for the low one. */
    private boolean highHeld;

    private int previous = SafeCuts.NOTHING;
    private int lastCut;
    private long committed;
    private boolean approximate;
    /** What {@link #total} has made of the tail; -1 when that has changed since. */
    private long tailTokens = -1;

    public StreamCount(Encoding encoding) {
        this(encoding, SafeCuts.EXACT, COMMIT_BYTES);
    }

    StreamCount(CounterSource source, SafeCuts cuts, int commitBytes) {
        this.source = source;
        this.cuts = cuts;
        this.commitBytes = commitBytes;
    }

    /** Forgets the text: another one begins. */
    public void begin(Encoding encoding) {
        if (source != encoding) {
            source = encoding;
            counter = null;
        }
        length = 0;
        pending = 0;
        highHeld = false;
        previous = SafeCuts.NOTHING;
        lastCut = 0;
        committed = 0;
        approximate = false;
        tailTokens = -1;
        if (tail.length > KEEP_CAPACITY) {
            tail = new byte[FIRST_CAPACITY];
        }
    }

    /**
     * More of the text: UTF-8, cut anywhere. Surrogates may come as three bytes each, as if they were code points of
     * their own: a high one and the low one behind it are one code point, and one that stays alone is U+FFFD, as is
     * whatever is not UTF-8.
     */
    public void append(byte[] utf8, int from, int to) {
        tailTokens = -1;
        for (int at = from; at < to; ) {
            if (to - at >= LONG_BYTES) {
                int behind = countInPlace(utf8, at, Math.min(to, at + LONGEST_BYTES));
                if (behind > at) {
                    at = behind;
                    continue;
                }
            }
            int end = Math.min(to, at + STEP_BYTES);
            take(utf8, at, end);
            if (lastCut >= commitBytes || length > TAIL_LIMIT_CHARS) {
                settle();
            }
            at = end;
        }
    }

    /**
     * Counts what is ASCII between a first and a last safe cut, the text before it included; gives the index up to which
     * all has been taken, {@code from} if nothing could be counted so.
     */
    private int countInPlace(byte[] utf8, int from, int to) {
        if (pending > 0 || highHeld) {
            return from;
        }
        TokenCounter available = counter();
        int end = asciiEnd(utf8, from, to);
        if (available == null || end - from < LONG_BYTES) {
            return from;
        }
        int first = from;
        int before = previous;
        while (first < end) {
            int kind = CharClass.ofAscii(utf8[first]);
            if (cuts.between(before, kind) || before == SafeCuts.NOTHING) {
                break;
            }
            before = kind;
            first++;
        }
        int last = end - 1;
        while (last > first && !cuts.between(CharClass.ofAscii(utf8[last - 1]), CharClass.ofAscii(utf8[last]))) {
            last--;
        }
        // A run without a place to cut must not outgrow what is counted of such a run.
        if (last <= first || length + first - from > TAIL_LIMIT_CHARS) {
            return from;
        }
        take(utf8, from, first);
        if (length > 0) {
            commit(length);
        }
        committed += available.count(utf8, first, last);
        previous = CharClass.ofAscii(utf8[last - 1]);
        take(utf8, last, end);
        return end;
    }

    private static int asciiEnd(byte[] utf8, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to && (Words.eight(utf8, at) & HIGH_BITS) == 0) {
            at += Long.BYTES;
        }
        while (at < to && utf8[at] >= 0) {
            at++;
        }
        return at;
    }

    /** What follows does not continue the text before. A sequence that is not complete is U+FFFD. */
    public void boundary() {
        tailTokens = -1;
        if (pending > 0) {
            pending = 0;
            ensure(SPARE_BYTES);
            addReplacement();
        }
        settleHigh();
        if (length > 0) {
            commit(length);
        }
        previous = SafeCuts.NOTHING;
    }

    /** Tokens up to the last safe cut that was counted: a lower bound while it is exact, and never fewer than before. */
    public long committed() {
        return committed;
    }

    /** Tokens of the text so far; exact unless {@link #isApproximate()}. A sequence that is not complete is no text. */
    public long total() {
        TokenCounter available = counter();
        if (available == null) {
            return committed + estimate(length);
        }
        if (tailTokens < 0) {
            tailTokens = countTail(available);
        }
        return committed + tailTokens;
    }

    private long countTail(TokenCounter available) {
        if (!highHeld) {
            return available.count(tail, 0, length);
        }
        int high = length - SURROGATE_BYTES;
        byte second = tail[high + 1];
        byte third = tail[high + 2];
        System.arraycopy(REPLACEMENT, 0, tail, high, SURROGATE_BYTES);
        long tokens = available.count(tail, 0, length);
        tail[high] = (byte) 0xED;
        tail[high + 1] = second;
        tail[high + 2] = third;
        return tokens;
    }

    /** At least {@link #total()}, for nothing: no token is shorter than a byte. */
    public long upperBound() {
        return committed + length + pending;
    }

    /** Whether the total is not exact: a cut was forced, or the vocabulary was not there in time. */
    public boolean isApproximate() {
        return approximate || (length > 0 && counter() == null);
    }

    /** Bytes of memory for text. */
    int capacity() {
        return tail.length;
    }

    private void take(byte[] utf8, int from, int to) {
        ensure(to - from + SPARE_BYTES);
        for (int at = from; at < to; at++) {
            byte value = utf8[at];
            if (value >= 0 && pending == 0 && !highHeld) {
                step(CharClass.ofAscii(value), length);
                tail[length++] = value;
            } else {
                takeSequence(value & 0xFF);
                ensure(to - at + SPARE_BYTES);
            }
        }
    }

    /** One byte that is not ASCII, or stands behind something unfinished. */
    private void takeSequence(int value) {
        if (pending > 0) {
            if (continues(value)) {
                tail[length + pending++] = (byte) value;
                if (pending == wanted) {
                    pending = 0;
                    complete();
                }
                return;
            }
            pending = 0;
            addReplacement();
        }
        wanted = sequenceLength(value);
        if (wanted == 0) {
            addReplacement();
            return;
        }
        tail[length] = (byte) value;
        if (wanted == 1) {
            complete();
        } else {
            pending = 1;
        }
    }

    /** A sequence of {@link #wanted} bytes stands behind the text. */
    private void complete() {
        if (wanted == SURROGATE_BYTES && tail[length] == (byte) 0xED && (tail[length + 1] & 0xFF) >= 0xA0) {
            surrogate((tail[length + 1] & 0xFF) < 0xB0);
            return;
        }
        settleHigh();
        step(CharClass.classOf(CharClass.read(tail, length, length + wanted)), length);
        length += wanted;
    }

    private void surrogate(boolean high) {
        if (high) {
            settleHigh();
            length += SURROGATE_BYTES;
            highHeld = true;
        } else if (highHeld) {
            int start = length - SURROGATE_BYTES;
            int above = 0x10000 + (tenBits(start) << 10);
            int codePoint = above + tenBits(length);
            tail[start] = (byte) (0xF0 | codePoint >> 18);
            tail[start + 1] = (byte) (0x80 | (codePoint >> 12 & 0x3F));
            tail[start + 2] = (byte) (0x80 | (codePoint >> 6 & 0x3F));
            tail[start + 3] = (byte) (0x80 | (codePoint & 0x3F));
            highHeld = false;
            step(CharClass.of(codePoint), start);
            length = start + 4;
        } else {
            addReplacement();
        }
    }

    /** What a surrogate stands for. */
    private int tenBits(int at) {
        return (tail[at + 1] & 0x0F) << 6 | (tail[at + 2] & 0x3F);
    }

    private void addReplacement() {
        settleHigh();
        System.arraycopy(REPLACEMENT, 0, tail, length, REPLACEMENT.length);
        step(CharClass.OTHER, length);
        length += REPLACEMENT.length;
    }

    /** No low surrogate follows the high one that was held. */
    private void settleHigh() {
        if (highHeld) {
            highHeld = false;
            length -= SURROGATE_BYTES;
            // What has been put behind it stays where it is.
            System.arraycopy(REPLACEMENT, 0, tail, length, SURROGATE_BYTES);
            step(CharClass.OTHER, length);
            length += SURROGATE_BYTES;
        }
    }

    private void step(int characterClass, int start) {
        if (cuts.between(previous, characterClass)) {
            lastCut = start;
        }
        previous = characterClass;
    }

    /** Whether the byte goes on with the sequence that is pending. Surrogates may; what is longer than need be may not. */
    private boolean continues(int value) {
        if ((value & 0xC0) != 0x80) {
            return false;
        }
        if (pending > 1) {
            return true;
        }
        return switch (tail[length] & 0xFF) {
            case 0xE0 -> value >= 0xA0;
            case 0xF0 -> value >= 0x90;
            case 0xF4 -> value < 0x90;
            default -> true;
        };
    }

    private static int sequenceLength(int lead) {
        if (lead < 0x80) {
            return 1;
        }
        if (lead < 0xC2 || lead > 0xF4) {
            return 0;
        }
        return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    }

    private void settle() {
        if (counter() == null) {
            if (length > WAIT_LIMIT_BYTES) {
                commit(lastCut > 0 ? lastCut : settled());
            }
            return;
        }
        if (lastCut > 0) {
            commit(lastCut);
        }
        while (length > TAIL_LIMIT_CHARS) {
            int cut = endOfChars(TAIL_LIMIT_CHARS);
            if (cut == settled()) {
                break;
            }
            approximate = true;
            commitSample(cut);
        }
    }

    /**
     * Counts the beginning of what stands before {@code cut}, takes the rest to be like it, and forgets it. A run without
     * a place to cut is no language: to count all of it would cost a thousand times what prose does, on an event loop.
     */
    private void commitSample(int cut) {
        TokenCounter available = counter();
        int sample = Math.min(cut, endOfChars(SAMPLE_CHARS));
        if (available == null || sample == 0) {
            commit(cut);
            return;
        }
        committed += (available.count(tail, 0, sample) * cut + sample / 2) / sample;
        forget(cut);
    }

    /** The end of the first {@code count} code points, or of all that are complete if there are no more. */
    private int endOfChars(int count) {
        int end = settled();
        int left = count;
        for (int at = 0; at < end; at++) {
            if ((tail[at] & 0xC0) != 0x80 && left-- == 0) {
                return at;
            }
        }
        return end;
    }

    private int settled() {
        return highHeld ? length - SURROGATE_BYTES : length;
    }

    /** Counts what stands before {@code cut} and forgets it. */
    private void commit(int cut) {
        TokenCounter available = counter();
        if (available == null) {
            approximate = true;
            committed += estimate(cut);
        } else {
            committed += available.count(tail, 0, cut);
        }
        forget(cut);
    }

    private void forget(int cut) {
        byte[] kept = tail;
        int rest = length + pending - cut;
        if (tail.length > KEEP_CAPACITY && rest < FIRST_CAPACITY) {
            tail = new byte[KEEP_CAPACITY / 2];
        }
        System.arraycopy(kept, cut, tail, 0, rest);
        length -= cut;
        lastCut = 0;
    }

    private static long estimate(int bytes) {
        return ((long) bytes + BYTES_PER_TOKEN - 1) / BYTES_PER_TOKEN;
    }

    private @Nullable TokenCounter counter() {
        TokenCounter available = counter;
        if (available == null) {
            available = source.counterIfLoaded();
            counter = available;
        }
        return available;
    }

    private void ensure(int more) {
        int needed = length + pending + more;
        if (needed > tail.length) {
            tail = Arrays.copyOf(tail, Math.max(needed, tail.length * 2));
        }
    }
}
