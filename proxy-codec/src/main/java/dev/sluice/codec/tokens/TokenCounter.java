package dev.sluice.codec.tokens;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Counts the tokens of whole texts in one encoding, special tokens taken for plain text.
 *
 * <p>May be used by many threads at a time. Nothing is allocated: what merging needs is lent from a few shared places,
 * and only made anew when more threads than there are places count in the same moment, or a single piece of text
 * without a gap is longer than 4 KiB. Thread: any.
 */
public final class TokenCounter {
    /** More loops than this seldom merge in the same microsecond; the arrays are some 100 KiB each at most. */
    private static final int PLACES = 8;

    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(BytePairs[].class);

    private final Encoding encoding;
    private final Vocabulary vocabulary;
    private final @Nullable BytePairs[] places = new BytePairs[PLACES];

    TokenCounter(Encoding encoding, Vocabulary vocabulary) {
        this.encoding = encoding;
        this.vocabulary = vocabulary;
    }

    /**
     * The tokens of the bytes from {@code from} to before {@code to}: well-formed UTF-8. Bytes that are not are counted
     * as they stand and do no harm. Time grows with the length, and with n log n only within a single piece.
     */
    public long count(byte[] utf8, int from, int to) {
        if (from >= to) {
            return 0;
        }
        BytePairs merger = take();
        long tokens = switch (encoding) {
            case O200K_BASE -> countO200k(merger, utf8, from, to);
            case CL100K_BASE -> countCl100k(merger, utf8, from, to);
        };
        give(merger);
        return tokens;
    }

    private long countO200k(BytePairs merger, byte[] utf8, int from, int to) {
        long tokens = 0;
        int at = from;
        while (at < to) {
            int digits = digitsEnd(utf8, at, to);
            if (digits > at) {
                tokens += (digits - at + 2) / 3;
                at = digits;
                continue;
            }
            int end = Pieces.endO200k(utf8, at, to);
            tokens += merger.count(vocabulary, utf8, at, end);
            at = end;
        }
        return tokens;
    }

    private long countCl100k(BytePairs merger, byte[] utf8, int from, int to) {
        long tokens = 0;
        int at = from;
        while (at < to) {
            int digits = digitsEnd(utf8, at, to);
            if (digits > at) {
                tokens += (digits - at + 2) / 3;
                at = digits;
                continue;
            }
            int end = Pieces.endCl100k(utf8, at, to);
            tokens += merger.count(vocabulary, utf8, at, end);
            at = end;
        }
        return tokens;
    }

    /**
     * The end of a run of digits that begins at {@code from}, each three of which are a piece and a token; {@code from}
     * if there is none, or what follows may be a number of another script, which would be a piece with the last ones.
     */
    private int digitsEnd(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to && utf8[at] >= '0' && utf8[at] <= '9') {
            at++;
        }
        boolean ends = at == to || utf8[at] >= 0;
        return ends && vocabulary.digitsAreTokens() ? at : from;
    }

    private BytePairs take() {
        for (int i = 0; i < PLACES; i++) {
            if (places[i] != null) {
                BytePairs taken = (BytePairs) PLACE.getAndSet(places, i, null);
                if (taken != null) {
                    return taken;
                }
            }
        }
        return new BytePairs();
    }

    private void give(BytePairs merger) {
        for (int i = 0; i < PLACES; i++) {
            if (places[i] == null && PLACE.compareAndSet(places, i, null, merger)) {
                return;
            }
        }
    }
}
