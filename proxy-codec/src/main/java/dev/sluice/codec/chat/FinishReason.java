package dev.sluice.codec.chat;

/** Why an answer ended on its own terms. A failure is none of them: it is an error of the answer. */
public enum FinishReason {
    /** The model had said all. */
    STOP,
    /** A stop sequence of the caller's came up. */
    STOP_SEQUENCE,
    /** No more tokens were allowed, or none fitted. */
    LENGTH,
    /** Tools are to be called. */
    TOOL_CALLS,
    /** The provider, or the model itself, would not say it. */
    CONTENT_FILTER,
    /** The provider paused a long turn: sent back as it is, it goes on. */
    PAUSE
}
