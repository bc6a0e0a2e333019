package dev.sluice.bench.load;

import java.util.Locale;

/** What can be wrong with an answer. A run with one of them is not a measurement of anything. */
enum Flaw {
    /** Another status than 200. */
    REFUSED,
    /** The connection ended before the answer, or deltas are missing from one that ended well. */
    TRUNCATED,
    /** A delta came twice, late or early. */
    OUT_OF_ORDER,
    /** A stream without {@code [DONE]}. */
    NO_END_MARK,
    /** Not HTTP. */
    MALFORMED,
    /** Nobody took the connection. */
    UNREACHABLE;

    String key() {
        return "flaw_" + name().toLowerCase(Locale.ROOT);
    }
}
