package dev.sluice.codec.openai;

import dev.sluice.codec.json.JsonKind;
import dev.sluice.codec.json.JsonSyntaxException;

/** The members of an OpenAI request that the gateway reads. Thread: any. */
enum OpenAiMember {
    MODEL("model"),
    STREAM("stream"),
    STREAM_OPTIONS("stream_options"),
    USER("user"),
    MAX_TOKENS("max_tokens"),
    MAX_COMPLETION_TOKENS("max_completion_tokens"),
    /** A member of {@link #STREAM_OPTIONS}. */
    INCLUDE_USAGE("include_usage"),
    /** Is only measured. */
    INPUT("input"),
    /** Is only measured. */
    PROMPT("prompt"),
    /** All others. */
    OTHER("");

    private final String key;

    OpenAiMember(String key) {
        this.key = key;
    }

    /** The member's name in JSON. */
    String key() {
        return key;
    }

    /** How errors name it. */
    String path() {
        return this == INCLUDE_USAGE ? STREAM_OPTIONS.key + '.' + key : key;
    }

    /** Whether something is decided by its value, so that it must be unambiguous. */
    boolean isDecisive() {
        return switch (this) {
            case MODEL, STREAM, STREAM_OPTIONS, USER, MAX_TOKENS, MAX_COMPLETION_TOKENS, INCLUDE_USAGE -> true;
            case INPUT, PROMPT, OTHER -> false;
        };
    }

    /** The member of that name in the request itself. */
    static OpenAiMember ofRequest(String name) throws JsonSyntaxException {
        return switch (name) {
            case "model" -> MODEL;
            case "stream" -> STREAM;
            case "stream_options" -> STREAM_OPTIONS;
            case "user" -> USER;
            case "max_tokens" -> MAX_TOKENS;
            case "max_completion_tokens" -> MAX_COMPLETION_TOKENS;
            case "input" -> INPUT;
            case "prompt" -> PROMPT;
            default -> {
                MODEL.refuseIfMisspelt(name);
                STREAM.refuseIfMisspelt(name);
                STREAM_OPTIONS.refuseIfMisspelt(name);
                USER.refuseIfMisspelt(name);
                MAX_TOKENS.refuseIfMisspelt(name);
                MAX_COMPLETION_TOKENS.refuseIfMisspelt(name);
                yield OTHER;
            }
        };
    }

    /** The member of that name in {@code stream_options}. */
    static OpenAiMember ofStreamOptions(String name) throws JsonSyntaxException {
        if (name.equals(INCLUDE_USAGE.key)) {
            return INCLUDE_USAGE;
        }
        INCLUDE_USAGE.refuseIfMisspelt(name);
        return OTHER;
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
        return new JsonSyntaxException("'" + path() + "' must be " + allowed + ", not " + actual.phrase(), path());
    }

    private void refuseIfMisspelt(String name) throws JsonSyntaxException {
        if (name.equalsIgnoreCase(key)) {
            throw new JsonSyntaxException(
                    "'" + path() + "' must be spelt with exactly these letters, in lower case", path());
        }
    }
}
