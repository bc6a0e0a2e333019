package dev.sluice.codec.chat;

/** Who speaks in a message. */
public enum Role {
    SYSTEM,
    /** A system message in the words of newer OpenAI models; the same to everybody else. */
    DEVELOPER,
    USER,
    ASSISTANT,
    /** The results of tool calls; its only parts are {@link Part.ToolResult}. */
    TOOL
}
