package dev.sluice.gateway.auth;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * A user, as far as tokens speak of one. Immutable; thread: any.
 *
 * @param id as {@link #newId} makes them
 * @param name what to call them; may be empty
 * @param tier what limits may refer to
 */
public record Person(String id, String name, String teamId, Role role, String tier) {
    private static final String PREFIX = "usr_";
    private static final int RANDOM_BYTES = 12;

    /** An id that nobody has and nobody can guess. */
    public static String newId(SecureRandom random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return PREFIX + HexFormat.of().formatHex(bytes);
    }
}
