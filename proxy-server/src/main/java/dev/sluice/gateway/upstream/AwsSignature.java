package dev.sluice.gateway.upstream;

import dev.sluice.gateway.config.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs requests to Amazon with an access key: AWS Signature Version 4, as its reference describes it in "Create a signed
 * AWS API request". What is signed: the method, the path, the query, the host, {@code content-type}, all {@code x-amz-*}
 * headers, and the body.
 *
 * <p>Paths are not normalized, for no path that is signed here has dots or empty segments. Thread: any.
 */
public final class AwsSignature {
    private static final String ALGORITHM = "AWS4-HMAC-SHA256";
    private static final String TERMINATOR = "aws4_request";
    private static final String HMAC = "HmacSHA256";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int DATE_CHARS = 8;
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    /** What signs all requests of a day. */
    private record DayKey(String date, SecretKeySpec key) {}

    private final String accessKeyId;
    private final Secret secretKey;
    private final @Nullable Secret sessionToken;
    private final String region;
    private final String service;
    private volatile @Nullable DayKey dayKey;

    /**
     * @param sessionToken of temporary credentials; null for lasting ones
     * @param region such as {@code eu-west-1}
     * @param service such as {@code bedrock}
     */
    public AwsSignature(
            String accessKeyId, Secret secretKey, @Nullable Secret sessionToken, String region, String service) {
        this.accessKeyId = accessKeyId;
        this.secretKey = secretKey;
        this.sessionToken = sessionToken;
        this.region = region;
        this.service = service;
    }

    /**
     * Sets {@code x-amz-date}, {@code x-amz-security-token} where there is a token, and {@code authorization}, in place of
     * what is there by these names.
     *
     * @param authority as the request has it in {@code host}
     * @param target path and query, encoded as they are sent; encoded once more for the signature, as all services but
     *     S3 want it
     * @param body the whole body; borrows it
     * @param headers all others that are sent; none that is signed may change afterwards
     */
    public void sign(String method, String authority, String target, ByteBuf body, HttpHeaders headers, Instant now) {
        String time = TIME.format(now);
        String date = time.substring(0, DATE_CHARS);
        headers.set("x-amz-date", time);
        if (sessionToken != null) {
            headers.set("x-amz-security-token", sessionToken.reveal());
        }
        Map<String, String> signed = signedHeaders(authority, headers);
        String names = String.join(";", signed.keySet());
        String scope = date + '/' + region + '/' + service + '/' + TERMINATOR;
        String request = canonicalRequest(method, target, signed, names, hash(body));
        String toSign = ALGORITHM + '\n' + time + '\n' + scope + '\n' + hash(request.getBytes(StandardCharsets.UTF_8));
        String signature = HexFormat.of().formatHex(hmac(keyOf(date), toSign));
        headers.set(
                "authorization",
                ALGORITHM + " Credential=" + accessKeyId + '/' + scope + ", SignedHeaders=" + names + ", Signature="
                        + signature);
    }

    private static String canonicalRequest(
            String method, String target, Map<String, String> signed, String names, String bodyHash) {
        int question = target.indexOf('?');
        String path = question < 0 ? target : target.substring(0, question);
        String query = question < 0 ? "" : target.substring(question + 1);
        StringBuilder request = new StringBuilder(512);
        request.append(method).append('\n');
        appendEncoded(request, path);
        request.append('\n');
        appendSorted(request, query);
        request.append('\n');
        for (Map.Entry<String, String> header : signed.entrySet()) {
            request.append(header.getKey())
                    .append(':')
                    .append(header.getValue())
                    .append('\n');
        }
        return request.append('\n').append(names).append('\n').append(bodyHash).toString();
    }

    /** By lower-case name, in the order of the names. */
    private static Map<String, String> signedHeaders(String authority, HttpHeaders headers) {
        Map<String, String> signed = new TreeMap<>();
        for (String name : headers.names()) {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("content-type") || lower.startsWith("x-amz-")) {
                signed.put(lower, values(headers.getAll(name)));
            }
        }
        signed.put("host", authority);
        return signed;
    }

    private static String values(List<String> values) {
        StringBuilder joined = new StringBuilder();
        for (String value : values) {
            if (!joined.isEmpty()) {
                joined.append(',');
            }
            appendTrimmed(joined, value);
        }
        return joined.toString();
    }

    /** Without blanks at both ends, and with one for several in between. */
    private static void appendTrimmed(StringBuilder out, String value) {
        boolean blank = false;
        int begin = out.length();
        for (int i = 0; i < value.length(); i++) {
            char next = value.charAt(i);
            if (next == ' ' || next == '\t') {
                blank = out.length() > begin;
            } else {
                if (blank) {
                    out.append(' ');
                    blank = false;
                }
                out.append(next);
            }
        }
    }

    /** All but slashes and RFC 3986's unreserved characters as percent escapes; a percent sign too. */
    private static void appendEncoded(StringBuilder out, String path) {
        if (path.isEmpty()) {
            out.append('/');
            return;
        }
        for (byte next : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (next >= 'a' && next <= 'z')
                    || (next >= 'A' && next <= 'Z')
                    || (next >= '0' && next <= '9')
                    || next == '/'
                    || next == '-'
                    || next == '_'
                    || next == '.'
                    || next == '~';
            if (plain) {
                out.append((char) next);
            } else {
                out.append('%').append(HEX[next >> 4 & 15]).append(HEX[next & 15]);
            }
        }
    }

    /** The parameters in the order of their names, each with an equals sign. */
    private static void appendSorted(StringBuilder out, String query) {
        List<String> parameters = new ArrayList<>();
        int from = 0;
        while (from < query.length()) {
            int ampersand = query.indexOf('&', from);
            int to = ampersand < 0 ? query.length() : ampersand;
            if (to > from) {
                String parameter = query.substring(from, to);
                parameters.add(parameter.indexOf('=') < 0 ? parameter + '=' : parameter);
            }
            from = to + 1;
        }
        parameters.sort(AwsSignature::compareParameters);
        for (int i = 0; i < parameters.size(); i++) {
            out.append(i == 0 ? "" : "&").append(parameters.get(i));
        }
    }

    private static int compareParameters(String one, String other) {
        int equals = one.indexOf('=');
        int otherEquals = other.indexOf('=');
        int byName = one.substring(0, equals).compareTo(other.substring(0, otherEquals));
        return byName != 0 ? byName : one.substring(equals).compareTo(other.substring(otherEquals));
    }

    private SecretKeySpec keyOf(String date) {
        DayKey known = dayKey;
        if (known == null || !known.date().equals(date)) {
            SecretKeySpec secret = key(("AWS4" + secretKey.reveal()).getBytes(StandardCharsets.UTF_8));
            SecretKeySpec ofRegion = key(hmac(key(hmac(secret, date)), region));
            known = new DayKey(date, key(hmac(key(hmac(ofRegion, service)), TERMINATOR)));
            dayKey = known;
        }
        return known.key();
    }

    private static SecretKeySpec key(byte[] bytes) {
        return new SecretKeySpec(bytes, HMAC);
    }

    private static byte[] hmac(SecretKeySpec key, String text) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + HMAC, e);
        }
    }

    private static String hash(ByteBuf body) {
        MessageDigest digest = sha256();
        for (ByteBuffer piece : body.nioBuffers()) {
            digest.update(piece);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String hash(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
