package dev.sluice.codec.tokens;

/**
 * Merges the bytes of one piece to tokens and says how many are left: of all neighbours whose joint bytes are a token,
 * those of the lowest rank become one, the leftmost first, until no neighbours are a token together.
 *
 * <p>Short pieces, which nearly all are, take an array from which merged parts are deleted: quadratic, but without
 * anything to follow. Long ones take a list in arrays and a heap of candidates, so that a megabyte without a gap costs
 * n log n and not a minute of an event loop. The arrays are kept for the next piece.
 *
 * <p>Most pieces are words that have been counted lately: what came of those of at most {@value #KNOWN_BYTES} bytes is
 * remembered, each in the one place that its bytes decide, 20 KiB in all. The vocabulary itself is some MiB, of which each
 * look-up touches three strange places. Confined to one thread at a time, and to one vocabulary.
 */
final class BytePairs {
    /** Where the heap begins to pay. */
    static final int ARRAY_LIMIT_BYTES = 96;
    /** Arrays for longer pieces are given up after them. */
    private static final int KEEP_BYTES = 4096;

    /** The longest piece that is remembered. */
    private static final int KNOWN_BYTES = 2 * Long.BYTES;

    private static final int KNOWN_BITS = 10;
    private static final long MIX = 0x9E3779B97F4A7C15L;

    private static final int[] NO_INTS = {};
    private static final long[] NO_LONGS = {};

    /** The bytes of the pieces that are remembered, two words each; and their length above their number of tokens. */
    private final long[] known = new long[2 << KNOWN_BITS];

    private final short[] counted = new short[1 << KNOWN_BITS];

    /** Array merge: where each part begins, and the rank of it and its right neighbour. */
    private final int[] starts = new int[ARRAY_LIMIT_BYTES + 1];

    private final int[] ranks = new int[ARRAY_LIMIT_BYTES + 1];

    /** Heap merge, all by the index of a part's first byte: where its neighbours begin, and the rank with the right. */
    private int[] previous = NO_INTS;

    private int[] next = NO_INTS;
    private int[] rankAt = NO_INTS;
    /** Candidates: rank above, index below, so that the least number is the leftmost of the lowest rank. */
    private long[] heap = NO_LONGS;

    private int heapSize;

    /** How many tokens the piece is. */
    int count(Vocabulary vocabulary, byte[] bytes, int from, int to) {
        int length = to - from;
        if (length == 1) {
            return 1;
        }
        if (length > KNOWN_BYTES) {
            return merge(vocabulary, bytes, from, to);
        }
        long first = Words.upToEight(bytes, from, Math.min(length, Long.BYTES));
        long second = length > Long.BYTES ? Words.upToEight(bytes, from + Long.BYTES, length - Long.BYTES) : 0;
        long mixed = (first ^ Long.rotateLeft(second, 29)) * MIX;
        int place = (int) (mixed >>> (Long.SIZE - KNOWN_BITS));
        int tokens = counted[place];
        if (known[2 * place] == first && known[2 * place + 1] == second && tokens >> Byte.SIZE == length) {
            return tokens & 0xFF;
        }
        tokens = merge(vocabulary, bytes, from, to);
        known[2 * place] = first;
        known[2 * place + 1] = second;
        counted[place] = (short) (length << Byte.SIZE | tokens);
        return tokens;
    }

    private int merge(Vocabulary vocabulary, byte[] bytes, int from, int to) {
        if (vocabulary.rank(bytes, from, to) != Vocabulary.NONE) {
            return 1;
        }
        return to - from <= ARRAY_LIMIT_BYTES
                ? mergeInArray(vocabulary, bytes, from, to)
                : mergeWithHeap(vocabulary, bytes, from, to);
    }

    private int mergeInArray(Vocabulary vocabulary, byte[] bytes, int from, int to) {
        int parts = to - from;
        for (int i = 0; i < parts - 1; i++) {
            starts[i] = from + i;
            ranks[i] = vocabulary.pairRank(bytes[from + i], bytes[from + i + 1]);
        }
        starts[parts - 1] = to - 1;
        starts[parts] = to;
        while (parts > 1) {
            int lowest = lowest(parts - 1);
            if (ranks[lowest] == Vocabulary.NONE) {
                break;
            }
            parts--;
            int moved = parts - lowest;
            System.arraycopy(starts, lowest + 2, starts, lowest + 1, moved);
            System.arraycopy(ranks, lowest + 1, ranks, lowest, moved - 1);
            if (lowest < parts - 1) {
                ranks[lowest] = vocabulary.rank(bytes, starts[lowest], starts[lowest + 2]);
            }
            if (lowest > 0) {
                ranks[lowest - 1] = vocabulary.rank(bytes, starts[lowest - 1], starts[lowest + 1]);
            }
        }
        return parts;
    }

    private int lowest(int pairs) {
        int lowest = 0;
        int rank = ranks[0];
        for (int i = 1; i < pairs; i++) {
            if (ranks[i] < rank) {
                rank = ranks[i];
                lowest = i;
            }
        }
        return lowest;
    }

    private int mergeWithHeap(Vocabulary vocabulary, byte[] bytes, int from, int to) {
        int length = to - from;
        makeRoom(length);
        fill(vocabulary, bytes, from, length);
        int parts = length;
        while (heapSize > 0) {
            long candidate = pop();
            int left = (int) candidate;
            // An entry whose part has been merged or has grown since: its rank is no longer that of the part.
            if (rankAt[left] != (int) (candidate >>> Integer.SIZE)) {
                continue;
            }
            int right = next[left];
            int behind = next[right];
            rankAt[right] = Vocabulary.NONE;
            next[left] = behind;
            if (behind < length) {
                previous[behind] = left;
            }
            parts--;
            rate(vocabulary, bytes, from, left, length);
            if (left > 0) {
                rate(vocabulary, bytes, from, previous[left], length);
            }
        }
        if (length > KEEP_BYTES) {
            previous = NO_INTS;
            next = NO_INTS;
            rankAt = NO_INTS;
            heap = NO_LONGS;
        }
        return parts;
    }

    private void makeRoom(int length) {
        if (next.length < length) {
            int room = length > KEEP_BYTES ? length : Integer.highestOneBit(length - 1) * 2;
            previous = new int[room];
            next = new int[room];
            rankAt = new int[room];
            // A merge takes one candidate and gives two at most.
            heap = new long[room * 2];
        }
    }

    private void fill(Vocabulary vocabulary, byte[] bytes, int from, int length) {
        heapSize = 0;
        for (int i = 0; i < length; i++) {
            previous[i] = i - 1;
            next[i] = i + 1;
            rankAt[i] = i + 1 < length ? vocabulary.pairRank(bytes[from + i], bytes[from + i + 1]) : Vocabulary.NONE;
            if (rankAt[i] != Vocabulary.NONE) {
                heap[heapSize++] = candidate(rankAt[i], i);
            }
        }
        for (int i = heapSize / 2 - 1; i >= 0; i--) {
            siftDown(i, heap[i]);
        }
    }

    /** Looks up the rank of the part at {@code left} and the one to its right, which may have become others. */
    private void rate(Vocabulary vocabulary, byte[] bytes, int from, int left, int length) {
        int right = next[left];
        int rank = right < length ? vocabulary.rank(bytes, from + left, from + next[right]) : Vocabulary.NONE;
        rankAt[left] = rank;
        if (rank != Vocabulary.NONE) {
            push(candidate(rank, left));
        }
    }

    private static long candidate(int rank, int left) {
        return (long) rank << Integer.SIZE | left;
    }

    private void push(long candidate) {
        int at = heapSize++;
        while (at > 0) {
            int parent = (at - 1) / 2;
            if (heap[parent] <= candidate) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = candidate;
    }

    private long pop() {
        long top = heap[0];
        long last = heap[--heapSize];
        if (heapSize > 0) {
            siftDown(0, last);
        }
        return top;
    }

    private void siftDown(int hole, long candidate) {
        int at = hole;
        while (true) {
            int child = at * 2 + 1;
            if (child >= heapSize) {
                break;
            }
            if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
                child++;
            }
            if (candidate <= heap[child]) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = candidate;
    }
}
