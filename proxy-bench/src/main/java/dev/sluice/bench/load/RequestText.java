package dev.sluice.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.util.Locale;

/**
 * As much of HTTP/1.1 and of a chat request as the provider needs, for callers that mean well. Thread: event loop.
 */
final class RequestText {
    private static final int HEAD_END = 4;

    private String head = "";
    private String body = "";

    /** Takes one request out of the buffer, if it is all there. Borrows the buffer. */
    boolean read(ByteBuf in) {
        String all = in.toString(ISO_8859_1);
        int end = all.indexOf("\r\n\r\n");
        if (end < 0) {
            return false;
        }
        head = all.substring(0, end);
        String lower = head.toLowerCase(Locale.ROOT);
        int length = lower.indexOf("\r\ncontent-length:");
        if (length >= 0) {
            int line = lower.indexOf("\r\n", length + 2);
            String value = lower.substring(length + 17, line < 0 ? lower.length() : line);
            return take(in, all, end + HEAD_END, Integer.parseInt(value.strip()));
        }
        return lower.contains("\r\ntransfer-encoding:")
                ? takeChunks(in, all, end + HEAD_END)
                : take(in, all, end + HEAD_END, 0);
    }

    private boolean take(ByteBuf in, String all, int from, int length) {
        if (all.length() < from + length) {
            return false;
        }
        body = all.substring(from, from + length);
        in.skipBytes(from + length);
        return true;
    }

    private boolean takeChunks(ByteBuf in, String all, int from) {
        StringBuilder text = new StringBuilder();
        int at = from;
        while (true) {
            int line = all.indexOf("\r\n", at);
            if (line < 0) {
                return false;
            }
            int size = Integer.parseInt(all.substring(at, line).split(";", 2)[0].strip(), 16);
            at = line + 2;
            if (all.length() < at + size + 2) {
                return false;
            }
            text.append(all, at, at + size);
            at += size + 2;
            if (size == 0) {
                body = text.toString();
                in.skipBytes(at);
                return true;
            }
        }
    }

    String head() {
        return head;
    }

    String model() {
        int at = valueOf("\"model\"");
        return at < 0 || body.charAt(at) != '"' ? "" : body.substring(at + 1, body.indexOf('"', at + 1));
    }

    boolean isStreamed() {
        int at = valueOf("\"stream\"");
        return at >= 0 && body.startsWith("true", at);
    }

    boolean wantsUsage() {
        int at = valueOf("\"include_usage\"");
        return at >= 0 && body.startsWith("true", at);
    }

    /** Where the value of a member begins; -1 when there is none. */
    private int valueOf(String name) {
        int at = body.indexOf(name);
        if (at < 0) {
            return -1;
        }
        at += name.length();
        while (at < body.length() && (body.charAt(at) == ':' || Character.isWhitespace(body.charAt(at)))) {
            at++;
        }
        return at < body.length() ? at : -1;
    }
}
