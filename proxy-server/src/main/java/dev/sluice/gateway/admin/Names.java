package dev.sluice.gateway.admin;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What names, ids, addresses and tiers may look like. Thread: any. */
final class Names {
    private static final int LONGEST = 200;
    private static final int LONGEST_EMAIL = 254;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern EMAIL = Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[^\\s@\\p{Cntrl}]+");

    private Names() {}

    static void check(String parameter, String name) throws InvalidParameterException {
        if (name.isBlank() || name.length() > LONGEST || name.chars().anyMatch(Character::isISOControl)) {
            throw new InvalidParameterException(
                    parameter,
                    "`" + parameter + "` is `" + Echo.of(name) + "` with " + name.length()
                            + " characters; allowed: 1 to " + LONGEST + " without control characters");
        }
    }

    static void checkId(String parameter, String id) throws InvalidParameterException {
        if (!ID.matcher(id).matches()) {
            throw new InvalidParameterException(
                    parameter,
                    "`" + parameter + "` is `" + Echo.of(id)
                            + "`; allowed: 1 to 64 of a-z, A-Z, 0-9, '.', '_' and '-', the first a letter or digit");
        }
    }

    static void checkEmail(String email) throws InvalidParameterException {
        if (email.length() > LONGEST_EMAIL || !EMAIL.matcher(email).matches()) {
            throw new InvalidParameterException(
                    "email", "`email` is `" + Echo.of(email) + "`; allowed: an address such as ada@example.org");
        }
    }

    /** Null is no tier, which is one. */
    static void checkTier(@Nullable String tier, List<String> known) throws InvalidParameterException {
        if (tier != null && !known.contains(tier)) {
            throw new InvalidParameterException(
                    "tier", "`tier` is `" + Echo.of(tier) + "`; allowed: " + String.join(", ", known));
        }
    }
}
