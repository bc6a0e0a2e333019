package dev.sluice.gateway.account;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/**
 * A password as it is stored: argon2id (RFC 9106), in the PHC string format. Immutable; thread: any; making and comparing
 * one takes tens of milliseconds and {@link Cost#memoryKib} of memory.
 *
 * <pre>
 *   $argon2id$v=19$m=19456,t=2,p=1$&lt;salt, base64&gt;$&lt;hash, base64&gt;
 * </pre>
 */
final class PasswordHash {
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final Pattern FORM = Pattern.compile("\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})"
            + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,172})");

    /** What a foreign hash may ask for at most: 256 MiB, 16 passes, 8 lanes. */
    private static final Cost DEAREST = new Cost(256 * 1024, 16, 8);

    /** @param memoryKib at least 8 for each lane */
    record Cost(int memoryKib, int passes, int lanes) {
        /** OWASP's first choice: 19 MiB and two passes. */
        static final Cost STANDARD = new Cost(19 * 1024, 2, 1);

        private boolean isBearable() {
            return memoryKib >= 8 * lanes
                    && memoryKib <= DEAREST.memoryKib
                    && passes >= 1
                    && passes <= DEAREST.passes
                    && lanes >= 1
                    && lanes <= DEAREST.lanes;
        }
    }

    private final Cost cost;
    private final byte[] salt;
    private final byte[] hash;

    private PasswordHash(Cost cost, byte[] salt, byte[] hash) {
        this.cost = cost;
        this.salt = salt;
        this.hash = hash;
    }

    static PasswordHash of(byte[] password, Cost cost, SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        random.nextBytes(salt);
        return new PasswordHash(cost, salt, compute(password, cost, salt, HASH_BYTES));
    }

    /** Of no password that anybody knows; costs nothing to make, and to compare what any other costs. */
    static PasswordHash ofNobody(Cost cost, SecureRandom random) {
        byte[] salt = new byte[SALT_BYTES];
        byte[] hash = new byte[HASH_BYTES];
        random.nextBytes(salt);
        random.nextBytes(hash);
        return new PasswordHash(cost, salt, hash);
    }

    /** Null when it is not such a line, or asks for more than is bearable. */
    static @Nullable PasswordHash parse(String line) {
        Matcher parts = FORM.matcher(line);
        if (!parts.matches()) {
            return null;
        }
        Cost cost = new Cost(
                Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), Integer.parseInt(parts.group(3)));
        if (!cost.isBearable()) {
            return null;
        }
        try {
            Base64.Decoder base64 = Base64.getDecoder();
            return new PasswordHash(cost, base64.decode(parts.group(4)), base64.decode(parts.group(5)));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    boolean isOf(byte[] password) {
        return MessageDigest.isEqual(compute(password, cost, salt, hash.length), hash);
    }

    Cost cost() {
        return cost;
    }

    String line() {
        Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
        return "$argon2id$v=19$m=" + cost.memoryKib + ",t=" + cost.passes + ",p=" + cost.lanes + "$"
                + base64.encodeToString(salt) + "$" + base64.encodeToString(hash);
    }

    private static byte[] compute(byte[] password, Cost cost, byte[] salt, int bytes) {
        Argon2BytesGenerator argon2 = new Argon2BytesGenerator();
        argon2.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                .withMemoryAsKB(cost.memoryKib)
                .withIterations(cost.passes)
                .withParallelism(cost.lanes)
                .withSalt(salt)
                .build());
        byte[] out = new byte[bytes];
        argon2.generateBytes(password, out);
        return out;
    }

    @Override
    public String toString() {
        return "***";
    }
}
