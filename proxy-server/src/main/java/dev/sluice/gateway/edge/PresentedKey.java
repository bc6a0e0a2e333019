package dev.sluice.gateway.edge;

import dev.sluice.gateway.exchange.Caller;
import dev.sluice.gateway.http1.FieldLines;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Finds the gateway key wherever the SDKs of the field put theirs. Thread: any. */
final class PresentedKey {

    private static final String BEARER = "Bearer ";

    /** What tells letters in upper case from those in lower case; a blank has it. */
    private static final int CASE_BIT = 0x20;

    private static final AsciiString[] OTHERS = {
        AsciiString.cached("x-api-key"), AsciiString.cached("api-key"), AsciiString.cached("x-goog-api-key"),
    };

    private PresentedKey() {}

    /**
     * @param uri the request target; Gemini's clients may put their key there
     * @param caller who is at the other end: a key that it is known by already is not made a string of again
     */
    static @Nullable String of(HttpHeaders headers, String uri, Caller caller) {
        String inHead = headers instanceof FieldLines lines ? inLines(lines, caller) : inHead(headers);
        return inHead == null && uri.startsWith(Route.GEMINI_PREFIX) ? inQuery(uri) : inHead;
    }

    private static @Nullable String inHead(HttpHeaders headers) {
        String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return authorization.substring(BEARER.length()).trim();
        }
        for (AsciiString name : OTHERS) {
            String value = headers.get(name);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    private static @Nullable String inLines(FieldLines lines, Caller caller) {
        int at = lines.indexOf(HttpHeaderNames.AUTHORIZATION);
        if (at >= 0 && isBearer(lines, at)) {
            int start = lines.valueStart(at) + BEARER.length();
            int end = lines.valueEnd(at);
            byte[] bytes = lines.array();
            while (start < end && bytes[start] == ' ') {
                start++;
            }
            while (end > start && bytes[end - 1] == ' ') {
                end--;
            }
            return text(bytes, start, end, caller);
        }
        for (AsciiString name : OTHERS) {
            int other = lines.indexOf(name);
            if (other >= 0) {
                return text(lines.array(), lines.valueStart(other), lines.valueEnd(other), caller);
            }
        }
        return null;
    }

    private static boolean isBearer(FieldLines lines, int at) {
        int start = lines.valueStart(at);
        // Without a key it has lost the blank that would have to follow.
        if (lines.valueEnd(at) - start < BEARER.length()) {
            return false;
        }
        byte[] bytes = lines.array();
        for (int i = 0; i < BEARER.length(); i++) {
            if ((bytes[start + i] | CASE_BIT) != (BEARER.charAt(i) | CASE_BIT)) {
                return false;
            }
        }
        return true;
    }

    private static String text(byte[] bytes, int from, int to, Caller caller) {
        String known = caller.remembered(bytes, from, to - from);
        return known == null ? new String(bytes, from, to - from, StandardCharsets.ISO_8859_1) : known;
    }

    private static @Nullable String inQuery(String uri) {
        int name = Math.max(uri.indexOf("?key="), uri.indexOf("&key="));
        if (name < 0) {
            return null;
        }
        int from = name + "?key=".length();
        int end = uri.indexOf('&', from);
        return uri.substring(from, end < 0 ? uri.length() : end);
    }
}
