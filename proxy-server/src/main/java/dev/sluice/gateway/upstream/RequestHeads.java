package dev.sluice.gateway.upstream;

import dev.sluice.gateway.http1.FieldLines;
import dev.sluice.gateway.route.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the heads of requests over HTTP/1.1. How a head begins is the same for every request to one place: request line,
 * host, encoding, and the credential where it signs all alike. It is encoded once and kept; only what the caller adds is
 * written anew, as the lines that it is.
 *
 * <p>What is kept is bounded: a place in the table is looked up by path and credential, and whoever is put there replaces
 * whoever was there before. One for each event loop. Thread: event loop.
 */
final class RequestHeads {

    /** A power of two: more than the targets of a configuration, most of which have one path each. */
    static final int PLACES = 256;

    /** Longer ones carry something of the single request, and are not kept. */
    static final int MAX_KEPT_PATH_CHARS = 512;

    private static final byte[] USER_AGENT = ascii("user-agent: " + UpstreamRequest.USER_AGENT + "\r\n");
    private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n\r\n");
    private static final byte[] LENGTH = ascii("content-length: ");
    private static final byte[] END_OF_LENGTH = ascii("\r\n\r\n");
    private static final int CRLF = '\r' << 8 | '\n';
    /** The longest of what stands behind the caller's fields: user agent, and the length with its digits. */
    private static final int MAX_END_BYTES = 128;

    /** How heads to one place begin. */
    private static final class Beginning {
        private final Target target;
        private final HttpMethod method;
        private final String path;
        private final byte[] bytes;
        /** Names of what is part of {@link #bytes} as the credential, and may not come twice. */
        private final String[] proof;

        Beginning(UpstreamRequest request, byte[] bytes, String[] proof) {
            this.target = request.target();
            this.method = request.method();
            this.path = request.path();
            this.bytes = bytes;
            this.proof = proof;
        }

        boolean isFor(UpstreamRequest request) {
            return request.target().credential().equals(target.credential())
                    && request.target().provider().equals(target.provider())
                    && request.method().equals(method)
                    && request.path().equals(path);
        }
    }

    private final @Nullable Beginning[] kept = new Beginning[PLACES];

    /**
     * Gives the head of {@code request}, with room for {@code more} bytes behind it; null when there is nothing to sign
     * it with. The request's own headers may be changed.
     *
     * @param content what there is of the body; borrowed
     */
    @Nullable
    ByteBuf encode(UpstreamRequest request, ByteBuf content, int more, ByteBufAllocator allocator) {
        Beginning beginning = beginning(request, content);
        FieldLines fields = fields(request.headers());
        if (!request.target().credential().isFixed()) {
            if (!request.sign(content, fields)) {
                return null;
            }
        } else {
            for (String name : beginning.proof) {
                fields.remove(name);
            }
        }
        ByteBuf head = allocator.directBuffer(beginning.bytes.length + fields.byteSize() + MAX_END_BYTES + more);
        head.writeBytes(beginning.bytes);
        fields.writeTo(head);
        if (fields.indexOf(HttpHeaderNames.USER_AGENT) < 0) {
            head.writeBytes(USER_AGENT);
        }
        writeEnd(request, content, head);
        return head;
    }

    private static void writeEnd(UpstreamRequest request, ByteBuf content, ByteBuf head) {
        long bytes = request.contentBytes(content);
        if (bytes == UpstreamRequest.UNKNOWN) {
            head.writeBytes(CHUNKED);
        } else if (bytes > 0 || request.tellsEmptyContent()) {
            head.writeBytes(LENGTH);
            writeDecimal(head, bytes);
            head.writeBytes(END_OF_LENGTH);
        } else {
            head.writeShort(CRLF);
        }
    }

    private static void writeDecimal(ByteBuf out, long value) {
        if (value > 9) {
            writeDecimal(out, value / 10);
        }
        out.writeByte((byte) ('0' + value % 10));
    }

    private static FieldLines fields(HttpHeaders headers) {
        return headers instanceof FieldLines lines ? lines : new FieldLines().add(headers);
    }

    private Beginning beginning(UpstreamRequest request, ByteBuf content) {
        int place = place(request);
        Beginning found = kept[place];
        if (found == null || !found.isFor(request)) {
            found = begin(request, content);
            if (request.path().length() <= MAX_KEPT_PATH_CHARS) {
                kept[place] = found;
            }
        }
        return found;
    }

    private static int place(UpstreamRequest request) {
        int hash = request.path().hashCode() * 31
                + System.identityHashCode(request.target().credential());
        return (hash ^ hash >>> 16 ^ hash >>> 8) & (PLACES - 1);
    }

    private static Beginning begin(UpstreamRequest request, ByteBuf content) {
        FieldLines proof = new FieldLines();
        if (request.target().credential().isFixed()) {
            request.sign(content, proof);
        }
        FieldLines fields = new FieldLines()
                .add(HttpHeaderNames.HOST, request.target().provider().authority())
                .add(HttpHeaderNames.ACCEPT_ENCODING, "identity")
                .add(proof);
        byte[] line = requestLine(request);
        byte[] bytes = new byte[line.length + fields.byteSize()];
        System.arraycopy(line, 0, bytes, 0, line.length);
        System.arraycopy(fields.array(), 0, bytes, line.length, fields.byteSize());
        return new Beginning(request, bytes, proof.names().toArray(new String[0]));
    }

    /** Whatever comes to be in a path, it ends neither its line nor itself. */
    private static byte[] requestLine(UpstreamRequest request) {
        String path = request.path();
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) <= ' ' || path.charAt(i) == 0x7f) {
                throw new IllegalArgumentException(
                        "the target of a request must have neither blanks nor control characters, has one at index "
                                + i);
            }
        }
        return (request.method().name() + ' ' + path + " HTTP/1.1\r\n").getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
