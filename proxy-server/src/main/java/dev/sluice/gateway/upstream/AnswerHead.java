package dev.sluice.gateway.upstream;

import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.http1.FieldParser;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of an answer over HTTP/1.1 where it lies, by the letter of RFC 9112, and says how the body that follows
 * is framed. Nothing is repaired: who frames an answer ambiguously may hide a second one in it.
 *
 * <p>One for each connection; what it has read stands until the next {@link #read}. Thread: event loop.
 */
final class AnswerHead {

    /** With its status line and the empty line. */
    static final int MAX_BYTES = 32 * 1024;

    /** What {@link #read} has found. */
    enum Found {
        /** Nothing wrong so far, but no end. */
        PART,
        HEAD,
        /** What is not HTTP/1.1 or 1.0 as it has to be. */
        MALFORMED
    }

    /** Where the body ends. */
    enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    private static final byte[] VERSION = {'H', 'T', 'T', 'P', '/', '1', '.'};
    private static final int MINOR_AT = VERSION.length;
    private static final int STATUS_AT = MINOR_AT + 2;
    private static final int STATUS_DIGITS = 3;
    private static final int REASON_AT = STATUS_AT + STATUS_DIGITS;
    private static final int END_BYTES = 4;
    private static final int CRLF_CRLF = '\r' << 24 | '\n' << 16 | '\r' << 8 | '\n';
    /** Of a length that no long has to fear. */
    private static final int MAX_LENGTH_DIGITS = 18;

    private int searched;
    private int status;
    private @Nullable FieldLines fields;
    private Framing framing = Framing.NONE;
    private long lengthBytes;
    private boolean keepAlive;

    /**
     * Reads a head from the readable bytes of {@code in}, which it borrows; where it finds one, they begin behind it
     * afterwards. Where it finds a part, the same bytes are to come again, with more behind them.
     *
     * @param bodiless whether the answer has no body whatever its head says: that to HEAD
     */
    Found read(ByteBuf in, boolean bodiless) {
        int from = in.readerIndex();
        int end = endOf(in, from + searched, Math.min(in.writerIndex(), from + MAX_BYTES));
        if (end < 0) {
            boolean maySo = in.readableBytes() < MAX_BYTES && mayBegin(in, from, from + searched, in.writerIndex());
            searched = Math.max(0, in.readableBytes() - END_BYTES + 1);
            return maySo ? Found.PART : malformed();
        }
        searched = 0;
        int fieldsFrom = statusLine(in, from, end);
        if (fieldsFrom < 0) {
            return malformed();
        }
        boolean http10 = in.getByte(from + MINOR_AT) == '0';
        FieldLines read = FieldLines.take();
        if (!FieldParser.parse(in, fieldsFrom, end - 2, read) || !frame(read, http10, bodiless)) {
            read.giveBack();
            return malformed();
        }
        fields = read;
        in.readerIndex(end);
        return Found.HEAD;
    }

    int status() {
        return status;
    }

    boolean isInterim() {
        return status < 200;
    }

    /** Gives the fields; once for each head. */
    FieldLines takeFields() {
        FieldLines taken = fields;
        if (taken == null) {
            throw new IllegalStateException("no head has been read");
        }
        fields = null;
        return taken;
    }

    Framing framing() {
        return framing;
    }

    /** With {@link Framing#LENGTH}. */
    long lengthBytes() {
        return lengthBytes;
    }

    /** Whether the peer lets the connection live on behind this answer. */
    boolean keepAlive() {
        return keepAlive;
    }

    private Found malformed() {
        searched = 0;
        return Found.MALFORMED;
    }

    // ---- lines ----------------------------------------------------------------------------------------------------

    /**
     * Where the first byte behind the empty line stands; -1: no such line. Looks at every fourth byte of what can be no
     * part of it.
     */
    private static int endOf(ByteBuf in, int from, int to) {
        int last = from + END_BYTES - 1;
        while (last < to) {
            byte b = in.getByte(last);
            if (b == '\n') {
                if (in.getInt(last - END_BYTES + 1) == CRLF_CRLF) {
                    return last + 1;
                }
                last += 2;
            } else if (b == '\r') {
                last++;
            } else {
                last += END_BYTES;
            }
        }
        return -1;
    }

    /**
     * Whether a head may begin so: what is none is not waited for.
     *
     * @param seen up to where it has been looked at before, but for its last bytes
     */
    private static boolean mayBegin(ByteBuf in, int from, int seen, int to) {
        int known = Math.min(from + VERSION.length, to);
        for (int at = seen; at < known; at++) {
            if (in.getByte(at) != VERSION[at - from]) {
                return false;
            }
        }
        for (int at = in.indexOf(seen, to, (byte) '\n'); at >= 0; at = in.indexOf(at + 1, to, (byte) '\n')) {
            if (at == from || in.getByte(at - 1) != '\r') {
                return false;
            }
        }
        return true;
    }

    /** Reads the status line; gives where the next line begins, -1: it is none. A reason is not required. */
    private int statusLine(ByteBuf in, int from, int to) {
        if (to - from < REASON_AT + END_BYTES) {
            return -1;
        }
        for (int i = 0; i < VERSION.length; i++) {
            if (in.getByte(from + i) != VERSION[i]) {
                return -1;
            }
        }
        byte minor = in.getByte(from + MINOR_AT);
        if ((minor != '0' && minor != '1') || in.getByte(from + MINOR_AT + 1) != ' ') {
            return -1;
        }
        status = 0;
        for (int i = 0; i < STATUS_DIGITS; i++) {
            int digit = in.getByte(from + STATUS_AT + i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            status = status * 10 + digit;
        }
        int at = from + REASON_AT;
        if (status < 100 || (in.getByte(at) != ' ' && in.getByte(at) != '\r')) {
            return -1;
        }
        while (FieldParser.isValueByte(in.getByte(at))) {
            at++;
        }
        return in.getByte(at) == '\r' && in.getByte(at + 1) == '\n' ? at + 2 : -1;
    }

    // ---- framing --------------------------------------------------------------------------------------------------

    /** Reads how the answer is framed (RFC 9112 section 6.3); false where that is not certain. */
    private boolean frame(FieldLines read, boolean http10, boolean bodiless) {
        keepAlive = !hasToken(read, HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
                && (!http10 || hasToken(read, HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE));
        framing = Framing.UNTIL_CLOSE;
        int coding = read.indexOf(HttpHeaderNames.TRANSFER_ENCODING);
        int length = read.indexOf(HttpHeaderNames.CONTENT_LENGTH);
        if (coding >= 0) {
            boolean chunked = isSame(read, coding, HttpHeaderValues.CHUNKED)
                    && read.indexOf(HttpHeaderNames.TRANSFER_ENCODING, coding + 1) < 0;
            if (!chunked || http10 || length >= 0) {
                return false;
            }
            framing = Framing.CHUNKED;
        } else if (length >= 0) {
            lengthBytes = decimal(read.array(), read.valueStart(length), read.valueEnd(length));
            if (lengthBytes < 0 || read.indexOf(HttpHeaderNames.CONTENT_LENGTH, length + 1) >= 0) {
                return false;
            }
            framing = lengthBytes == 0 ? Framing.NONE : Framing.LENGTH;
        }
        if (bodiless || isInterim() || status == 204 || status == 304) {
            framing = Framing.NONE;
        }
        return true;
    }

    /** -1: not a number, or one beyond all reason. */
    private static long decimal(byte[] bytes, int from, int to) {
        if (to == from || to - from > MAX_LENGTH_DIGITS) {
            return -1;
        }
        long value = 0;
        for (int i = from; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            value = value * 10 + digit;
        }
        return value;
    }

    private static boolean isSame(FieldLines read, int index, AsciiString value) {
        return isSame(read.array(), read.valueStart(index), read.valueEnd(index), value);
    }

    /** Whether {@code token}, in lower case, is among the list that all fields of this name make together. */
    private static boolean hasToken(FieldLines read, AsciiString name, AsciiString token) {
        for (int i = read.indexOf(name); i >= 0; i = read.indexOf(name, i + 1)) {
            byte[] bytes = read.array();
            int end = read.valueEnd(i);
            int from = read.valueStart(i);
            while (from < end) {
                int to = from;
                while (to < end && bytes[to] != ',') {
                    to++;
                }
                if (isSame(bytes, skipBlanks(bytes, from, to), trimBlanks(bytes, from, to), token)) {
                    return true;
                }
                from = to + 1;
            }
        }
        return false;
    }

    private static int skipBlanks(byte[] bytes, int from, int to) {
        int at = from;
        while (at < to && (bytes[at] == ' ' || bytes[at] == '\t')) {
            at++;
        }
        return at;
    }

    private static int trimBlanks(byte[] bytes, int from, int to) {
        int at = to;
        while (at > from && (bytes[at - 1] == ' ' || bytes[at - 1] == '\t')) {
            at--;
        }
        return at;
    }

    /** Without regard to case; {@code wanted} is in lower case. */
    private static boolean isSame(byte[] bytes, int from, int to, AsciiString wanted) {
        if (to - from != wanted.length()) {
            return false;
        }
        for (int i = 0; i < wanted.length(); i++) {
            byte b = bytes[from + i];
            if ((b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b) != wanted.byteAt(i)) {
                return false;
            }
        }
        return true;
    }
}
