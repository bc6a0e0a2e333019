package dev.sluice.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Does what Amazon does with a signed request: signs it once more from what has arrived, and compares. */
final class AmazonVerifier {
    private static final Pattern AUTHORIZATION = Pattern.compile(
            "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})");

    /**
     * Who signed it, for where and what.
     *
     * @param genuine whether the signature is the one that {@code secretKey} makes
     */
    record Verdict(String accessKeyId, String region, String service, List<String> signedHeaders, boolean genuine) {}

    private AmazonVerifier() {}

    static Verdict verify(ReceivedRequest request, String secretKey) throws GeneralSecurityException {
        String authorization = String.valueOf(request.fields().first("authorization"));
        Matcher matcher = AUTHORIZATION.matcher(authorization);
        if (!matcher.matches()) {
            throw new AssertionError("not signed: " + authorization);
        }
        String date = matcher.group(2);
        String region = matcher.group(3);
        String service = matcher.group(4);
        List<String> signed = List.of(matcher.group(5).split(";"));

        StringBuilder canonical = new StringBuilder(request.method())
                .append('\n')
                .append(encoded(request.path()))
                .append("\n\n");
        for (String name : signed) {
            canonical
                    .append(name)
                    .append(':')
                    .append(String.join(",", request.fields().all(name)))
                    .append('\n');
        }
        canonical.append('\n').append(matcher.group(5)).append('\n').append(hash(request.body()));
        String scope = date + "/" + region + "/" + service + "/aws4_request";
        String toSign = "AWS4-HMAC-SHA256\n" + request.fields().first("x-amz-date") + "\n" + scope + "\n"
                + hash(canonical.toString().getBytes(UTF_8));
        byte[] key = ("AWS4" + secretKey).getBytes(UTF_8);
        for (String part : new String[] {date, region, service, "aws4_request", toSign}) {
            key = hmac(key, part);
        }
        boolean genuine = HexFormat.of().formatHex(key).equals(matcher.group(6));
        return new Verdict(matcher.group(1), region, service, signed, genuine);
    }

    /** Each segment of the path as it came, encoded once more. */
    private static String encoded(String path) {
        List<String> segments = new ArrayList<>();
        for (String segment : path.split("/", -1)) {
            segments.add(URLEncoder.encode(segment, UTF_8)
                    .replace("+", "%20")
                    .replace("*", "%2A")
                    .replace("%7E", "~"));
        }
        return String.join("/", segments);
    }

    private static String hash(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(UTF_8));
    }
}
