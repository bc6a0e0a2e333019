package dev.sluice.codec.json;

/** The types a JSON value can have; integers are told from other numbers. Thread: any. */
public enum JsonKind {
    OBJECT("an object"),
    ARRAY("an array"),
    STRING("a string"),
    INTEGER("an integer"),
    DECIMAL("a number with a fraction or an exponent"),
    BOOLEAN("a boolean"),
    NULL("null");

    private final String phrase;

    JsonKind(String phrase) {
        this.phrase = phrase;
    }

    /** The type with its article, for messages: "must be a string, not {@code phrase}". */
    public String phrase() {
        return phrase;
    }
}
