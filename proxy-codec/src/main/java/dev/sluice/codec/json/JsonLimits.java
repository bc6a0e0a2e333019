package dev.sluice.codec.json;

/**
 * How large a body's parts may be. Thread: any.
 *
 * @param depth how many objects and arrays may be open at once, the root included; 1 to 1000
 */
public record JsonLimits(int depth) {

    /**
     * Of a string of more raw bytes only the size is told; a name of more is refused. So chosen that 256 characters fit
     * even when each is written as a six-byte escape.
     */
    public static final int WHOLE_STRING_BYTES = 256 * 6;

    /** The longest number in bytes, sign, point and exponent included. */
    public static final int NUMBER_BYTES = 64;

    private static final int HIGHEST_DEPTH = 1_000;

    /** 64 levels: tool schemas of real callers stay below 20. */
    public static final JsonLimits DEFAULT = new JsonLimits(64);

    public JsonLimits {
        if (depth < 1 || depth > HIGHEST_DEPTH) {
            throw new IllegalArgumentException("nesting depth is 1 to " + HIGHEST_DEPTH + ", not " + depth);
        }
    }
}
