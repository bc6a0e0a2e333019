package dev.sluice.gateway.http1;

import io.netty.buffer.ByteBuf;

/**
 * Takes the chunked framing off a body, in the very buffer it came in: what is payload of one read is moved together, so
 * that it goes on as one piece without a slice or an object for each chunk. A chunk that fills its read is not moved at
 * all.
 *
 * <p>By the letter of RFC 9112: a size is 1 to 8 hexadecimal digits, CRLF alone ends a line, extensions and trailers are
 * read, bounded, and dropped. What goes on is framed anew, so that nothing of the framing travels.
 *
 * <p>One for each body at a time; {@link #reset} before the next. Thread: event loop.
 */
public final class ChunkedDecoder {

    private static final int MAX_SIZE_DIGITS = 8;
    /** Of all extensions and all trailers of a body. */
    private static final int MAX_IGNORED_BYTES = 8 * 1024;

    private static final short CRLF = '\r' << 8 | '\n';

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        /** Where a trailer begins, or the end. */
        TRAILER_START,
        TRAILER_NAME,
        TRAILER_VALUE,
        TRAILER_LF,
        END_LF,
        COMPLETE,
        MALFORMED
    }

    private State state = State.SIZE;
    private long size;
    private int digits;
    private int ignored;
    private int surplusStart;

    /** For the next body. */
    public void reset() {
        state = State.SIZE;
        size = 0;
        digits = 0;
        ignored = 0;
    }

    /**
     * Takes the framing off the readable bytes: afterwards those that are readable are payload. Borrows {@code bytes} and
     * writes into it.
     *
     * @return how many bytes behind the body's end have been read along, 0 unless {@link #isComplete}; they begin at {@link
     *     #surplusStart}
     */
    public int decode(ByteBuf bytes) {
        int end = bytes.writerIndex();
        int at = bytes.readerIndex();
        int payloadStart = at;
        int payloadEnd = at;
        while (at < end && state != State.COMPLETE && state != State.MALFORMED) {
            if (state != State.DATA) {
                at = framing(bytes, at, end);
                continue;
            }
            int length = (int) Math.min(size, end - at);
            if (payloadEnd == payloadStart) {
                payloadStart = at;
                payloadEnd = at;
            } else {
                bytes.setBytes(payloadEnd, bytes, at, length);
            }
            payloadEnd += length;
            at += length;
            size -= length;
            if (size == 0) {
                state = State.DATA_CR;
            }
        }
        bytes.setIndex(payloadStart, payloadEnd);
        surplusStart = at;
        return state == State.COMPLETE ? end - at : 0;
    }

    /** Whether the body has ended, by its own framing. */
    public boolean isComplete() {
        return state == State.COMPLETE;
    }

    /** Whether this is no chunked body; nothing of it can be read any more. */
    public boolean isMalformed() {
        return state == State.MALFORMED;
    }

    /** Where, in the buffer of the last {@link #decode}, the first byte stands that is not the body's. */
    public int surplusStart() {
        return surplusStart;
    }

    /**
     * Reads on in what is no payload, and gives where it has got to. What most chunks have, digits and line ends that were
     * read whole, takes no step for each byte.
     */
    private int framing(ByteBuf bytes, int from, int end) {
        int at = from;
        if (state == State.SIZE) {
            int digit = hex(bytes.getByte(at));
            while (digit >= 0 && ++digits <= MAX_SIZE_DIGITS) {
                size = size << 4 | digit;
                if (++at == end) {
                    return at;
                }
                digit = hex(bytes.getByte(at));
            }
        }
        if (end - at >= 2 && bytes.getShort(at) == CRLF) {
            State next = stateBehindLine();
            if (next != state) {
                state = next;
                return at + 2;
            }
        }
        step(bytes.getByte(at));
        return at + 1;
    }

    /** Where CRLF leads from here; the state itself where the bytes have to be taken singly. */
    private State stateBehindLine() {
        return switch (state) {
            case SIZE -> {
                if (digits == 0 || digits > MAX_SIZE_DIGITS) {
                    yield State.MALFORMED;
                }
                digits = 0;
                yield size == 0 ? State.TRAILER_START : State.DATA;
            }
            case DATA_CR -> State.SIZE;
            case TRAILER_START -> State.COMPLETE;
            case EXTENSION,
                    SIZE_LF,
                    DATA,
                    DATA_LF,
                    TRAILER_NAME,
                    TRAILER_VALUE,
                    TRAILER_LF,
                    END_LF,
                    COMPLETE,
                    MALFORMED -> state;
        };
    }

    private void step(byte b) {
        switch (state) {
            case SIZE -> size(b);
            case EXTENSION -> {
                if (b == '\r') {
                    state = State.SIZE_LF;
                } else {
                    ignore(b);
                }
            }
            case SIZE_LF -> {
                boolean last = size == 0;
                digits = 0;
                expect(b, '\n', last ? State.TRAILER_START : State.DATA);
            }
            case DATA_CR -> expect(b, '\r', State.DATA_LF);
            case DATA_LF -> expect(b, '\n', State.SIZE);
            case TRAILER_START -> {
                if (b == '\r') {
                    state = State.END_LF;
                } else {
                    state = State.TRAILER_NAME;
                    trailerName(b, /* first= */ true);
                }
            }
            case TRAILER_NAME -> trailerName(b, /* first= */ false);
            case TRAILER_VALUE -> {
                if (b == '\r') {
                    state = State.TRAILER_LF;
                } else {
                    ignore(b);
                }
            }
            case TRAILER_LF -> expect(b, '\n', State.TRAILER_START);
            case END_LF -> expect(b, '\n', State.COMPLETE);
            case DATA, COMPLETE, MALFORMED -> throw new IllegalStateException(state.toString());
        }
    }

    /** Behind the digits. */
    private void size(byte b) {
        boolean number = digits > 0 && digits <= MAX_SIZE_DIGITS;
        if (number && b == '\r') {
            state = State.SIZE_LF;
        } else if (number && b == ';') {
            state = State.EXTENSION;
        } else {
            state = State.MALFORMED;
        }
    }

    private void trailerName(byte b, boolean first) {
        if (b == ':' && !first) {
            state = State.TRAILER_VALUE;
        } else if (FieldParser.isTokenChar(b)) {
            ignore(b);
        } else {
            state = State.MALFORMED;
        }
    }

    private void ignore(byte b) {
        if (++ignored > MAX_IGNORED_BYTES || !FieldParser.isValueByte(b)) {
            state = State.MALFORMED;
        }
    }

    private void expect(byte b, char wanted, State next) {
        state = b == wanted ? next : State.MALFORMED;
    }

    private static int hex(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        int lower = b | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }
}
