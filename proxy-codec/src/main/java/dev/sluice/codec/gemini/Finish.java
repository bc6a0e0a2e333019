package dev.sluice.codec.gemini;

import dev.sluice.codec.chat.FinishReason;
import dev.sluice.codec.json.JsonReader;
import org.jspecify.annotations.Nullable;

/** Why a candidate finished, as the dialect says it. Thread: any. */
enum Finish {
    STOP(FinishReason.STOP),
    MAX_TOKENS(FinishReason.LENGTH),
    SAFETY(FinishReason.CONTENT_FILTER),
    RECITATION(FinishReason.CONTENT_FILTER),
    LANGUAGE(FinishReason.CONTENT_FILTER),
    BLOCKLIST(FinishReason.CONTENT_FILTER),
    PROHIBITED_CONTENT(FinishReason.CONTENT_FILTER),
    SPII(FinishReason.CONTENT_FILTER),
    IMAGE_SAFETY(FinishReason.CONTENT_FILTER),
    IMAGE_PROHIBITED_CONTENT(FinishReason.CONTENT_FILTER),
    IMAGE_RECITATION(FinishReason.CONTENT_FILTER),
    IMAGE_OTHER(FinishReason.CONTENT_FILTER),
    MODEL_ARMOR(FinishReason.CONTENT_FILTER),
    /** What the model wanted to call cannot be called: taken for an ordinary end, the turn would be lost in silence. */
    MALFORMED_FUNCTION_CALL(null),
    UNEXPECTED_TOOL_CALL(null),
    TOO_MANY_TOOL_CALLS(null),
    MISSING_THOUGHT_SIGNATURE(null),
    MALFORMED_RESPONSE(null),
    /** A failure, unless something was said before. */
    OTHER(FinishReason.STOP),
    /** Words that this list does not know, among them NO_IMAGE. */
    UNKNOWN(FinishReason.STOP);

    private static final Finish[] KNOWN = values();

    private final @Nullable FinishReason reason;

    Finish(@Nullable FinishReason reason) {
        this.reason = reason;
    }

    /** What the string {@code value} says. */
    static Finish of(JsonReader value) {
        for (Finish finish : KNOWN) {
            if (value.textEquals(finish.name())) {
                return finish;
            }
        }
        return UNKNOWN;
    }

    /**
     * The same in nobody's dialect; null when it is a failure.
     *
     * @param output whether the candidate has said something
     */
    @Nullable
    FinishReason reason(boolean output) {
        return this == OTHER && !output ? null : reason;
    }

    /** The dialect's word for {@code reason}. */
    static Finish of(FinishReason reason) {
        return switch (reason) {
            case STOP, STOP_SEQUENCE, TOOL_CALLS, PAUSE -> STOP;
            case LENGTH -> MAX_TOKENS;
            case CONTENT_FILTER -> SAFETY;
        };
    }
}
