package dev.sluice.codec.json;

/**
 * Told by a {@link JsonScanner} about the members of the root object (depth 1) and about those of objects that are
 * values of such members (depth 2), in the order of the bytes. Everything deeper, and all elements of arrays, is
 * only checked and measured. Thread: the scanner's.
 */
public interface JsonMembers {

    /** A member's name, unescaped. */
    void onName(int depth, String name) throws JsonSyntaxException;

    /**
     * The value of the member named last. Objects and arrays are announced at their first byte.
     *
     * @param value its details, until the call returns
     */
    void onValue(int depth, JsonKind kind, JsonValue value) throws JsonSyntaxException;

    /**
     * The object with the members of {@code depth} is complete.
     *
     * @param insertAt where another member could be put: directly behind the last one, or behind the opening brace
     * @param empty whether it has no member
     */
    void onObjectEnd(int depth, int insertAt, boolean empty) throws JsonSyntaxException;
}
