package dev.sluice.gateway.edge;

import dev.sluice.gateway.http1.FieldParser;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the first lines of a connection's requests (RFC 9112, section 3): a method, a target and a version with one space
 * between them. Clients ask the same again and again on a connection they keep, so a line like the one before it is told
 * by its bytes, and gives the same objects. Thread: event loop.
 */
final class RequestLine {
    private static final byte[] PROTOCOL = "HTTP/".getBytes(StandardCharsets.US_ASCII);
    /** {@code HTTP/1.1}. */
    private static final int VERSION_BYTES = PROTOCOL.length + 3;

    private static final int MAX_REMEMBERED_BYTES = 512;
    private static final byte[] NOTHING = {};

    private byte[] known = NOTHING;
    private HttpMethod method = HttpMethod.GET;
    private String target = "/";
    private boolean originForm;
    private @Nullable HttpVersion version;

    /**
     * @param in borrowed; its indexes stay
     * @param to where the line ends, without CRLF
     * @return whether it is one; nothing else here means anything otherwise
     */
    boolean read(ByteBuf in, int from, int to) {
        if (isKnown(in, from, to)) {
            return true;
        }
        known = NOTHING;
        int methodEnd = from;
        while (methodEnd < to && FieldParser.isTokenChar(in.getByte(methodEnd))) {
            methodEnd++;
        }
        int versionStart = to - VERSION_BYTES;
        int targetStart = methodEnd + 1;
        int targetEnd = versionStart - 1;
        if (methodEnd == from
                || targetEnd <= targetStart
                || in.getByte(methodEnd) != ' '
                || in.getByte(targetEnd) != ' '
                || !readTarget(in, targetStart, targetEnd)
                || !readVersion(in, versionStart)) {
            return false;
        }
        method = HttpMethod.valueOf(in.toString(from, methodEnd - from, StandardCharsets.US_ASCII));
        if (to - from <= MAX_REMEMBERED_BYTES) {
            byte[] line = new byte[to - from];
            in.getBytes(from, line);
            known = line;
        }
        return true;
    }

    HttpMethod method() {
        return method;
    }

    /** As it came; the same string for the same line. */
    String target() {
        return target;
    }

    /** Whether the target is a path, in visible ASCII. */
    boolean isOriginForm() {
        return originForm;
    }

    /** Null: one that is not spoken here. */
    @Nullable
    HttpVersion version() {
        return version;
    }

    private boolean isKnown(ByteBuf in, int from, int to) {
        byte[] line = known;
        if (line.length != to - from || line.length == 0) {
            return false;
        }
        for (int i = 0; i < line.length; i++) {
            if (in.getByte(from + i) != line[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean readTarget(ByteBuf in, int from, int to) {
        boolean path = in.getByte(from) == '/';
        for (int i = from; i < to; i++) {
            byte b = in.getByte(i);
            if ((b >= 0 && b <= ' ') || b == 0x7f) {
                return false;
            }
            path &= b > 0 && b != '#';
        }
        originForm = path;
        target = in.toString(from, to - from, StandardCharsets.ISO_8859_1);
        return true;
    }

    private boolean readVersion(ByteBuf in, int from) {
        for (int i = 0; i < PROTOCOL.length; i++) {
            if (in.getByte(from + i) != PROTOCOL[i]) {
                return false;
            }
        }
        int major = in.getByte(from + PROTOCOL.length);
        int minor = in.getByte(from + VERSION_BYTES - 1);
        if (!isDigit(major) || in.getByte(from + PROTOCOL.length + 1) != '.' || !isDigit(minor)) {
            return false;
        }
        if (major == '1' && minor == '1') {
            version = HttpVersion.HTTP_1_1;
        } else {
            version = major == '1' && minor == '0' ? HttpVersion.HTTP_1_0 : null;
        }
        return true;
    }

    private static boolean isDigit(int b) {
        return b >= '0' && b <= '9';
    }
}
