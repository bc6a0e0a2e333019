package dev.sluice.gateway.edge;

import dev.sluice.codec.dialect.ErrorKind;
import dev.sluice.codec.dialect.GatewayError;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpVersion;
import org.jspecify.annotations.Nullable;

/**
 * How long an HTTP/1.1 request is, by its fields (RFC 9112, section 6): what two readers could take for different lengths is
 * refused. Thread: event loop.
 */
final class RequestFraming {
    /** Of a length that fits a {@code long}, whatever it is. */
    private static final int MAX_LENGTH_DIGITS = 18;

    private long length;
    private boolean chunked;

    /** Bytes of the body; 0 when it is chunked, or there is none. */
    long length() {
        return length;
    }

    boolean isChunked() {
        return chunked;
    }

    boolean isBodyAnnounced() {
        return chunked || length > 0;
    }

    /** Reads what the fields say; gives the answer to what they must not say, else null. */
    @Nullable
    GatewayError read(FieldLines fields, HttpVersion version) {
        length = 0;
        chunked = false;
        if (!hasItsHost(fields, version)) {
            return refuse("The request must have one valid Host header.");
        }
        int lengthAt = fields.indexOf(HttpHeaderNames.CONTENT_LENGTH);
        int codingAt = fields.indexOf(HttpHeaderNames.TRANSFER_ENCODING);
        if (codingAt >= 0) {
            return readCoding(fields, codingAt, version, lengthAt >= 0);
        }
        return lengthAt < 0 ? null : readLength(fields, lengthAt);
    }

    private @Nullable GatewayError readCoding(FieldLines fields, int at, HttpVersion version, boolean hasLength) {
        if (hasLength) {
            return refuse("The request must not have both Content-Length and Transfer-Encoding.");
        }
        if (version.equals(HttpVersion.HTTP_1_0)) {
            return refuse("Transfer-Encoding is not known in HTTP/1.0.");
        }
        boolean single = fields.indexOf(HttpHeaderNames.TRANSFER_ENCODING, at + 1) < 0;
        if (single && fields.isValue(at, HttpHeaderValues.CHUNKED)) {
            chunked = true;
            return null;
        }
        // All of these are refused; what is left to be told is whether one could do it at all.
        String codings = String.join(",", fields.getAll(HttpHeaderNames.TRANSFER_ENCODING));
        int last = codings.lastIndexOf(',');
        boolean endsWithChunks = last >= 0 && isChunked(codings.substring(last + 1));
        if (!endsWithChunks) {
            return refuse("The last transfer coding must be chunked.");
        }
        for (String coding : codings.substring(0, last).split(",", -1)) {
            if (isChunked(coding)) {
                return refuse("A body is chunked once.");
            }
        }
        return RequestRules.refuse(ErrorKind.NOT_IMPLEMENTED, "The only transfer coding served is chunked.");
    }

    private static boolean isChunked(String coding) {
        return HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(coding.strip());
    }

    private @Nullable GatewayError readLength(FieldLines fields, int at) {
        if (fields.indexOf(HttpHeaderNames.CONTENT_LENGTH, at + 1) >= 0) {
            return refuse("The request must not have more than one Content-Length.");
        }
        byte[] bytes = fields.array();
        int from = fields.valueStart(at);
        int to = fields.valueEnd(at);
        long value = 0;
        boolean number = to > from && to - from <= MAX_LENGTH_DIGITS && (to - from == 1 || bytes[from] != '0');
        for (int i = from; i < to && number; i++) {
            number = bytes[i] >= '0' && bytes[i] <= '9';
            value = value * 10 + (bytes[i] - '0');
        }
        if (!number) {
            return refuse("Content-Length must be a number without leading zeros.");
        }
        length = value;
        return null;
    }

    private static boolean hasItsHost(FieldLines fields, HttpVersion version) {
        int at = fields.indexOf(HttpHeaderNames.HOST);
        if (at < 0) {
            return version.equals(HttpVersion.HTTP_1_0);
        }
        return fields.indexOf(HttpHeaderNames.HOST, at + 1) < 0
                && isHost(fields.array(), fields.valueStart(at), fields.valueEnd(at));
    }

    /** A reg-name, an address or a bracketed IPv6 address, with an optional port; nothing that could hide a second host. */
    private static boolean isHost(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            boolean allowed = (b >= 'a' && b <= 'z')
                    || (b >= 'A' && b <= 'Z')
                    || (b >= '0' && b <= '9')
                    || b == '.'
                    || b == '-'
                    || b == '_'
                    || b == ':'
                    || b == '['
                    || b == ']';
            if (!allowed) {
                return false;
            }
        }
        return to > from;
    }

    private static GatewayError refuse(String message) {
        return RequestRules.refuse(ErrorKind.INVALID_REQUEST, message);
    }
}
