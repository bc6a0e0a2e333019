package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads one answer after the other of a connection, byte by byte, and tells which deltas came when. Strict: framing that
 * does not end, a delta that is missing and a stream without its end mark are each a {@link Flaw}. Thread: event loop.
 */
final class AnswerCheck {
    /** Who is told. */
    interface Listener {
        /** A delta has arrived. */
        void onDelta(int index, long stampNanos);

        /** The answer is over; the connection can have the next one. */
        void onEnd(int deltas);

        /** The answer is not what was asked for, and neither is what follows on this connection. */
        void onFlaw(Flaw flaw, String detail);
    }

    private enum State {
        IDLE,
        HEAD,
        LENGTH,
        SIZE,
        DATA,
        DATA_END,
        TRAILER
    }

    private static final int LONGEST_HEAD = 16 * 1024;
    private static final int KEPT_OF_ERROR = 400;
    /** The last eight bytes of a stream: {@code [DONE]} and an empty line. */
    private static final long DONE = 0x5b444f4e455d0a0aL;

    private final Listener listener;
    private final byte[] read;
    private final StringBuilder error = new StringBuilder();

    private byte[] head = new byte[512];
    private State state = State.IDLE;
    private boolean streamed;
    private boolean refused;
    private int expected;
    private int headLength;
    private long rest;
    private int lineLength;

    private int deltas;
    private int marker;
    private long number;
    private int index;
    private long lastBytes;

    /** @param read room for a read, shared by the connections of an event loop */
    AnswerCheck(Listener listener, byte[] read) {
        this.listener = listener;
        this.read = read;
    }

    /** The next answer is to have so many deltas. */
    void expect(int chunks, boolean asStream) {
        state = State.HEAD;
        expected = chunks;
        streamed = asStream;
        refused = false;
        headLength = 0;
        deltas = 0;
        marker = 0;
        lastBytes = 0;
        error.setLength(0);
    }

    /** How many deltas have come of the answer that is read. */
    int deltas() {
        return deltas;
    }

    boolean isOpen() {
        return state != State.IDLE;
    }

    /** Borrows the buffer. */
    void read(ByteBuf in) {
        while (in.isReadable()) {
            int length = Math.min(in.readableBytes(), read.length);
            in.readBytes(read, 0, length);
            int at = 0;
            while (at < length) {
                at = step(at, length);
                if (at < 0) {
                    state = State.IDLE;
                    return;
                }
            }
        }
    }

    /** @return where it goes on; -1 when nothing can follow */
    private int step(int at, int to) {
        return switch (state) {
            case IDLE -> flaw(Flaw.MALFORMED, "bytes behind the answer");
            case HEAD -> head(at, to);
            case LENGTH, DATA -> payload(at, (int) Math.min(to, at + rest));
            case SIZE -> size(read[at], at + 1);
            case DATA_END -> dataEnd(read[at], at + 1);
            case TRAILER -> trailer(read[at], at + 1);
        };
    }

    private int flaw(Flaw flaw, String detail) {
        listener.onFlaw(flaw, detail);
        return -1;
    }

    private int head(int from, int to) {
        for (int at = from; at < to; at++) {
            if (headLength == LONGEST_HEAD) {
                return flaw(Flaw.MALFORMED, "a head of more than " + LONGEST_HEAD + " bytes");
            }
            if (headLength == head.length) {
                head = Arrays.copyOf(head, headLength * 2);
            }
            head[headLength++] = read[at];
            if (read[at] == '\n' && headLength >= 4 && head[headLength - 3] == '\n') {
                return begin(new String(head, 0, headLength, ISO_8859_1).toLowerCase(Locale.ROOT)) ? at + 1 : -1;
            }
        }
        return to;
    }

    private boolean begin(String text) {
        refused = !text.startsWith("http/1.1 200");
        if (refused) {
            error.append(text, 0, text.indexOf('\r')).append(' ');
        }
        int length = text.indexOf("\r\ncontent-length:");
        if (length >= 0) {
            state = State.LENGTH;
            rest = Long.parseLong(text.substring(length + 17, text.indexOf("\r\n", length + 2))
                    .strip());
            return rest > 0 || end();
        }
        if (text.contains("\r\ntransfer-encoding: chunked") || text.contains("\r\ntransfer-encoding:chunked")) {
            state = State.SIZE;
            rest = 0;
            lineLength = 0;
            return true;
        }
        return flaw(Flaw.MALFORMED, "neither a length nor chunks: " + text.strip()) >= 0;
    }

    private int size(byte one, int next) {
        int digit = Character.digit(one, 16);
        if (digit >= 0 && lineLength >= 0 && lineLength < 8) {
            rest = rest << 4 | digit;
            lineLength++;
        } else if (one == ';') {
            lineLength = -1;
        } else if (one == '\n') {
            if (lineLength == 0) {
                return flaw(Flaw.MALFORMED, "a chunk without a size");
            }
            lineLength = 0;
            state = rest == 0 ? State.TRAILER : State.DATA;
        } else if (one != '\r' && lineLength >= 0) {
            return flaw(Flaw.MALFORMED, "a chunk's size has the byte " + one);
        }
        return next;
    }

    private int dataEnd(byte one, int next) {
        if (one == '\n') {
            state = State.SIZE;
            rest = 0;
            lineLength = 0;
        } else if (one != '\r') {
            return flaw(Flaw.MALFORMED, "a chunk is longer than its size");
        }
        return next;
    }

    private int trailer(byte one, int next) {
        if (one == '\n') {
            if (lineLength == 0) {
                return end() ? next : -1;
            }
            lineLength = 0;
        } else if (one != '\r') {
            lineLength++;
        }
        return next;
    }

    private int payload(int from, int to) {
        if (refused) {
            if (error.length() < KEPT_OF_ERROR) {
                error.append(new String(read, from, to - from, ISO_8859_1));
            }
        } else if (!markers(from, to)) {
            return -1;
        }
        for (int at = Math.max(from, to - 8); at < to; at++) {
            lastBytes = lastBytes << 8 | (read[at] & 0xff);
        }
        rest -= to - from;
        if (rest > 0) {
            return to;
        }
        if (state == State.DATA) {
            state = State.DATA_END;
            return to;
        }
        return end() ? to : -1;
    }

    /** Looks for {@code @number:stamp;}, which may lie across reads. */
    private boolean markers(int from, int to) {
        for (int at = from; at < to; at++) {
            byte one = read[at];
            if (marker == 0) {
                if (one == '@') {
                    marker = 1;
                    number = 0;
                }
            } else if (one >= '0' && one <= '9') {
                number = number * 10 + one - '0';
            } else if (marker == 1 && one == ':') {
                marker = 2;
                index = (int) number;
                number = 0;
            } else if (marker == 1 || one != ';') {
                marker = 0;
            } else {
                marker = 0;
                if (index != deltas) {
                    return flaw(Flaw.OUT_OF_ORDER, "delta " + index + " where " + deltas + " was due") >= 0;
                }
                deltas++;
                listener.onDelta(index, number);
            }
        }
        return true;
    }

    private boolean end() {
        if (refused) {
            return flaw(Flaw.REFUSED, error.toString()) >= 0;
        }
        if (deltas != expected) {
            return flaw(Flaw.TRUNCATED, deltas + " deltas of " + expected) >= 0;
        }
        if (streamed && lastBytes != DONE) {
            return flaw(Flaw.NO_END_MARK, "the stream's last bytes are not its end mark") >= 0;
        }
        state = State.IDLE;
        listener.onEnd(deltas);
        return true;
    }
}
