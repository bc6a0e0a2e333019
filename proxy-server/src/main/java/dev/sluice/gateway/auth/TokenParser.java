package dev.sluice.gateway.auth;

import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.SignedJWT;
import dev.sluice.gateway.config.GatewayConfig;
import java.text.ParseException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes a token apart, and refuses every one that two readers could understand differently or that tries to say how it is
 * to be checked. Nothing in the result is proven. Thread: any.
 */
final class TokenParser {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int MAX_KID_CHARS = 256;

    /** Own tokens are signed with HS256. Which of these is right for a token is its verifier's to know. */
    private static final Set<String> ALGORITHMS = algorithms();

    /** With these a token would bring its own key, say where to fetch it, or change what the other members mean. */
    private static final List<String> REFUSED = List.of("jku", "jwk", "x5u", "x5c", "crit", "b64", "zip", "enc");

    private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/jwt", "application/at+jwt");

    private TokenParser() {}

    /** A token and who it says it is from. */
    record Parsed(SignedJWT token, String issuer) {}

    private static Set<String> algorithms() {
        Set<String> algorithms = new HashSet<>(GatewayConfig.Issuer.ALGORITHMS);
        algorithms.add("HS256");
        return Set.copyOf(algorithms);
    }

    /** Null when {@code token} is none. */
    static @Nullable Parsed parse(String token) {
        int first = token.indexOf('.');
        int second = token.indexOf('.', first + 1);
        if (first < 0 || second < 0 || token.length() > TokenHash.MAX_TOKEN_CHARS) {
            return null;
        }
        String header = token.substring(0, first);
        String claims = token.substring(first + 1, second);
        String signature = token.substring(second + 1);
        if (!isCanonical(header) || !isCanonical(claims) || !isCanonical(signature)) {
            return null;
        }
        JsonObject head = JsonObject.parse(decode(header));
        JsonObject body = JsonObject.parse(decode(claims));
        String issuer = body == null ? null : body.text("iss");
        if (head == null || issuer == null || !isHarmless(head)) {
            return null;
        }
        try {
            return new Parsed(
                    new SignedJWT(new Base64URL(header), new Base64URL(claims), new Base64URL(signature)), issuer);
        } catch (ParseException | RuntimeException e) {
            // What a library thinks of a stranger's text is no event.
            return null;
        }
    }

    private static boolean isHarmless(JsonObject header) {
        String algorithm = header.text("alg");
        if (algorithm == null || !ALGORITHMS.contains(algorithm)) {
            return false;
        }
        for (String name : REFUSED) {
            if (header.has(name)) {
                return false;
            }
        }
        if (header.has("kid") && !isKeyId(header.text("kid"))) {
            return false;
        }
        String type = header.text("typ");
        return !header.has("typ") || (type != null && TYPES.contains(type.toLowerCase(Locale.ROOT)));
    }

    private static boolean isKeyId(@Nullable String kid) {
        return kid != null && kid.length() <= MAX_KID_CHARS && PrintableText.is(kid);
    }

    /**
     * Whether there is no other text that decodes to the same bytes: with it, a token has one form, and one hash. The last
     * character of a part may carry bits that no byte has; they must be zero.
     */
    private static boolean isCanonical(String part) {
        int bits = -1;
        for (int i = 0; i < part.length(); i++) {
            bits = ALPHABET.indexOf(part.charAt(i));
            if (bits < 0) {
                return false;
            }
        }
        return switch (part.length() % 4) {
            case 0 -> !part.isEmpty();
            case 2 -> (bits & 0x0f) == 0;
            case 3 -> (bits & 0x03) == 0;
            default -> false;
        };
    }

    private static byte[] decode(String part) {
        return Base64.getUrlDecoder().decode(part);
    }
}
