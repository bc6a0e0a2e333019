package dev.sluice.gateway.edge;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/** The first lines of HTTP/1.1 answers, with their ends, made once. Thread: any. */
final class StatusLines {
    private static final int FIRST = 200;
    private static final byte[][] KNOWN = new byte[400][];

    static {
        for (int i = 0; i < KNOWN.length; i++) {
            KNOWN[i] = line(FIRST + i);
        }
    }

    private StatusLines() {}

    /** Not to be changed. */
    static byte[] of(int status) {
        int index = status - FIRST;
        return index >= 0 && index < KNOWN.length ? KNOWN[index] : line(status);
    }

    private static byte[] line(int status) {
        String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
        return ("HTTP/1.1 " + status + ' ' + reason + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
