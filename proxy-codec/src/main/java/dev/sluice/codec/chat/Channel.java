package dev.sluice.codec.chat;

/** What kind of text a model generates. Texts of different channels never continue one another. */
public enum Channel {
    CONTENT,
    REFUSAL,
    /** Reasoning that is shown. */
    REASONING,
    /** Names and arguments of tool calls. */
    TOOL_CALL
}
