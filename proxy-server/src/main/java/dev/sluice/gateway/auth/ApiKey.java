package dev.sluice.gateway.auth;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A gateway key as its owner holds it: {@code sk-slc-<8 id>_<43 secret><6 checksum>}.
 *
 * <p>The id is public and finds the stored line. The secret is 32 random bytes in base64url. The checksum is the CRC-32C of
 * everything before it, in base 62: a mistyped key, or something that is none, is told apart before any cryptography, and
 * scanners that look for leaked keys can tell ours from noise.
 *
 * <p>Thread: any.
 */
public final class ApiKey {
    static final String PREFIX = "sk-slc-";
    static final int ID_LENGTH = 8;
    static final int LENGTH = 65;

    private static final int SECRET_BYTES = 32;
    private static final int ID_END = PREFIX.length() + ID_LENGTH;
    private static final int CHECKSUM_LENGTH = 6;
    private static final int CHECKSUM_START = LENGTH - CHECKSUM_LENGTH;
    private static final String BASE_62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static final int LAST_ASCII = 0x7f;

    /** What each character stands for in the id and the checksum; -1: it must not be there. */
    private static final byte[] DIGITS = digits(BASE_62);

    /** The same for the secret. */
    private static final byte[] SECRET_DIGITS = digits(BASE_62 + "-_");

    private final String text;

    private ApiKey(String text) {
        this.text = text;
    }

    /** A new key. */
    public static ApiKey generate(SecureRandom random) {
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(BASE_62.charAt(random.nextInt(BASE_62.length())));
        }
        return generate(random, id.toString());
    }

    /** A new secret for the key that is called {@code id}. */
    public static ApiKey generate(SecureRandom random, String id) {
        StringBuilder text = new StringBuilder(LENGTH).append(PREFIX).append(id);
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        text.append('_').append(Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
        byte[] checked = text.toString().getBytes(StandardCharsets.US_ASCII);
        appendBase62(text, checksum(checked, checked.length));
        return new ApiKey(text.toString());
    }

    /** The key that {@code text} is, or null when its shape or checksum is wrong. */
    public static @Nullable ApiKey parse(String text) {
        return check(text, new byte[LENGTH]) ? new ApiKey(text) : null;
    }

    /**
     * Whether {@code text} has the shape and the checksum of a key.
     *
     * @param ascii at least {@link #LENGTH} bytes; holds the characters afterwards
     */
    static boolean check(String text, byte[] ascii) {
        if (text.length() != LENGTH || !text.startsWith(PREFIX) || text.charAt(ID_END) != '_') {
            return false;
        }
        // The characters are random, and so would be every branch for one: what is wrong is gathered, and asked for
        // once.
        int wrong = 0;
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            wrong |= LAST_ASCII - c;
            ascii[i] = (byte) c;
        }
        for (int i = PREFIX.length(); i < ID_END; i++) {
            wrong |= DIGITS[ascii[i] & LAST_ASCII];
        }
        for (int i = ID_END; i < CHECKSUM_START; i++) {
            wrong |= SECRET_DIGITS[ascii[i] & LAST_ASCII];
        }
        long found = 0;
        for (int i = CHECKSUM_START; i < LENGTH; i++) {
            int digit = DIGITS[ascii[i] & LAST_ASCII];
            wrong |= digit;
            found = found * BASE_62.length() + digit;
        }
        return wrong >= 0 && found == checksum(ascii, CHECKSUM_START);
    }

    /** The id of a text that {@link #check} accepted. */
    static String idOf(String text) {
        return text.substring(PREFIX.length(), ID_END);
    }

    /** The public part. */
    public String id() {
        return idOf(text);
    }

    /** The whole key, for its owner's eyes. */
    public String reveal() {
        return text;
    }

    /** The id only. */
    @Override
    public String toString() {
        return PREFIX + id() + "_***";
    }

    private static long checksum(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return crc.getValue();
    }

    private static void appendBase62(StringBuilder out, long value) {
        char[] digits = new char[CHECKSUM_LENGTH];
        long rest = value;
        for (int i = CHECKSUM_LENGTH - 1; i >= 0; i--) {
            digits[i] = BASE_62.charAt((int) (rest % BASE_62.length()));
            rest /= BASE_62.length();
        }
        out.append(digits);
    }

    /** What {@code c} stands for in base 62, or -1. */
    static int digit(char c) {
        return c > LAST_ASCII ? -1 : DIGITS[c];
    }

    private static byte[] digits(String alphabet) {
        byte[] digits = new byte[LAST_ASCII + 1];
        Arrays.fill(digits, (byte) -1);
        for (int i = 0; i < alphabet.length(); i++) {
            digits[alphabet.charAt(i)] = (byte) i;
        }
        return digits;
    }
}
