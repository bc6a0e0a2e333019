package dev.sluice.codec.responses;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSyntaxException;

/** The members of a request that the gateway reads, whoever serves it. Thread: any. */
enum ResponsesMember {
    MODEL("model"),
    STREAM("stream"),
    USER("user"),
    SAFETY_IDENTIFIER("safety_identifier"),
    MAX_OUTPUT_TOKENS("max_output_tokens"),
    PREVIOUS_RESPONSE_ID("previous_response_id"),
    /** Is only measured. */
    INPUT("input"),
    /** Is only measured. */
    INSTRUCTIONS("instructions"),
    /** All others. */
    OTHER("");

    private final String key;

    ResponsesMember(String key) {
        this.key = key;
    }

    /** The member's name in JSON. */
    String key() {
        return key;
    }

    /** Whether something is decided by its value, so that it must be unambiguous. */
    boolean isDecisive() {
        return switch (this) {
            case MODEL, STREAM, USER, SAFETY_IDENTIFIER, MAX_OUTPUT_TOKENS, PREVIOUS_RESPONSE_ID -> true;
            case INPUT, INSTRUCTIONS, OTHER -> false;
        };
    }

    /** The member of that name; complains about one that only a lax server would take for one of these. */
    static ResponsesMember of(String name) throws JsonSyntaxException {
        return switch (name) {
            case "model" -> MODEL;
            case "stream" -> STREAM;
            case "user" -> USER;
            case "safety_identifier" -> SAFETY_IDENTIFIER;
            case "max_output_tokens" -> MAX_OUTPUT_TOKENS;
            case "previous_response_id" -> PREVIOUS_RESPONSE_ID;
            case "input" -> INPUT;
            case "instructions" -> INSTRUCTIONS;
            default -> {
                MODEL.refuseIfMisspelt(name);
                STREAM.refuseIfMisspelt(name);
                USER.refuseIfMisspelt(name);
                SAFETY_IDENTIFIER.refuseIfMisspelt(name);
                MAX_OUTPUT_TOKENS.refuseIfMisspelt(name);
                PREVIOUS_RESPONSE_ID.refuseIfMisspelt(name);
                yield OTHER;
            }
        };
    }

    /** Complains unless {@code actual} is {@code allowed}. */
    void require(JsonKind allowed, JsonKind actual) throws JsonSyntaxException {
        if (actual != allowed) {
            throw wrongType(allowed.phrase(), actual);
        }
    }

    /** Complains unless {@code actual} is {@code allowed} or null. */
    void requireOrNull(JsonKind allowed, JsonKind actual) throws JsonSyntaxException {
        if (actual != allowed && actual != JsonKind.NULL) {
            throw wrongType(allowed.phrase() + " or null", actual);
        }
    }

    private JsonSyntaxException wrongType(String allowed, JsonKind actual) {
        return new JsonSyntaxException("'" + key + "' must be " + allowed + ", not " + actual.phrase(), key);
    }

    private void refuseIfMisspelt(String name) throws JsonSyntaxException {
        if (name.equalsIgnoreCase(key)) {
            throw new JsonSyntaxException("'" + key + "' must be spelt with exactly these letters, in lower case", key);
        }
    }
}
