package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.config.GatewayConfig;
import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.http1.FieldParser;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The head of the request that a connection receives: first its end is looked for, line by line, so that a head without
 * one is refused at its limit; then it is read where it lies, once. One a connection. Thread: event loop.
 */
final class RequestHead {

    /** What became of a look at the bytes. */
    enum Found {
        /** Not all of it is there. */
        PART,
        /** The head is here, and keeps to all rules. */
        WHOLE,
        /** {@link #error} says why. */
        REFUSED
    }

    private static final int LINE_END_BYTES = 2;

    private final GatewayConfig.Limits limits;
    private final RequestLine line = new RequestLine();
    private final RequestFraming framing = new RequestFraming();

    /** From here on, places are counted from the reader index: bytes that have been looked at. */
    private int scanned;

    private int lineStart;
    /** Where the first field line begins; 0 as long as the request line is not whole. */
    private int fieldsStart;
    /** Of the whole field lines, without their ends. */
    private int fieldBytes;
    /** Of empty lines in front of it. */
    private int skippedBytes;

    private @Nullable FieldLines fields;
    private @Nullable GatewayError error;
    private @Nullable String origin;

    RequestHead(GatewayConfig.Limits limits) {
        this.limits = limits;
    }

    /**
     * Looks on in {@code in}, which it borrows. A whole head has been read: the reader index stands behind it.
     *
     * @param in all of the head that has come so far, from its reader index on
     */
    Found read(ByteBuf in) {
        Found found = find(in);
        if (found == Found.WHOLE) {
            error = parse(in);
            in.skipBytes(scanned);
            found = error == null ? Found.WHOLE : Found.REFUSED;
        }
        if (found != Found.PART) {
            scanned = 0;
            lineStart = 0;
            fieldsStart = 0;
            fieldBytes = 0;
            skippedBytes = 0;
        }
        return found;
    }

    HttpMethod method() {
        return line.method();
    }

    String target() {
        return line.target();
    }

    HttpVersion version() {
        return Objects.requireNonNull(line.version());
    }

    RequestFraming framing() {
        return framing;
    }

    /** Gives the fields of a whole head. */
    FieldLines takeFields() {
        FieldLines taken = Objects.requireNonNull(fields);
        fields = null;
        return taken;
    }

    /** Why it is refused. */
    GatewayError error() {
        return Objects.requireNonNull(error);
    }

    /** Of the page that asks, as far as a refused head could be read. */
    @Nullable
    String origin() {
        return origin;
    }

    private Found find(ByteBuf in) {
        int end = in.writerIndex();
        for (; ; ) {
            int start = in.readerIndex();
            int lineFeed = in.indexOf(start + scanned, end, (byte) '\n');
            int lineBytes = (lineFeed < 0 ? end : lineFeed) - start - lineStart;
            if (lineFeed < 0) {
                scanned = end - start;
                return isTooLong(lineBytes - 1) ? Found.REFUSED : Found.PART;
            }
            if (lineBytes == 0 || in.getByte(lineFeed - 1) != '\r') {
                return refused(ErrorKind.INVALID_REQUEST, "The request has a line that does not end with CR LF.");
            }
            lineBytes--;
            scanned = lineFeed + 1 - start;
            if (isTooLong(lineBytes)) {
                readOrigin(in);
                return Found.REFUSED;
            }
            if (fieldsStart > 0 && lineBytes == 0) {
                return Found.WHOLE;
            }
            onLine(in, lineBytes);
        }
    }

    private void onLine(ByteBuf in, int lineBytes) {
        if (fieldsStart > 0) {
            fieldBytes += lineBytes;
        } else if (lineBytes > 0) {
            fieldsStart = scanned;
        } else {
            // Some clients send one behind a body (RFC 9112, section 2.2).
            skippedBytes += scanned;
            in.skipBytes(scanned);
            scanned = 0;
        }
        lineStart = scanned;
    }

    /** Whether the line that is being looked at makes the head too long. */
    private boolean isTooLong(int lineBytes) {
        if (fieldsStart == 0) {
            if (skippedBytes + lineBytes > limits.requestLineBytes()) {
                refused(
                        ErrorKind.URI_TOO_LONG,
                        "The request line is longer than " + limits.requestLineBytes() + " bytes.");
                return true;
            }
        } else if (fieldBytes + lineBytes > limits.headerBytes()) {
            refused(ErrorKind.HEADERS_TOO_LARGE, "The headers are larger than " + limits.headerBytes() + " bytes.");
            return true;
        }
        return false;
    }

    private Found refused(ErrorKind kind, String message) {
        error = RequestRules.refuse(kind, message);
        return Found.REFUSED;
    }

    /** Of the lines before the one that is too much. */
    private void readOrigin(ByteBuf in) {
        if (fieldsStart > 0) {
            FieldLines known = FieldLines.take();
            int start = in.readerIndex();
            FieldParser.parse(in, start + fieldsStart, start + lineStart, known);
            origin = known.get(HttpHeaderNames.ORIGIN);
            known.giveBack();
        }
    }

    private @Nullable GatewayError parse(ByteBuf in) {
        int start = in.readerIndex();
        FieldLines read = FieldLines.take();
        boolean wellFormed = FieldParser.parse(in, start + fieldsStart, start + scanned - LINE_END_BYTES, read)
                && line.read(in, start, start + fieldsStart - LINE_END_BYTES);
        GatewayError broken = wellFormed
                ? check(read)
                : RequestRules.refuse(ErrorKind.INVALID_REQUEST, "The request is not valid HTTP.");
        if (broken == null) {
            fields = read;
        } else {
            origin = read.get(HttpHeaderNames.ORIGIN);
            read.giveBack();
        }
        return broken;
    }

    private @Nullable GatewayError check(FieldLines read) {
        GatewayError broken = RequestRules.checkCount(read.size(), limits);
        HttpVersion version = line.version();
        if (broken == null && version == null) {
            broken = RequestRules.refuse(ErrorKind.VERSION_NOT_SUPPORTED, "HTTP/1.1 and HTTP/2 are spoken here.");
        }
        if (broken == null) {
            broken = RequestRules.checkMethod(line.method());
        }
        if (broken == null) {
            broken = RequestRules.checkTarget(line.isOriginForm());
        }
        if (broken == null && version != null) {
            broken = framing.read(read, version);
        }
        return broken == null ? RequestRules.checkBody(line.method(), read, framing.isBodyAnnounced()) : broken;
    }
}
