package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A request as a provider received it. */
final class ReceivedRequest {
    private static final Pattern MODEL = Pattern.compile("\"model\"\\s*:\\s*\"([^\"]*)\"");
    /** Gemini's paths, and Bedrock's. */
    private static final Pattern MODEL_IN_PATH = Pattern.compile("/(?:models|model)/([^/:?]+)[:/]");

    private final String head;
    private final byte[] body;
    private final Fields fields;
    private final String protocol;

    /** @param head request line and fields, one char a byte; over HTTP/2 written out in the same shape */
    ReceivedRequest(String head, byte[] body, String protocol) {
        this.head = head;
        this.body = body.clone();
        this.fields = Fields.parse(head);
        this.protocol = protocol;
    }

    String head() {
        return head;
    }

    String method() {
        return head.substring(0, head.indexOf(' '));
    }

    String path() {
        int start = head.indexOf(' ') + 1;
        return head.substring(start, head.indexOf(' ', start));
    }

    Fields fields() {
        return fields;
    }

    byte[] body() {
        return body.clone();
    }

    String text() {
        return new String(body, UTF_8);
    }

    /** {@code HTTP/1.1} or {@code HTTP/2}. */
    String protocol() {
        return protocol;
    }

    /** As the path names it, else the first {@code model} in the body, or an empty string. */
    String model() {
        Matcher inPath = MODEL_IN_PATH.matcher(path());
        if (inPath.find()) {
            return URLDecoder.decode(inPath.group(1), UTF_8);
        }
        Matcher matcher = MODEL.matcher(text());
        return matcher.find() ? matcher.group(1) : "";
    }
}
