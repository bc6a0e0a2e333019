package dev.sluice.codec.chat;

import java.util.List;

/**
 * Whether and which tools are to be called.
 *
 * @param names the only tools that may be called; empty: all. One name with {@link Mode#REQUIRED} is that very tool
 */
public record ToolChoice(Mode mode, List<String> names) {
    public enum Mode {
        NONE,
        AUTO,
        REQUIRED
    }

    public ToolChoice {
        names = List.copyOf(names);
    }

    public ToolChoice(Mode mode) {
        this(mode, List.of());
    }
}
